// Package words is the one voice of Gapwatch: what people read, in Chinese and English, and how numbers, dates and
// codes are written. Pages, mails, explanations and exports take their words from here, so that one thing has one name
// and one number has one form everywhere.
package words

import (
	"embed"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.yaml.in/yaml/v3"
)

// The languages; Chinese is the default.
const (
	Chinese = "zh"
	English = "en"
)

// Languages lists every language that the catalogue speaks.
func Languages() []string { return []string{Chinese, English} }

// Other is the language that is not lang.
func Other(lang string) string {
	if lang == English {
		return Chinese
	}
	return English
}

//go:embed locale
var locale embed.FS

// Messages are the texts of one language by key.
type Messages map[string]string

// Load reads the texts of a language.
func Load(lang string) (Messages, error) {
	b, err := locale.ReadFile("locale/" + lang + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("read texts of %s: %w", lang, err)
	}
	m := Messages{}
	if err := yaml.Unmarshal(b, &m); err != nil {
		return nil, fmt.Errorf("read texts of %s: %w", lang, err)
	}
	return m, nil
}

// LoadAll returns the texts of every language, by language. They are read once and shared, so they must not be changed.
func LoadAll() (map[string]Messages, error) { return all() }

var all = sync.OnceValues(func() (map[string]Messages, error) {
	texts := make(map[string]Messages, len(Languages()))
	for _, lang := range Languages() {
		m, err := Load(lang)
		if err != nil {
			return nil, err
		}
		texts[lang] = m
	}
	return texts, nil
})

// Say returns the text of key with {0}, {1}, … replaced by args. An unknown key shows itself as ⟦key⟧; tests find those.
func (m Messages) Say(key string, args ...any) string {
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

// Count is Say for a text about n things: n becomes {0}, args follow as {1}, {2}, … A language that tells one from many
// has a second text under key+".one"; Chinese has none.
func (m Messages) Count(key string, n int, args ...any) string {
	args = append([]any{Whole(n)}, args...)
	if _, ok := m[key+".one"]; ok && n == 1 {
		return m.Say(key+".one", args...)
	}
	return m.Say(key, args...)
}

// Ago says how long before now t was.
func (m Messages) Ago(now, t time.Time) string {
	if t.IsZero() || t.Unix() <= 0 {
		return m.Say("ago.never")
	}
	switch d := now.Sub(t); {
	case d < 2*time.Minute:
		return m.Say("ago.now")
	case d < 2*time.Hour:
		return m.Count("ago.minutes", int(d.Minutes()))
	case d < 48*time.Hour:
		return m.Count("ago.hours", int(d.Hours()))
	default:
		return m.Count("ago.days", int(d.Hours()/24))
	}
}
