package words

import "golang.org/x/text/language"

// Accepted chooses a language by an Accept-Language header: the first that the catalogue speaks, English when only
// others are asked for, and fallback when nothing is.
func Accepted(header, fallback string) string {
	tags, _, err := language.ParseAcceptLanguage(header)
	if err != nil || len(tags) == 0 {
		return fallback
	}
	for _, t := range tags {
		switch base, _ := t.Base(); base.String() {
		case Chinese:
			return Chinese
		case English:
			return English
		}
	}
	return English
}
