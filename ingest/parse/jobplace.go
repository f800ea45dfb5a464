package parse

import (
	"strings"

	"github.com/gapwatch/gapwatch/internal/text"
)

// ldLocation joins the places; a posting without one that may be done from anywhere says Remote, with the
// countries it is open to.
func ldLocation(o map[string]any) string {
	places := ldPlaces(o["jobLocation"])
	if len(places) > 0 {
		return strings.Join(places, " / ")
	}
	if !strings.EqualFold(ldString(o["jobLocationType"]), "TELECOMMUTE") {
		return ""
	}
	if where := ldJoin(o["applicantLocationRequirements"], ", ", "name"); where != "" {
		return text.Line("Remote, " + where)
	}
	return "Remote"
}

func ldPlaces(v any) []string {
	switch v := v.(type) {
	case []any:
		var all []string
		for _, e := range v {
			for _, p := range ldPlaces(e) {
				all = appendDistinct(all, p)
			}
		}
		return all
	case map[string]any:
		if a, ok := v["address"]; ok {
			if s := ldAddress(a); s != "" {
				return []string{s}
			}
		}
		if s := ldAddress(v); s != "" { // a PostalAddress in the place of a Place
			return []string{s}
		}
		if s := text.Line(ldString(v["name"])); s != "" {
			return []string{s}
		}
	default:
		if s := text.Line(ldString(v)); s != "" {
			return []string{s}
		}
	}
	return nil
}

// ldAddress returns "locality, region, country" of a PostalAddress, without repetitions; its street only when
// nothing else is stated.
func ldAddress(v any) string {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			if s := ldAddress(e); s != "" {
				return s
			}
		}
		return ""
	case map[string]any:
		var parts []string
		for _, k := range []string{"addressLocality", "addressRegion", "addressCountry"} {
			if s := text.Line(ldJoin(v[k], ", ", "name")); s != "" {
				parts = appendDistinct(parts, s)
			}
		}
		if len(parts) == 0 {
			return text.Line(ldString(v["streetAddress"]))
		}
		return strings.Join(parts, ", ")
	}
	return text.Line(ldString(v))
}
