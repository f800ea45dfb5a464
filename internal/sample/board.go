package sample

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"hash/crc32"
	"html/template"
	"net/http"
	"strconv"
	"time"
)

// Board serves the market as a job board does: robots.txt, a sitemap index, a feed, and a page per vacancy with
// schema.org JobPosting, all with validators for conditional requests.
type Board struct {
	market *Market
	now    func() time.Time
	mux    *http.ServeMux
}

// NewBoard makes the board of a market; now says which vacancies are published.
func NewBoard(m *Market, now func() time.Time) *Board {
	b := &Board{market: m, now: now, mux: http.NewServeMux()}
	mux := b.mux
	mux.HandleFunc("GET /robots.txt", b.robots)
	mux.HandleFunc("GET /sitemap.xml", b.sitemapIndex)
	mux.HandleFunc("GET /sitemaps/{month}", b.sitemap)
	mux.HandleFunc("GET /feed.xml", b.feed)
	mux.HandleFunc("GET /jobs/{id}", b.job)
	mux.HandleFunc("GET /{$}", b.index)
	return b
}

// ServeHTTP answers as the board.
func (b *Board) ServeHTTP(w http.ResponseWriter, r *http.Request) { b.mux.ServeHTTP(w, r) }

func base(r *http.Request) string { return "http://" + r.Host }

func (b *Board) robots(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintf(w, "User-agent: *\nDisallow: /apply/\nSitemap: %s/sitemap.xml\n", base(r))
}

type sitemapEntry struct {
	Loc     string `xml:"loc"`
	LastMod string `xml:"lastmod"`
}

const sitemapSpace = "http://www.sitemaps.org/schemas/sitemap/0.9"

// sitemapIndex lists one sitemap a month, so that a visitor that knows the old months reads only the new one.
func (b *Board) sitemapIndex(w http.ResponseWriter, r *http.Request) {
	var months []sitemapEntry
	for _, v := range b.market.At(b.now()) {
		loc := base(r) + "/sitemaps/" + v.Published.UTC().Format("2006-01") + ".xml"
		if n := len(months); n == 0 || months[n-1].Loc != loc {
			months = append(months, sitemapEntry{Loc: loc})
		}
		months[len(months)-1].LastMod = v.Published.UTC().Format(time.RFC3339)
	}
	writeXML(w, r, struct {
		XMLName xml.Name       `xml:"sitemapindex"`
		Space   string         `xml:"xmlns,attr"`
		Maps    []sitemapEntry `xml:"sitemap"`
	}{Space: sitemapSpace, Maps: months})
}

func (b *Board) sitemap(w http.ResponseWriter, r *http.Request) {
	var urls []sitemapEntry
	for _, v := range b.market.At(b.now()) {
		if v.Published.UTC().Format("2006-01")+".xml" == r.PathValue("month") {
			urls = append(urls, sitemapEntry{base(r) + v.Path(), v.Published.UTC().Format(time.RFC3339)})
		}
	}
	if len(urls) == 0 {
		http.NotFound(w, r)
		return
	}
	writeXML(w, r, struct {
		XMLName xml.Name       `xml:"urlset"`
		Space   string         `xml:"xmlns,attr"`
		URLs    []sitemapEntry `xml:"url"`
	}{Space: sitemapSpace, URLs: urls})
}

// feed is RSS of the latest vacancies.
func (b *Board) feed(w http.ResponseWriter, r *http.Request) {
	type item struct {
		Title       string `xml:"title"`
		Link        string `xml:"link"`
		GUID        string `xml:"guid"`
		PubDate     string `xml:"pubDate"`
		Description string `xml:"description"`
	}
	all := b.market.At(b.now())
	var items []item
	for i := len(all) - 1; i >= max(0, len(all)-50); i-- {
		v := all[i]
		link := base(r) + v.Path()
		items = append(items, item{v.Title(), link, link, v.Published.UTC().Format(time.RFC1123Z), v.Text})
	}
	writeXML(w, r, struct {
		XMLName xml.Name `xml:"rss"`
		Version string   `xml:"version,attr"`
		Title   string   `xml:"channel>title"`
		Link    string   `xml:"channel>link"`
		About   string   `xml:"channel>description"`
		Items   []item   `xml:"channel>item"`
	}{Version: "2.0", Title: "示例招聘 · Sample Jobs", Link: base(r), About: "Fictional vacancies", Items: items})
}

var jobPage = template.Must(template.New("job").Parse(`<!doctype html>
<html lang="{{.Lang}}"><head><meta charset="utf-8"><title>{{.Title}}</title>
<script type="application/ld+json">{{.Data}}</script></head>
<body><p>示例数据 · sample data</p><h1>{{.Title}}</h1><p>{{.Employer}} · {{.Place}}</p><pre>{{.Text}}</pre><p><a href="/">←</a></p></body></html>
`))

// Title is the position as the board prints it.
func (v Vacancy) Title() string {
	if v.English {
		return v.Role.en
	}
	return v.Role.zh
}

// Path is where the board shows the vacancy.
func (v Vacancy) Path() string { return fmt.Sprintf("/jobs/%d", v.ID) }

// SkillIDs are the skills that the vacancy asks for, by id.
func (v Vacancy) SkillIDs() []string {
	out := make([]string, len(v.Skills))
	for i, s := range v.Skills {
		out[i] = s.id
	}
	return out
}

func (b *Board) job(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.Atoi(r.PathValue("id"))
	all := b.market.At(b.now())
	if err != nil || id < 1 || id > len(all) { // numbers follow the order of publication
		http.NotFound(w, r)
		return
	}
	v := &all[id-1]
	employer, town, years, degree, lang := v.Employer.zh, v.Place.zh, v.Role.zhYears, v.Role.zhDegree, "zh"
	if v.English {
		employer, town, years, degree, lang = v.Employer.en, v.Place.en, v.Role.enYears, v.Role.enDegree, "en"
	}
	data := map[string]any{
		"@context": "https://schema.org", "@type": "JobPosting", "title": v.Title(), "description": v.Text,
		"datePosted": v.Published.UTC().Format(time.DateOnly), "totalJobOpenings": v.Openings,
		"hiringOrganization":     map[string]any{"@type": "Organization", "name": employer},
		"jobLocation":            map[string]any{"@type": "Place", "address": map[string]any{"@type": "PostalAddress", "addressLocality": town, "addressCountry": "CN"}},
		"industry":               v.Employer.industry,
		"experienceRequirements": years, "educationRequirements": degree,
		"baseSalary": fmt.Sprintf("%d-%dk", v.Role.salaryFrom, v.Role.salaryFrom*3/2),
		"identifier": fmt.Sprintf("S-%05d", v.ID),
	}
	var page bytes.Buffer
	err = jobPage.Execute(&page, struct {
		Lang, Title, Employer, Place, Text string
		Data                               map[string]any
	}{lang, v.Title(), employer, town, v.Text, data})
	if err != nil {
		http.Error(w, "page could not be written", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("ETag", fmt.Sprintf(`"s%d"`, v.ID))
	http.ServeContent(w, r, "", v.Published.UTC().Truncate(time.Second), bytes.NewReader(page.Bytes()))
}

var indexPage = template.Must(template.New("index").Parse(`<!doctype html>
<html lang="zh"><head><meta charset="utf-8"><title>示例招聘 · Sample Jobs</title></head>
<body><p>示例数据 · sample data: every employer and vacancy here is invented.</p><h1>示例招聘 · Sample Jobs</h1>
<ul>{{range .}}<li><a href="/jobs/{{.ID}}">{{.Title}}</a> {{.Published.Format "2006-01-02"}}</li>{{end}}</ul></body></html>
`))

func (b *Board) index(w http.ResponseWriter, _ *http.Request) {
	all := b.market.At(b.now())
	latest := all[max(0, len(all)-40):]
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := indexPage.Execute(w, latest); err != nil {
		http.Error(w, "page could not be written", http.StatusInternalServerError)
	}
}

func writeXML(w http.ResponseWriter, r *http.Request, v any) {
	body, err := xml.Marshal(v)
	if err != nil {
		http.Error(w, "document could not be written", http.StatusInternalServerError)
		return
	}
	w.Header().Set("ETag", fmt.Sprintf(`"x%08x"`, crc32.ChecksumIEEE(body)))
	w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(append([]byte(xml.Header), body...)))
}
