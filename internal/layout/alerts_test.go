package layout

import (
	"go/ast"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gapwatch/gapwatch/internal/testenv"
)

// TestRoomsOfAlerts: who judges knows nothing of subscribers, who tells needs nothing of the job, and a channel is named
// in the list of channels alone.
func TestRoomsOfAlerts(t *testing.T) {
	root := testenv.Root(t)
	const list = "alerts/notify/channels"
	folders, err := os.ReadDir(filepath.Join(root, "alerts/notify"))
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{} // channels; true: the list imports it
	for _, f := range folders {
		if f.IsDir() && f.Name() != "channels" && f.Name() != "chart" {
			listed["alerts/notify/"+f.Name()] = false
		}
	}
	walls := []struct {
		from, to string
		but      []string
		why      string
	}{
		{"alerts/judge", "alerts/notify", nil, "who judges knows no subscriber"},
		{"alerts/judge", "alerts/subscribe", nil, "who judges knows no subscriber"},
		{"alerts/notify", "alerts/judge", nil, "the postman reads events from the store"},
		{"alerts/subscribe", "alerts/notify", nil, "subscriptions know addresses, and not how messages are sent"},
	}
	for channel := range listed {
		walls = append(walls, struct {
			from, to string
			but      []string
			why      string
		}{"", channel, []string{channel, list}, "a channel is named in " + list + " alone"})
	}
	within := func(pkg, folder string) bool {
		return folder == "" || pkg == folder || strings.HasPrefix(pkg, folder+"/")
	}
	eachSource(t, func(rel string, f *ast.File) {
		pkg := path.Dir(rel)
		for _, spec := range f.Imports {
			imp, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			imp = strings.TrimPrefix(imp, module)
			if _, ok := listed[imp]; ok && pkg == list {
				listed[imp] = true
			}
			for _, w := range walls {
				if within(pkg, w.from) && within(imp, w.to) && !slices.Contains(w.but, pkg) {
					t.Errorf("%s imports %s: %s", rel, imp, w.why)
				}
			}
		}
	})
	for channel, ok := range listed {
		if !ok {
			t.Errorf("%s is not in %s: nobody can subscribe to it", channel, list)
		}
	}
}
