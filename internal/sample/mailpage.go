package sample

import (
	"errors"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/words"
)

const mailPage = `<!doctype html>
<html lang="{{if eq .Lang "zh"}}zh-Hans{{else}}en{{end}}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{{t "mailbox.title"}} · {{t "brand.full"}}</title>
<link rel="stylesheet" href="/assets/style.css"><link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
<style nonce="{{.Nonce}}">iframe{width:100%;height:1100px;border:1px solid var(--rule);background:#fff} main pre{white-space:pre-wrap;overflow-wrap:anywhere} .mine small{overflow-wrap:anywhere}</style>
</head><body>
<a class="skip" href="#main">{{t "nav.skip"}}</a>
<header class="top"><div class="wrap top-row">
<a class="brand" href="/"><span class="brand-name">Gapwatch</span> <span class="brand-sub">{{t "brand.sub"}}</span></a>
<nav aria-label="{{t "nav.label"}}"><ul class="nav">{{range .Nav}}<li><a href="{{.Path}}"{{if eq .Path "/mailbox"}} aria-current="page"{{end}}>{{place .}}</a></li>{{end}}</ul></nav>
<a class="language" href="{{.OtherHref}}" hreflang="{{.Other}}" lang="{{.Other}}">{{if eq .Other "en"}}English{{else}}中文{{end}}</a>
</div></header>
<aside class="sample" aria-label="{{t "sample.label"}}"><div class="wrap"><strong>示例数据 / Sample data</strong> <span>{{t "sample.text"}}</span></div></aside>
<main id="main" class="wrap" tabindex="-1">
{{with .Mail}}<p class="crumb"><a href="/mailbox">{{t "mailbox.title"}}</a></p><div class="head"><h1>{{.Subject}}</h1><p class="lead">{{.To}} · {{.ReceivedAt}}</p></div>
{{if .HTML}}<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" title="{{.Subject}}" src="/mailbox/{{.Number}}/html"></iframe>{{end}}
<details{{if not .HTML}} open{{end}}><summary>{{t "mailbox.plain"}}</summary><pre>{{.Text}}</pre></details>
{{else}}<div class="head"><h1>{{t "mailbox.title"}}</h1><p class="lead">{{t "mailbox.lead"}}</p></div>
{{if .Mails}}<ol class="mine">{{range .Mails}}<li><a href="/mailbox/{{.Number}}"><b>{{.Subject}}</b></a><br><small>{{.To}} · {{.ReceivedAt}}</small></li>{{end}}</ol>
{{else}}<p class="none">{{t "mailbox.none"}}</p>{{end}}{{end}}
</main></body></html>
`

// Register adds the mailbox's pages to mux: the list /mailbox, a mail /mailbox/{n}, and its HTML part alone
// /mailbox/{n}/html, which the page of the mail frames. nonce gives a page's style nonce.
func (m *Mailbox) Register(mux *http.ServeMux, nonce func(*http.Request) string) error {
	texts, err := words.LoadAll()
	if err != nil {
		return err
	}
	pages := map[string]*template.Template{}
	for lang, text := range texts {
		if pages[lang], err = template.New("mailbox").Funcs(template.FuncMap{"t": text.Say, "place": text.Place}).Parse(mailPage); err != nil {
			return fmt.Errorf("read the page of the mailbox: %w", err)
		}
	}
	show := func(w http.ResponseWriter, r *http.Request, mails []Mail, one *Mail) {
		lang := httpd.Language(r)
		q := r.URL.Query()
		q.Set("lang", words.Other(lang))
		httpd.RememberLanguage(w, r)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if err := pages[lang].Execute(w, struct {
			Lang, Other, OtherHref, Nonce string
			Nav                           []words.Place
			Mails                         []Mail
			Mail                          *Mail
		}{lang, words.Other(lang), "?" + q.Encode(), nonce(r), words.Navigation(true), mails, one}); err != nil {
			http.Error(w, "page could not be written", http.StatusInternalServerError)
		}
	}
	mux.HandleFunc("GET /mailbox", func(w http.ResponseWriter, r *http.Request) {
		mails, err := m.Mails()
		if err != nil {
			http.Error(w, "mails could not be read", http.StatusInternalServerError)
			return
		}
		show(w, r, mails, nil)
	})
	mux.HandleFunc("GET /mailbox/{n}", m.one(func(w http.ResponseWriter, r *http.Request, mail Mail) { show(w, r, nil, &mail) }))
	mux.HandleFunc("GET /mailbox/{n}/html", m.one(func(w http.ResponseWriter, _ *http.Request, mail Mail) {
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		// its links open in a window of their own;
		// a mail brings its own styles and inline pictures; it runs nothing and loads nothing from elsewhere
		h.Set("Content-Security-Policy", "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; base-uri 'none'")
		h.Set("X-Frame-Options", "SAMEORIGIN")
		_, _ = io.WriteString(w, strings.ReplaceAll(mail.HTML, "<a href=", `<a target="_blank" rel="noopener" href=`)) // the reader may have gone away
	}))
	return nil
}

// one finds the mail that a path names.
func (m *Mailbox) one(show func(http.ResponseWriter, *http.Request, Mail)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		n, err := strconv.Atoi(r.PathValue("n"))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		raw, err := os.ReadFile(m.path(n))
		if errors.Is(err, os.ErrNotExist) {
			http.NotFound(w, r)
			return
		}
		var mail Mail
		if err == nil {
			mail, err = parseMail(n, raw)
		}
		if err != nil {
			http.Error(w, "mail could not be read", http.StatusInternalServerError)
			return
		}
		show(w, r, mail)
	}
}

// Mails returns the mails that came, newest first.
func (m *Mailbox) Mails() ([]Mail, error) {
	files, err := m.files()
	if err != nil {
		return nil, err
	}
	var out []Mail
	for i := len(files) - 1; i >= max(0, len(files)-200); i-- {
		raw, err := os.ReadFile(files[i])
		if err != nil {
			return nil, err
		}
		n, err := strconv.Atoi(strings.TrimSuffix(filepath.Base(files[i]), ".eml"))
		if err != nil {
			continue
		}
		mail, err := parseMail(n, raw)
		if err != nil {
			return nil, err
		}
		out = append(out, mail)
	}
	return out, nil
}
