package dashboards

import (
	"net/http"

	"golang.org/x/text/language"

	"github.com/gapwatch/gapwatch/internal/words"
)

// languageCookie remembers a visitor's choice.
const languageCookie = "lang"

// languageOf chooses by ?lang=, then cookie, then Accept-Language.
func languageOf(r *http.Request) string {
	if l := r.URL.Query().Get("lang"); l == words.Chinese || l == words.English {
		return l
	}
	if c, err := r.Cookie(languageCookie); err == nil && (c.Value == words.Chinese || c.Value == words.English) {
		return c.Value
	}
	tags, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil || len(tags) == 0 {
		return words.Chinese
	}
	for _, t := range tags {
		switch base, _ := t.Base(); base.String() {
		case words.Chinese:
			return words.Chinese
		case words.English:
			return words.English
		}
	}
	return words.English // neither is spoken: English is read more widely
}
