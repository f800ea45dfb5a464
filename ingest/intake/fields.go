package intake

import (
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/terms"
	"github.com/gapwatch/gapwatch/internal/words"
)

// Fields collects what is wrong with what somebody stated, in their language.
type Fields struct {
	Text   words.Messages
	Prefix string // before the name of a field: "body."
	Wrong  []*huma.ErrorDetail
}

// Bad notes a wrong field; key and args are of the catalogue.
func (f *Fields) Bad(field string, value any, key string, args ...any) {
	f.Say(field, value, f.Text.Say(key, args...))
}

// Say is Bad for a message that is written already.
func (f *Fields) Say(field string, value any, message string) {
	f.Wrong = append(f.Wrong, httpd.Field(f.Prefix+field, message, value))
}

// String is s without spaces around it, of least to most characters.
func (f *Fields) String(field, s string, least, most int) string {
	s = strings.TrimSpace(s)
	switch n := utf8.RuneCountInString(s); {
	case n < least:
		f.Bad(field, s, "wrong.required")
	case n > most:
		f.Bad(field, n, "wrong.long", most)
	}
	return s
}

// Within notes a number outside of its range.
func (f *Fields) Within(field string, n, least, most int) {
	if n < least || n > most {
		f.Bad(field, n, "wrong.range", least, most)
	}
}

// Region resolves a region.
func (f *Fields) Region(field, s string) string {
	code, ok := terms.Region(s)
	if !ok {
		f.Bad(field, s, "wrong.region")
	}
	return code
}
