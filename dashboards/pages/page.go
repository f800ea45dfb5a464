package pages

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"strings"

	"github.com/gapwatch/gapwatch/dashboards/read"
	"github.com/gapwatch/gapwatch/dashboards/web"
	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/words"
)

// visit is one request for a page.
type visit struct {
	*http.Request
	lang  string
	text  words.Messages
	names words.Names
	lost  bool // stored data was lost
}

// view is what a page function hands to its template.
type view struct {
	name    string // template file without .html
	title   string
	nav     string // entry of the navigation that is current
	charts  bool   // needs the chart scripts
	scripts []string
	filter  *read.Filter // that the page answers for; nil: none
	body    any
}

// envelope is the data of every template.
type envelope struct {
	Lang, OtherLang string
	OtherHref       template.URL
	Title, Nav      string
	Cell            read.Filter // what the navigation goes on with
	Filtered        bool        // the page answers for Cell
	Sample          bool
	Lost            bool // stored data was lost, and what is shown is not brought up to date
	Mailbox         template.URL
	Charts          bool
	ChartsMissing   bool
	Scripts         []string
	N               words.Names
	Body            any
}

type pageSet map[string]*template.Template

// parse reads every page of a language together with the layout.
func (p *Pages) parse(lang string) (pageSet, error) {
	names, err := fs.Glob(web.Files, "templates/page_*.html")
	if err != nil {
		return nil, err
	}
	base, err := template.New("layout.html").Funcs(p.funcs(p.text[lang])).ParseFS(web.Files, "templates/layout.html", "templates/parts.html")
	if err != nil {
		return nil, err
	}
	set := pageSet{}
	for _, n := range names {
		t, err := base.Clone()
		if err != nil {
			return nil, err
		}
		if t, err = t.ParseFS(web.Files, n); err != nil {
			return nil, err
		}
		set[strings.TrimSuffix(strings.TrimPrefix(n, "templates/page_"), ".html")] = t
	}
	return set, nil
}

// page turns a page function into a handler: language, names, errors, rendering. A page that is asked for again
// within the cache's time is sent again as it is.
func (p *Pages) page(show func(ctx context.Context, v *visit) (view, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		lang := httpd.Language(r)
		body, err := read.Remember(r.Context(), p.read, read.Key{Question: "page " + lang, About: r.URL.Path + "?" + r.URL.RawQuery}, p.read.CacheFor(), func(ctx context.Context) ([]byte, error) {
			v, err := p.visit(ctx, r)
			if err != nil {
				return nil, err
			}
			if v.lost, err = p.read.Lost(ctx); err != nil {
				return nil, err
			}
			got, err := show(ctx, v)
			if err != nil {
				return nil, err
			}
			return p.render(v, got)
		})
		if err != nil {
			p.Fail(w, r, err)
			return
		}
		p.send(w, r, body, http.StatusOK)
	}
}

// visit prepares a request.
func (p *Pages) visit(ctx context.Context, r *http.Request) (*visit, error) {
	lang := httpd.Language(r)
	v := &visit{Request: r, lang: lang, text: p.text[lang]}
	skills, err := p.read.Skills(ctx)
	v.names = words.Names{Lang: lang, Text: v.text, Skills: skills}
	return v, err
}

// render writes the whole page.
func (p *Pages) render(v *visit, got view) ([]byte, error) {
	other := words.Other(v.lang)
	e := envelope{
		Lang: v.lang, OtherLang: other, OtherHref: languageURL(v.URL.Query(), other), Title: got.title, Nav: got.nav,
		Sample: p.cfg.Sample, Lost: v.lost, Mailbox: address(p.cfg.MailboxPath, nil), Charts: got.charts && p.assets.has(chartsLibrary),
		ChartsMissing: got.charts && !p.assets.has(chartsLibrary), Scripts: got.scripts, N: v.names, Body: got.body,
	}
	if got.filter != nil {
		e.Cell, e.Filtered = cellOf(*got.filter), true
	}
	var b bytes.Buffer
	if err := p.templates[v.lang][got.name].Execute(&b, e); err != nil {
		return nil, fmt.Errorf("render page %s: %w", got.name, err)
	}
	return b.Bytes(), nil
}

// send answers with a page, and remembers a language that was chosen by hand.
func (p *Pages) send(w http.ResponseWriter, r *http.Request, body []byte, status int) {
	lang := httpd.Language(r)
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", lang)
	h.Set("Cache-Control", "private, no-cache")
	h.Add("Vary", "Accept-Language, Cookie")
	httpd.RememberLanguage(w, r)
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// Fail answers with the error page.
func (p *Pages) Fail(w http.ResponseWriter, r *http.Request, err error) {
	lang := httpd.Language(r)
	v := &visit{Request: r, lang: lang, text: p.text[lang], names: words.Names{Lang: lang, Text: p.text[lang]}}
	got, status := p.failure(v, err)
	body, err := p.render(v, got)
	if err != nil {
		p.log.Error("error page failed", "error", err)
		http.Error(w, v.text.Say("error.500.title"), http.StatusInternalServerError)
		return
	}
	if status == http.StatusServiceUnavailable {
		httpd.RetryLater(w.Header())
	}
	p.send(w, r, body, status)
}

// failure chooses the error page. Only unexpected errors are logged, and their text stays in the log.
func (p *Pages) failure(v *visit, err error) (view, int) {
	status := http.StatusInternalServerError
	key := "500"
	bad, meant := errors.AsType[*read.BadQuery](err)
	switch {
	case errors.Is(err, read.ErrNotFound):
		status, key = http.StatusNotFound, "404"
	case meant:
		status, key = http.StatusBadRequest, "400"
	case httpd.IsUnavailable(err):
		status, key = http.StatusServiceUnavailable, "503"
		p.log.Error("page cannot be shown", "path", v.URL.Path, "error", err)
	default:
		p.log.Error("page failed", "path", v.URL.Path, "error", err)
	}
	b := errorBody{Code: key, Title: v.text.Say("error." + key + ".title"), Text: v.text.Say("error." + key + ".text")}
	if meant {
		b.Text = v.text.Say("badquery."+bad.Reason, bad.Value)
		b.Back = overviewURL(bad.Instead)
		for _, code := range bad.Offers {
			b.Offers = append(b.Offers, offer(v, bad, code))
		}
	}
	return view{name: "error", title: b.Title, body: b}, status
}

// errorBody is the data of the error page.
type errorBody struct {
	Code, Title, Text string
	Offers            []namedLink  // what may be meant
	Back              template.URL // the nearest page that there is
}

// namedLink is an address with what it is called.
type namedLink struct {
	URL  template.URL
	Name string
}

// offer is what may be meant by a parameter that cannot be used, with the page that it leads to.
func offer(v *visit, bad *read.BadQuery, code string) namedLink {
	f, name := bad.Instead, code
	switch bad.Parameter {
	case "region":
		f.Region, name = code, v.names.Region(code)+" "+code
	case "industry":
		f.Industry, name = code, v.names.Industry(code)+" "+code
	case "tier":
		f.Tier, name = talent.Tier(code), v.names.TierOf(code)
	case "grain":
		f.Grain, name = talent.Grain(code), v.text.Say("grain."+code)
	case "sort":
		f.Sort, name = code, v.text.Say("col."+code)
	}
	return namedLink{overviewURL(f), name}
}

// notFound answers every address that nobody serves: with a page, or with problem details below /api/.
func (p *Pages) notFound(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/api/") {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte(`{"title":"Not Found","status":404,"detail":"there is no such operation; see /api for those that exist"}`))
		return
	}
	p.Fail(w, r, read.ErrNotFound)
}

// host is the host of an address, for showing where a link leads.
func host(address template.URL) string {
	u, err := url.Parse(string(address))
	if err != nil {
		return ""
	}
	return u.Host
}

// safeURL is the address when it is http or https, else empty: addresses come from outside.
func safeURL(address string) template.URL {
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") {
		return ""
	}
	return template.URL(address) //nolint:gosec // the scheme was checked
}
