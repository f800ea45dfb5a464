package pages

import (
	"html/template"
	"io/fs"
	"log/slog"
	"reflect"
	"regexp"
	"testing"

	"github.com/gapwatch/gapwatch/dashboards/web"
	"github.com/gapwatch/gapwatch/internal/words"
)

// addressAttribute is an attribute that holds an address, with its value. The second form catches what the first cannot
// read: a value without quotes, or with others.
var (
	addressAttribute = regexp.MustCompile(`\s(?:href|src|action|formaction|poster|cite|data-api)="((?:[^"{]|\{\{(?:[^}"]|"[^"]*")*\}\})*)"`)
	anyAttribute     = regexp.MustCompile(`\s(?:href|src|srcset|action|formaction|poster|cite|data-api)\s*=`)
	constantAddress  = regexp.MustCompile(`^(#[a-z-]+|#\{\{\.ID\}\}|/[a-z0-9./-]*)$`)
	builtAddress     = regexp.MustCompile(`^\{\{(\w+)(?: [^|]*)?\}\}$`)
)

// wrongAddresses are the addresses of a template that are neither a constant, nor a fragment, nor the whole answer of
// one of the builders.
func wrongAddresses(text string, builders map[string]bool) (wrong []string, seen int) {
	found := addressAttribute.FindAllStringSubmatch(text, -1)
	for _, m := range found {
		call := builtAddress.FindStringSubmatch(m[1])
		if !constantAddress.MatchString(m[1]) && (call == nil || !builders[call[1]]) {
			wrong = append(wrong, m[1])
		}
	}
	if all := anyAttribute.FindAllString(text, -1); len(all) != len(found) {
		wrong = append(wrong, "one that is not in double quotes")
	}
	return wrong, len(found)
}

// TestAddressesAreBuilt: in the templates an address is a constant, a fragment, or the whole answer of one function that
// returns a template.URL. One that a template puts together would be escaped twice, or lose the filter of the page.
func TestAddressesAreBuilt(t *testing.T) {
	text, err := words.Load(words.English)
	if err != nil {
		t.Fatal(err)
	}
	a, err := newAssets(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	builders := map[string]bool{}
	for name, f := range (&Pages{assets: a}).funcs(text) {
		if kind := reflect.TypeOf(f); kind.NumOut() == 1 && kind.Out(0) == reflect.TypeFor[template.URL]() {
			builders[name] = true
		}
	}
	files, err := fs.Glob(web.Files, "templates/*.html")
	if err != nil || len(files) < 10 || len(builders) < 15 {
		t.Fatal(files, builders, err)
	}
	seen := 0
	for _, f := range files {
		b, err := fs.ReadFile(web.Files, f)
		if err != nil {
			t.Fatal(err)
		}
		wrong, n := wrongAddresses(string(b), builders)
		seen += n
		for _, w := range wrong {
			t.Errorf("%s holds the address %s: make it in address.go", f, w)
		}
	}
	if seen < 60 {
		t.Errorf("only %d addresses were looked at", seen)
	}
	for _, bad := range []string{`<a href="/?{{.Query}}">`, `<a href="/skills/{{.ID}}">`, `<a href="{{.Next}}">`, `<a href="{{skillURL .ID .Filter}}&amp;all=1">`, `<a href="{{print "/" .ID}}">`,
		`<a href={{link .Next}}>`, `<a href='/x?{{.Q}}'>`, `<a href="{{link .Next | lower}}">`} {
		if wrong, _ := wrongAddresses(bad, builders); len(wrong) == 0 {
			t.Errorf("%s is let through", bad)
		}
	}
}
