package pages

import (
	"context"
	"encoding/json"
	"net/http"
	"sort"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// operationView is one operation of the API reference.
type operationView struct {
	ID, Method, Path     string
	Summary, Description string
	Secured              bool
	Params               []fieldView
	Body                 []fieldView
	BodyType             string
	Responses            []responseView
	Example              string
}

// fieldView is a parameter or a field of a body.
type fieldView struct {
	Name, In, Type, Doc string
	Required            bool
	Values              string
}

// responseView is one possible answer.
type responseView struct {
	Status, Doc string
	Fields      []fieldView
}

// tagView is a group of operations.
type tagView struct {
	Name       string
	Operations []operationView
}

// referenceBody is the data of the API reference.
type referenceBody struct {
	Title, Version string
	Tags           []tagView
}

// reference renders the OpenAPI document of the whole API, so that it can be read without any script.
func (p *Pages) reference(_ context.Context, v *visit) (view, error) {
	doc := p.api.OpenAPI()
	b := referenceBody{}
	if doc.Info != nil {
		b.Title, b.Version = doc.Info.Title, doc.Info.Version
	}
	by := map[string][]operationView{}
	for path, item := range doc.Paths {
		for _, m := range []struct {
			method string
			op     *huma.Operation
		}{{http.MethodGet, item.Get}, {http.MethodPost, item.Post}, {http.MethodPut, item.Put}, {http.MethodPatch, item.Patch}, {http.MethodDelete, item.Delete}} {
			if m.op == nil || m.op.Hidden {
				continue
			}
			tag := "API"
			if len(m.op.Tags) > 0 {
				tag = m.op.Tags[0]
			}
			by[tag] = append(by[tag], describe(doc, m.method, path, m.op))
		}
	}
	for name, ops := range by {
		sort.Slice(ops, func(i, j int) bool {
			if ops[i].Path != ops[j].Path {
				return ops[i].Path < ops[j].Path
			}
			return ops[i].Method < ops[j].Method
		})
		b.Tags = append(b.Tags, tagView{name, ops})
	}
	sort.Slice(b.Tags, func(i, j int) bool { return b.Tags[i].Name < b.Tags[j].Name })
	return view{name: "api", title: v.text.Say("api.title"), nav: "api", body: b}, nil
}

func describe(doc *huma.OpenAPI, method, path string, op *huma.Operation) operationView {
	o := operationView{ID: op.OperationID, Method: method, Path: path, Summary: op.Summary, Description: op.Description, Secured: len(op.Security) > 0}
	for _, p := range op.Parameters {
		if p == nil {
			continue
		}
		f := fieldView{Name: p.Name, In: p.In, Doc: p.Description, Required: p.Required}
		if p.Schema != nil {
			f.Type, f.Values = typeOf(doc, p.Schema), valuesOf(p.Schema)
			if f.Doc == "" {
				f.Doc = p.Schema.Description
			}
		}
		o.Params = append(o.Params, f)
	}
	if op.RequestBody != nil {
		for kind, media := range op.RequestBody.Content {
			o.BodyType = kind
			o.Body = fieldsOf(doc, media.Schema)
		}
	}
	statuses := make([]string, 0, len(op.Responses))
	for s := range op.Responses {
		statuses = append(statuses, s)
	}
	sort.Strings(statuses)
	for _, s := range statuses {
		r := responseView{Status: s, Doc: op.Responses[s].Description}
		for kind, media := range op.Responses[s].Content {
			if strings.Contains(kind, "problem") {
				continue
			}
			r.Fields = fieldsOf(doc, media.Schema)
		}
		o.Responses = append(o.Responses, r)
	}
	o.Example = example(o)
	return o
}

// resolve follows a reference into the document's components.
func resolve(doc *huma.OpenAPI, s *huma.Schema) *huma.Schema {
	if s != nil && s.Ref != "" && doc.Components != nil && doc.Components.Schemas != nil {
		return doc.Components.Schemas.SchemaFromRef(s.Ref)
	}
	return s
}

// fieldDepth is how many levels of objects within objects are listed.
const fieldDepth = 4

// fieldsOf lists the fields of an object in order of names, with those of objects and lists within it, named
// series.x and items[].x.
func fieldsOf(doc *huma.OpenAPI, s *huma.Schema) []fieldView { return fieldsAt(doc, s, fieldDepth) }

func fieldsAt(doc *huma.OpenAPI, s *huma.Schema, depth int) []fieldView {
	s = resolve(doc, s)
	if s == nil || depth == 0 {
		return nil
	}
	names := make([]string, 0, len(s.Properties))
	for n := range s.Properties {
		if n != "$schema" {
			names = append(names, n)
		}
	}
	sort.Strings(names)
	required := map[string]bool{}
	for _, n := range s.Required {
		required[n] = true
	}
	var out []fieldView
	for _, n := range names {
		p := s.Properties[n]
		out = append(out, fieldView{Name: n, Type: typeOf(doc, p), Doc: p.Description, Required: required[n], Values: valuesOf(p)})
		inside, joint := p, "."
		if p.Items != nil {
			inside, joint = p.Items, "[]."
		}
		for _, inner := range fieldsAt(doc, inside, depth-1) {
			inner.Name = n + joint + inner.Name
			out = append(out, inner)
		}
	}
	return out
}

func typeOf(doc *huma.OpenAPI, s *huma.Schema) string {
	if s.Ref != "" {
		return "object"
	}
	t := s.Type
	if t == "array" && s.Items != nil {
		return typeOf(doc, s.Items) + "[]"
	}
	if s.Format != "" {
		t += " (" + s.Format + ")"
	}
	if s.Nullable {
		t += " | null"
	}
	return t
}

func valuesOf(s *huma.Schema) string {
	values := make([]string, 0, len(s.Enum))
	for _, v := range s.Enum {
		if text, ok := v.(string); ok {
			values = append(values, text)
		}
	}
	return strings.Join(values, ", ")
}

// example is a command that calls the operation.
func example(o operationView) string {
	var b strings.Builder
	b.WriteString("curl")
	if o.Method != http.MethodGet {
		b.WriteString(" -X " + o.Method)
	}
	if o.Secured {
		b.WriteString(` -H "Authorization: Bearer $KEY"`)
	}
	for _, p := range o.Params {
		if p.In == "header" && strings.EqualFold(p.Name, "Idempotency-Key") {
			b.WriteString(` -H "Idempotency-Key: $(uuidgen)"`)
		}
	}
	if len(o.Body) > 0 && strings.Contains(o.BodyType, "json") {
		body := map[string]any{}
		for _, f := range o.Body {
			if f.Required && !strings.Contains(f.Name, ".") {
				body[f.Name] = sampleValue(f)
			}
		}
		if text, err := json.Marshal(body); err == nil {
			b.WriteString(` -H "Content-Type: application/json" -d '` + string(text) + `'`)
		}
	}
	b.WriteString(` "http://HOST` + o.Path + `"`)
	return b.String()
}

func sampleValue(f fieldView) any {
	switch {
	case f.Values != "":
		first, _, _ := strings.Cut(f.Values, ",")
		return first
	case strings.HasPrefix(f.Type, "integer"), strings.HasPrefix(f.Type, "number"):
		return 1
	case strings.HasPrefix(f.Type, "boolean"):
		return true
	case strings.HasSuffix(f.Type, "[]"):
		return []any{}
	case f.Name == "skill":
		return "machine-learning"
	}
	return "…"
}
