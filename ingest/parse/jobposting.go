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
	"github.com/gapwatch/gapwatch/internal/text"
)

// jobPosting reads one schema.org JobPosting. Every property may be a string, an object or an array of either.
func jobPosting(o map[string]any, base *url.URL) talent.Posting {
	p := talent.Posting{
		URL:        text.Address(base, ldString(o["url"])),
		Title:      text.Line(firstString(o["title"], o["name"])),
		Employer:   text.Line(ldName(o["hiringOrganization"], "name", "legalName")),
		Location:   ldLocation(o),
		Industry:   text.Line(ldJoin(o["industry"], ", ", "name")),
		Education:  text.Line(ldJoin(o["educationRequirements"], ", ", "credentialCategory", "name", "description")),
		Experience: ldExperience(o["experienceRequirements"]),
		Salary:     ldSalary(o["baseSalary"]),
		Text:       ldText(o),
		Openings:   ldCount(o["totalJobOpenings"]),
	}
	if p.Salary == "" {
		p.Salary = ldSalary(o["estimatedSalary"])
	}
	p.PostedAt, _ = text.Date(ldString(o["datePosted"]), time.Time{})
	p.ValidThrough, _ = text.Date(ldString(o["validThrough"]), time.Time{})
	id := ldJoin(o["identifier"], ",", "value", "@value", "name")
	switch {
	case p.URL != "":
		p.Key = p.URL
	case id != "" && base != nil:
		p.Key = base.String() + "#" + id
	case id != "":
		p.Key = id
	}
	p.Key = talent.ShortKey(p.Key)
	if p.URL == "" {
		p.URL = pageURL(base)
	}
	return p
}

// ldText is the description, followed by the properties that pages use instead of it or next to it.
func ldText(o map[string]any) string {
	body := text.Of(ldString(o["description"]))
	for _, k := range []string{"responsibilities", "qualifications", "skills", "employmentType"} {
		if t := text.Of(ldJoin(o[k], ", ", "name")); t != "" && !strings.Contains(body, t) {
			body += "\n\n" + t
		}
	}
	return strings.TrimSpace(text.Cut(strings.TrimSpace(body), text.LongestText))
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
		return text.Line(ldJoin(v, ", ", "name", "description"))
	}
	months, err := strconv.ParseFloat(ldString(o["monthsOfExperience"]), 64)
	switch {
	case err != nil || months <= 0 || months > 1200:
		return text.Line(ldName(o, "name", "description"))
	case math.Mod(months, 12) == 0:
		return strconv.Itoa(int(months/12)) + " years"
	}
	return strconv.Itoa(int(months)) + " months"
}

// ldCount reads a count of heads, 0 when it is not stated.
func ldCount(v any) int {
	return text.Count(ldName(v, "value"))
}

// appendDistinct adds to the parts of a field, which has only room for so many.
func appendDistinct(list []string, s string) []string {
	if len(list) >= mostParts || slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}
