package httpd

import (
	"net/http"

	"golang.org/x/text/language"

	"github.com/gapwatch/gapwatch/internal/words"
)

// LanguageCookie remembers a visitor's choice.
const LanguageCookie = "lang"

// Language chooses by ?lang=, then cookie, then Accept-Language.
func Language(r *http.Request) string {
	if l := r.URL.Query().Get("lang"); l == words.Chinese || l == words.English {
		return l
	}
	if c, err := r.Cookie(LanguageCookie); err == nil && (c.Value == words.Chinese || c.Value == words.English) {
		return c.Value
	}
	return Accepted(r.Header.Get("Accept-Language"), words.Chinese)
}

// Accepted chooses by an Accept-Language header: the first language that is spoken here, English when only others are
// asked for, and fallback when nothing is.
func Accepted(header, fallback string) string {
	tags, _, err := language.ParseAcceptLanguage(header)
	if err != nil || len(tags) == 0 {
		return fallback
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
		http.SetCookie(w, &http.Cookie{Name: LanguageCookie, Value: lang, Path: "/", MaxAge: 365 * 24 * 3600, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	}
}
