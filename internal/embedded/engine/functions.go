package engine

import (
	_ "embed"
	"strings"
)

//go:embed functions.txt
var functionList string

// combinators may follow the name of an aggregate. State and Merge are not among them: they hand the inner bytes of
// an aggregate in and out.
var combinators = []string{"if", "array", "foreach", "distinct", "ordefault", "ornull", "map", "argmin", "argmax"}

// tableFunctions that strangers may read from: they make rows out of nothing.
var tableFunctions = map[string]bool{"numbers": true, "values": true, "generateseries": true, "generate_series": true}

// allowed are the functions of the list, in lower case; true for those that take combinators.
type allowed map[string]bool

func readFunctions(list string) allowed {
	names := make(allowed)
	aggregates := false
	for line := range strings.Lines(list) {
		if heading, ok := strings.CutPrefix(line, "# "); ok {
			aggregates = strings.HasPrefix(heading, "Aggregates")
			continue
		}
		for name := range strings.FieldsSeq(line) {
			names[strings.ToLower(name)] = aggregates
		}
	}
	return names
}

// has tells whether a function is on the list, alone or as an aggregate with combinators.
func (a allowed) has(name string) bool {
	name = strings.ToLower(name)
	if _, ok := a[name]; ok {
		return true
	}
	for range 3 { // sumArrayIfOrNull; more than three say nothing that a reader of series needs
		base := name
		for _, c := range combinators {
			if rest, ok := strings.CutSuffix(name, c); ok {
				base = rest
				break
			}
		}
		if base == name {
			return false
		}
		if name = base; a[name] {
			return true
		}
	}
	return false
}
