package sample

import (
	"errors"
	"html/template"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

var mailPage = template.Must(template.New("mailbox").Parse(`<!doctype html>
<html lang="zh"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>示例邮箱 · Sample mailbox</title>
<style nonce="{{.Nonce}}">
:root{color-scheme:light dark}
body{margin:0;font:15px/1.6 system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif}
main{max-width:960px;margin:0 auto;padding:16px}
.note{background:#fff4d6;color:#5c4400;padding:6px 16px;text-align:center}
ol{list-style:none;padding:0;margin:0}
li{border-bottom:1px solid #8884;padding:10px 0;display:grid;gap:2px}
small{opacity:.75;overflow-wrap:anywhere}
iframe{width:100%;height:1100px;border:1px solid #8886;border-radius:8px;background:#fff}
pre{white-space:pre-wrap;overflow-wrap:anywhere}
a{color:inherit}
</style></head><body>
<p class="note">示例数据 · sample data — 这些邮件由 Gapwatch 经 SMTP 真实发出，收件的高校是虚构的 · really sent over SMTP, to fictional schools</p>
<main><h1>示例邮箱 · Sample mailbox</h1>
{{with .Mail}}<p><a href="/mailbox">← 全部邮件 · all mails</a></p><h2>{{.Subject}}</h2><p><small>{{.To}} · {{.ReceivedAt}}</small></p>
{{if .HTML}}<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" title="{{.Subject}}" src="/mailbox/{{.Number}}/html"></iframe>{{end}}
<details{{if not .HTML}} open{{end}}><summary>纯文本 · plain text</summary><pre>{{.Text}}</pre></details>
{{else}}{{if .Mails}}<ol>{{range .Mails}}<li><a href="/mailbox/{{.Number}}"><b>{{.Subject}}</b></a><small>{{.To}} · {{.ReceivedAt}}</small></li>{{end}}</ol>
{{else}}<p>还没有邮件：第一次评估后（约一分钟内）会收到预警。<br>No mail yet: the first warnings come after the first evaluation, within about a minute.</p>{{end}}{{end}}
<p><a href="/">← Gapwatch</a></p></main></body></html>
`))

// Register adds the mailbox's pages to mux: the list /mailbox, a mail /mailbox/{n}, and its HTML part alone
// /mailbox/{n}/html, which the page of the mail frames. nonce gives a page's style nonce.
func (m *Mailbox) Register(mux *http.ServeMux, nonce func(*http.Request) string) {
	show := func(w http.ResponseWriter, r *http.Request, mails []Mail, one *Mail) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if err := mailPage.Execute(w, struct {
			Mails []Mail
			Mail  *Mail
			Nonce string
		}{mails, one, nonce(r)}); err != nil {
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
