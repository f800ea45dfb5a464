package intake

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/terms"
	"github.com/gapwatch/gapwatch/internal/words"
)

// Fields collects what is wrong with what somebody stated, in their language.
type Fields struct {
	Text  words.Messages
	Wrong []Fault
}

// Fault is a wrong field. What is wrong is only put into words where it is told: a table may have more errors than
// anybody reads.
type Fault struct {
	Field string
	Value any
	Tell  func() string
}

// Bad notes a wrong field; key and args are of the catalogue.
func (f *Fields) Bad(field string, value any, key string, args ...any) {
	f.Say(field, value, func() string { return f.Text.Say(key, args...) })
}

// Say notes a wrong field that is told in other words than the catalogue's. Of two faults of a field the first counts:
// "not a number" and "out of range" say the same.
func (f *Fields) Say(field string, value any, tell func() string) {
	if !slices.ContainsFunc(f.Wrong, func(o Fault) bool { return o.Field == field }) {
		f.Wrong = append(f.Wrong, Fault{field, value, tell})
	}
}

// Details tells what is wrong with the fields of a body.
func (f *Fields) Details() []*huma.ErrorDetail {
	var out []*huma.ErrorDetail
	for _, w := range f.Wrong {
		out = append(out, httpd.Field("body."+w.Field, w.Tell(), w.Value))
	}
	return out
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
