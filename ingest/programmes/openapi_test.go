package programmes

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The document describes the bodies that operations read, though they read them raw.
func TestOpenAPIDescribesBodies(t *testing.T) {
	c := start(t)
	var doc struct {
		Paths map[string]map[string]struct {
			RequestBody struct {
				Content map[string]struct {
					Schema struct {
						Ref string `json:"$ref"`
					}
				}
			}
			Security  []map[string][]string
			Responses map[string]any
		}
		Components struct{ Schemas map[string]json.RawMessage }
	}
	c.Call("GET", "/api/v1/openapi.json", "", "").Into(t, &doc)
	post := doc.Paths[path]["post"]
	if d := cmp.Diff([]string{"application/json"}, slices.Collect(maps.Keys(post.RequestBody.Content))); d != "" {
		t.Error(d)
	}
	if ref := post.RequestBody.Content["application/json"].Schema.Ref; ref != "#/components/schemas/ProgrammeInput" || doc.Components.Schemas["ProgrammeInput"] == nil {
		t.Errorf("schema %q", ref)
	}
	if len(doc.Paths[path+"/csv"]["post"].RequestBody.Content) != 3 {
		t.Errorf("upload: %+v", doc.Paths[path+"/csv"]["post"].RequestBody)
	}
	for _, code := range []string{"201", "400", "401", "403", "409", "422", "503"} {
		if post.Responses[code] == nil {
			t.Errorf("no response %s", code)
		}
	}
	if len(doc.Paths[path]["get"].Security) != 3 { // public, or with a key in either header
		t.Errorf("%+v", doc.Paths[path]["get"].Security)
	}
}
