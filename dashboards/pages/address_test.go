package pages

import (
	"io/fs"
	"regexp"
	"testing"

	"github.com/gapwatch/gapwatch/dashboards/web"
)

// TestAddressesAreBuilt: in the templates an address is a constant, a fragment, or the whole answer of one function. One
// that a template puts together would be escaped twice, or lose the filter of the page.
func TestAddressesAreBuilt(t *testing.T) {
	files, err := fs.Glob(web.Files, "templates/*.html")
	if err != nil || len(files) < 10 {
		t.Fatal(files, err)
	}
	attribute := regexp.MustCompile(`(?:href|src|action|formaction|data-api)="((?:[^"{]|\{\{(?:[^}"]|"[^"]*")*\}\})*)"`)
	constant := regexp.MustCompile(`^(#[a-z-]*|#\{\{\.ID\}\}|(/[a-z0-9./-]*)?)$`)
	call := regexp.MustCompile(`^\{\{(?:[^}"]|"[^"]*")*\}\}$`)
	seen := 0
	for _, f := range files {
		b, err := fs.ReadFile(web.Files, f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range attribute.FindAllSubmatch(b, -1) {
			seen++
			if a := string(m[1]); !constant.MatchString(a) && !call.MatchString(a) {
				t.Errorf("%s puts the address %s together: make it in address.go", f, a)
			}
		}
	}
	if seen < 60 {
		t.Errorf("only %d addresses were looked at", seen)
	}
}
