package dashboards

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
	"golang.org/x/text/language"
)

// The languages of the pages; Chinese is the default.
const (
	zh = "zh"
	en = "en"
)

func languages() []string { return []string{zh, en} }

// languageCookie remembers a visitor's choice.
const languageCookie = "lang"

// languageOf chooses by ?lang=, then cookie, then Accept-Language.
func languageOf(r *http.Request) string {
	if l := r.URL.Query().Get("lang"); l == zh || l == en {
		return l
	}
	if c, err := r.Cookie(languageCookie); err == nil && (c.Value == zh || c.Value == en) {
		return c.Value
	}
	tags, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil || len(tags) == 0 {
		return zh
	}
	for _, t := range tags {
		switch base, _ := t.Base(); base.String() {
		case zh:
			return zh
		case en:
			return en
		}
	}
	return en // neither is spoken: English is read more widely
}

// messages are the texts of one language by key.
type messages map[string]string

func loadMessages(lang string) (messages, error) {
	b, err := webFiles.ReadFile("web/locale/" + lang + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("read texts of %s: %w", lang, err)
	}
	m := messages{}
	if err := yaml.Unmarshal(b, &m); err != nil {
		return nil, fmt.Errorf("read texts of %s: %w", lang, err)
	}
	return m, nil
}

// say returns a text with {0}, {1}, … replaced. An unknown key shows itself: a test finds those.
func (m messages) say(key string, args ...any) string {
	s, ok := m[key]
	if !ok {
		return "⟦" + key + "⟧"
	}
	if len(args) == 0 {
		return s
	}
	pairs := make([]string, 0, 2*len(args))
	for i, a := range args {
		pairs = append(pairs, "{"+strconv.Itoa(i)+"}", fmt.Sprint(a))
	}
	return strings.NewReplacer(pairs...).Replace(s)
}
