package httpd

import (
	"net/http"

	"golang.org/x/text/language"

	"github.com/gapwatch/gapwatch/internal/words"
)

// languageCookie remembers a visitor's choice.
const languageCookie = "lang"

// Language is the language of the answer to a request for a page: what ?lang= says, else the cookie, else what the
// browser prefers.
func Language(r *http.Request) string {
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

// RememberLanguage keeps a language that the visitor has just chosen by ?lang=.
func RememberLanguage(w http.ResponseWriter, r *http.Request) {
	lang := Language(r)
	if r.URL.Query().Get("lang") == lang {
		http.SetCookie(w, &http.Cookie{Name: languageCookie, Value: lang, Path: "/", MaxAge: 365 * 24 * 3600, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	}
}
