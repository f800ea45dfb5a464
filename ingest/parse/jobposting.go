package parse

import (
	"encoding/json"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// jobPosting reads one schema.org JobPosting. Every property may be a string, an object or an array of either.
func jobPosting(o map[string]any, base *url.URL) talent.Posting {
	p := talent.Posting{
		URL:        resolve(base, ldString(o["url"])),
		Title:      line(firstString(o["title"], o["name"])),
		Employer:   line(ldName(o["hiringOrganization"], "name", "legalName")),
		Location:   ldLocation(o),
		Industry:   line(ldJoin(o["industry"], ", ", "name")),
		Education:  line(ldJoin(o["educationRequirements"], ", ", "credentialCategory", "name", "description")),
		Experience: ldExperience(o["experienceRequirements"]),
		Salary:     ldSalary(o["baseSalary"]),
		Text:       ldText(o),
		Openings:   ldCount(o["totalJobOpenings"]),
	}
	if p.Salary == "" {
		p.Salary = ldSalary(o["estimatedSalary"])
	}
	p.PostedAt, _ = Date(ldString(o["datePosted"]), time.Time{})
	p.ValidThrough, _ = Date(ldString(o["validThrough"]), time.Time{})
	id := ldJoin(o["identifier"], ",", "value", "@value", "name")
	switch {
	case p.URL != "":
		p.Key = p.URL
	case id != "" && base != nil:
		p.Key = base.String() + "#" + id
	case id != "":
		p.Key = id
	}
	if len(p.Key) > longestField {
		p.Key = contentKey(p.Key)
	}
	if p.URL == "" {
		p.URL = pageURL(base)
	}
	return p
}

// ldText is the description, followed by the properties that pages use in its stead or beside it.
func ldText(o map[string]any) string {
	text := textOf(ldString(o["description"]))
	for _, k := range []string{"responsibilities", "qualifications", "skills", "employmentType"} {
		if t := textOf(ldJoin(o[k], ", ", "name")); t != "" && !strings.Contains(text, t) {
			text += "\n\n" + t
		}
	}
	return limit(strings.TrimSpace(text), longestText)
}

// ldString returns a string, number or the value of a typed literal; of an array the first.
func ldString(v any) string {
	switch v := v.(type) {
	case string:
		return strings.TrimSpace(v)
	case json.Number:
		return v.String()
	case map[string]any:
		return ldString(v["@value"])
	case []any:
		for _, e := range v {
			if s := ldString(e); s != "" {
				return s
			}
		}
	}
	return ""
}

func firstString(vs ...any) string {
	for _, v := range vs {
		if s := ldString(v); s != "" {
			return s
		}
	}
	return ""
}

// ldName returns a string, or the first of the named properties of an object; of an array the first that has one.
func ldName(v any, properties ...string) string {
	switch v := v.(type) {
	case map[string]any:
		for _, k := range properties {
			if s := ldString(v[k]); s != "" {
				return s
			}
		}
	case []any:
		for _, e := range v {
			if s := ldName(e, properties...); s != "" {
				return s
			}
		}
		return ""
	}
	return ldString(v)
}

// ldJoin joins the names of all elements.
func ldJoin(v any, separator string, properties ...string) string {
	list, ok := v.([]any)
	if !ok {
		return ldName(v, properties...)
	}
	var parts []string
	for _, e := range list {
		if s := ldName(e, properties...); s != "" {
			parts = appendDistinct(parts, s)
		}
	}
	return strings.Join(parts, separator)
}

// ldExperience reads words, or months of an OccupationalExperienceRequirements.
func ldExperience(v any) string {
	o, ok := v.(map[string]any)
	if !ok {
		return line(ldJoin(v, ", ", "name", "description"))
	}
	months, err := strconv.ParseFloat(ldString(o["monthsOfExperience"]), 64)
	switch {
	case err != nil || months <= 0 || months > 1200:
		return line(ldName(o, "name", "description"))
	case math.Mod(months, 12) == 0:
		return strconv.Itoa(int(months/12)) + " years"
	}
	return strconv.Itoa(int(months)) + " months"
}

// ldCount reads a count of heads, 0 when it is not stated.
func ldCount(v any) int {
	return count(ldName(v, "value"))
}

// mostOpenings is beyond what one posting can mean; a larger number is another thing.
const mostOpenings = 100_000

// count reads the first number of s, as in 招3人; 0 when there is none that can be a head count.
func count(s string) int {
	i := strings.IndexFunc(s, isDigit)
	if i < 0 || strings.HasSuffix(s[:i], "-") {
		return 0
	}
	s = s[i:]
	if j := strings.IndexFunc(s, func(r rune) bool { return !isDigit(r) }); j >= 0 {
		s = s[:j]
	}
	n, err := strconv.Atoi(s)
	if err != nil || n > mostOpenings {
		return 0
	}
	return n
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

// appendDistinct adds to the parts of a field, which has only room for so many.
func appendDistinct(list []string, s string) []string {
	if len(list) >= mostParts || slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// resolve returns the absolute address of ref, "" when it is not one of http or https.
func resolve(base *url.URL, ref string) string {
	if ref = strings.TrimSpace(ref); ref == "" || len(ref) > longestURL {
		return ""
	}
	u, err := url.Parse(ref)
	if err != nil {
		return ""
	}
	if base != nil {
		u = base.ResolveReference(u)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return ""
	}
	return u.String()
}
