package parse_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gapwatch/gapwatch/ingest/parse"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

func address(t testing.TB, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func page(blocks ...string) []byte {
	var b strings.Builder
	b.WriteString("<!doctype html><html><head><script>var a = '<p>';</script>")
	for _, s := range blocks {
		b.WriteString(`<script type="application/ld+json">` + s + `</script>`)
	}
	b.WriteString("</head><body>JobPosting</body></html>")
	return []byte(b.String())
}

func TestJSONLDFields(t *testing.T) {
	got, err := parse.JSONLD(page(`{
		"@context": "https://schema.org/", "@type": "JobPosting",
		"title": "Machine Learning Engineer &amp; Tutor",
		"description": "<p>Build <b>models</b>.</p><ul><li>PyTorch</li><li>Go</li></ul>",
		"hiringOrganization": {"@type": "Organization", "name": "Sample Works Ltd", "sameAs": "https://works.example"},
		"jobLocation": {"@type": "Place", "address": {"@type": "PostalAddress", "streetAddress": "1 Long Road",
			"addressLocality": "成都", "addressRegion": "四川", "addressCountry": {"@type": "Country", "name": "CN"}}},
		"datePosted": "2026-03-01", "validThrough": "2026-04-01T23:59:00+08:00",
		"baseSalary": {"@type": "MonetaryAmount", "currency": "CNY", "value": {"@type": "QuantitativeValue", "minValue": 20000, "maxValue": 35000.00, "unitText": "MONTH"}},
		"totalJobOpenings": "3", "employmentType": ["FULL_TIME", "CONTRACTOR"],
		"educationRequirements": {"@type": "EducationalOccupationalCredential", "credentialCategory": "bachelor degree"},
		"experienceRequirements": {"@type": "OccupationalExperienceRequirements", "monthsOfExperience": 36},
		"industry": ["Software", "Education"], "skills": "Kubernetes",
		"identifier": {"@type": "PropertyValue", "name": "Sample Works", "value": "R-17"}, "url": "/jobs/17?ref=a"
	}`), address(t, "https://board.example/list/x.html"))
	if err != nil {
		t.Fatal(err)
	}
	want := []talent.Posting{{
		Key: "https://board.example/jobs/17?ref=a", URL: "https://board.example/jobs/17?ref=a",
		Title: "Machine Learning Engineer & Tutor", Employer: "Sample Works Ltd", Location: "成都, 四川, CN",
		Industry: "Software, Education", Education: "bachelor degree", Experience: "3 years", Salary: "CNY 20000-35000 / MONTH",
		Text: "Build models.\n\n- PyTorch\n- Go\n\nKubernetes\n\nFULL_TIME, CONTRACTOR", Openings: 3,
		PostedAt: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), ValidThrough: time.Date(2026, 4, 1, 23, 59, 0, 0, time.FixedZone("", 8*3600)),
	}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestJSONLDForms: each property in each form that pages give it.
func TestJSONLDForms(t *testing.T) {
	one := func(property string) talent.Posting {
		t.Helper()
		got, err := parse.JSONLD(page(`{"@type":"JobPosting","title":"Cook",`+property+`}`), address(t, "https://board.example/1"))
		if err != nil || len(got) != 1 {
			t.Fatalf("%s: %d postings, %v", property, len(got), err)
		}
		return got[0]
	}
	for _, c := range []struct{ property, field, want string }{
		{`"hiringOrganization":"Sample Works"`, "employer", "Sample Works"},
		{`"hiringOrganization":[{"logo":"x"},{"name":"Sample Works"}]`, "employer", "Sample Works"},
		{`"hiringOrganization":{"@value":"Sample Works"}`, "employer", "Sample Works"},
		{`"hiringOrganization":null`, "employer", ""},
		{`"jobLocation":"杭州"`, "location", "杭州"},
		{`"jobLocation":{"address":"上海/远程"}`, "location", "上海/远程"},
		{`"jobLocation":[{"address":{"addressLocality":"Berlin","addressCountry":"DE"}},{"address":"Wien"},{"address":"Wien"}]`, "location", "Berlin, DE / Wien"},
		{`"jobLocation":{"address":{"addressLocality":"北京","addressRegion":"北京"}}`, "location", "北京"},
		{`"jobLocation":{"address":{"streetAddress":"2 Short Lane"}}`, "location", "2 Short Lane"},
		{`"jobLocation":{"name":"Head office","address":{}}`, "location", "Head office"},
		{`"jobLocation":{"@type":"PostalAddress","addressLocality":"Graz"}`, "location", "Graz"},
		{`"jobLocationType":"TELECOMMUTE"`, "location", "Remote"},
		{`"jobLocationType":"TELECOMMUTE","applicantLocationRequirements":[{"name":"DE"},{"name":"AT"}]`, "location", "Remote, DE, AT"},
		{`"jobLocationType":"TELECOMMUTE","jobLocation":{"address":"杭州"}`, "location", "杭州"},
		{`"baseSalary":"20-30k·14薪"`, "salary", "20-30k·14薪"},
		{`"baseSalary":{"value":"面议"}`, "salary", "面议"},
		{`"baseSalary":{"currency":"CNY","value":25000}`, "salary", "CNY 25000"},
		{`"baseSalary":{"currency":"USD","minValue":"100000","maxValue":"120000","unitText":"YEAR"}`, "salary", "USD 100000-120000 / YEAR"},
		{`"baseSalary":{"currency":"EUR","value":{"value":"18.50","unitText":"HOUR"}}`, "salary", "EUR 18.5 / HOUR"},
		{`"baseSalary":{"currency":"EUR","value":{"minValue":0,"maxValue":0}}`, "salary", ""},
		{`"baseSalary":{"currency":"EUR"}`, "salary", ""},
		{`"estimatedSalary":[{"currency":"USD","minValue":5,"maxValue":5}]`, "salary", "USD 5"},
		{`"educationRequirements":"本科"`, "education", "本科"},
		{`"educationRequirements":[{"credentialCategory":"bachelor degree"},{"credentialCategory":"master degree"}]`, "education", "bachelor degree, master degree"},
		{`"experienceRequirements":"3-5年"`, "experience", "3-5年"},
		{`"experienceRequirements":{"monthsOfExperience":"18"}`, "experience", "18 months"},
		{`"experienceRequirements":"no requirements"`, "experience", "no requirements"},
		{`"industry":{"@type":"DefinedTerm","name":"软件"}`, "industry", "软件"},
		{`"description":"&lt;p&gt;escaped &amp;amp; twice&lt;/p&gt;"`, "text", "escaped & twice"},
		{`"description":"plain\ntwo lines with <b>bold</b>\nthree"`, "text", "plain\ntwo lines with bold\nthree"},
		{`"description":["one"," two"]`, "text", "one"},
		{`"description":"d","responsibilities":"Run it","qualifications":["A","B"],"skills":[{"name":"Go"}]`, "text", "d\n\nRun it\n\nA, B\n\nGo"},
		{`"identifier":"R-1"`, "key", "https://board.example/1#R-1"},
		{`"identifier":{"value":17}`, "key", "https://board.example/1#17"},
		{`"url":"javascript:alert(1)"`, "key", "https://board.example/1"},
		{`"url":"https://other.example/9"`, "key", "https://other.example/9"},
		{`"x":1`, "url", "https://board.example/1"},
		{`"datePosted":"last week"`, "posted", ""},
		{`"datePosted":"2026-03-01T10:00:00.000Z"`, "posted", "2026-03-01T10:00:00Z"},
	} {
		p := one(c.property)
		posted := ""
		if !p.PostedAt.IsZero() {
			posted = p.PostedAt.Format(time.RFC3339)
		}
		got := map[string]string{"employer": p.Employer, "location": p.Location, "salary": p.Salary, "education": p.Education, "experience": p.Experience,
			"industry": p.Industry, "text": p.Text, "key": p.Key, "url": p.URL, "posted": posted}[c.field]
		if got != c.want {
			t.Errorf("%s: %s = %q, want %q", c.property, c.field, got, c.want)
		}
	}
	for property, want := range map[string]int{`"totalJobOpenings":2`: 2, `"totalJobOpenings":"招5人"`: 5, `"totalJobOpenings":"many"`: 0, `"totalJobOpenings":-1`: 0, `"totalJobOpenings":99999999`: 0} {
		if got := one(property).Openings; got != want {
			t.Errorf("%s: %d openings, want %d", property, got, want)
		}
	}
}

func TestJSONLDPages(t *testing.T) {
	cook := `{"@type":"JobPosting","title":"Cook","url":"https://board.example/cook"}`
	baker := `{"@type":["Thing","http://schema.org/JobPosting"],"title":"Baker","url":"https://board.example/baker"}`
	for _, c := range []struct {
		name   string
		html   []byte
		titles string
		err    string
	}{
		{"none", page(`{"@type":"Organization","name":"JobPosting Ltd"}`), "", ""},
		{"several scripts", page(cook, `{"@type":"WebSite"}`, baker), "Cook Baker", ""},
		{"array", page(`[` + cook + `,` + baker + `]`), "Cook Baker", ""},
		{"graph", page(`{"@context":"x","@graph":[{"@type":"WebPage"},` + baker + `]}`), "Baker", ""},
		{"main entity", page(`{"@type":"WebPage","mainEntity":` + cook + `}`), "Cook", ""},
		{"list", page(`{"@type":"ItemList","itemListElement":[{"@type":"ListItem","item":` + cook + `},{"@type":"ListItem","item":` + baker + `}]}`), "Cook Baker", ""},
		{"malformed beside good", page(`{"@type":"JobPosting","title":`, cook), "Cook", "block 1"},
		{"two malformed", page(`{"JobPosting"`, cook, `{"@type":"JobPosting"}}`), "Cook", "block 3"},
		{"raw line breaks", page("{\"@type\":\"JobPosting\",\"title\":\"Co\nok\",\"description\":\"a\n\tb\\\nc\"}"), "Co ok", ""},
		{"commented out", []byte(`<!-- <script type="application/ld+json">` + cook + `</script> --><script type=application/ld+json>` + baker + `</script>`), "Baker", ""},
		{"upper case", []byte(`<SCRIPT TYPE="APPLICATION/LD+JSON">` + cook + `</SCRIPT>`), "Cook", ""},
		{"wrapped", page("//<![CDATA[\n"+cook+"\n//]]>", "<!-- "+baker+" -->"), "Cook Baker", ""},
		{"attributes", []byte(`<script id="a" nonce='x' type='application/ld+json; charset=utf-8' data-x>` + cook + `;</script>`), "Cook", ""},
		{"other scripts", []byte(`<script>var x = {"@type":"JobPosting","title":"No"}</script>`), "", ""},
		{"not closed", []byte(`<script type="application/ld+json">` + cook), "Cook", ""},
		{"tag not closed", []byte(`<script type="application/ld+json"`), "", ""},
		{"empty", nil, "", ""},
	} {
		got, err := parse.JSONLD(c.html, nil)
		var titles []string
		for _, p := range got {
			titles = append(titles, p.Title)
		}
		if strings.Join(titles, " ") != c.titles {
			t.Errorf("%s: titles %q, want %q", c.name, titles, c.titles)
		}
		if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.err)
		}
	}
}

// TestJSONLDKeysDiffer: postings of one page never share a key, or the store would keep only one of them.
func TestJSONLDKeysDiffer(t *testing.T) {
	got, err := parse.JSONLD(page(`[{"@type":"JobPosting","title":"A","url":"https://works.example"},{"@type":"JobPosting","title":"B","url":"https://works.example"},
		{"@type":"JobPosting","title":"C"},{"@type":"JobPosting","title":"D"},{"@type":"JobPosting","title":"E","identifier":"5"}]`), address(t, "https://board.example/p"))
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]bool{}
	for _, p := range got {
		keys[p.Key] = true
	}
	if len(keys) != 5 {
		t.Errorf("keys %v", keys)
	}
}

func FuzzJSONLD(f *testing.F) {
	f.Add(page(`{"@type":"JobPosting","title":"Cook","jobLocation":[{"address":{"addressLocality":"x"}}],"baseSalary":{"value":{"minValue":1e308}}}`))
	f.Add(page(`{"@graph":[{"@type":"JobPosting","datePosted":"0000-01-01","totalJobOpenings":"9999999999999999999"}]}`))
	f.Add([]byte("<script type=ld+json>{\"JobPosting\":\"\x00\n\\"))
	f.Add(page("[" + strings.Repeat("[", 100)))
	base := address(f, "https://board.example/p")
	f.Fuzz(func(t *testing.T, html []byte) {
		postings, _ := parse.JSONLD(html, base)
		keys := map[string]bool{}
		for _, p := range postings {
			testenv.CheckPosting(t, p)
			if keys[p.Key] {
				t.Fatalf("two postings have the key %q", p.Key)
			}
			keys[p.Key] = true
		}
	})
}
