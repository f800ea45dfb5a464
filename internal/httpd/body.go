package httpd

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/gapwatch/gapwatch/internal/budget"
)

// JSONBody reads request bodies of type T by its schema. Operations that check more than a schema can use it
// instead of huma's Body, so that one answer names the schema's errors and their own.
type JSONBody[T any] struct {
	registry huma.Registry
	schema   *huma.Schema
}

// NewJSONBody documents T as the body of op, whose input type has RawBody []byte instead of Body.
func NewJSONBody[T any](a *API, op *huma.Operation) JSONBody[T] {
	registry := a.OpenAPI().Components.Schemas
	schema := registry.Schema(reflect.TypeFor[T](), true, "")
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: schema}}}
	op.SkipValidateBody = true
	op.Errors = append(op.Errors, http.StatusBadRequest, http.StatusUnprocessableEntity)
	return JSONBody[T]{registry, schema}
}

// Tidy takes the media type that huma adds for RawBody out of the document; call it after Register.
func (JSONBody[T]) Tidy(op *huma.Operation) {
	delete(op.RequestBody.Content, "application/octet-stream")
}

// Decode reads raw. The second value names the fields that do not fit the schema; the rest of T is filled all
// the same. An error is a problem: no JSON at all, or another media type.
func (b JSONBody[T]) Decode(contentType string, raw []byte) (T, []*huma.ErrorDetail, error) {
	var out T
	if media, _, _ := strings.Cut(contentType, ";"); media != "" && !strings.Contains(strings.ToLower(media), "json") {
		return out, nil, Problem(http.StatusUnsupportedMediaType, "not_json", "send the body as Content-Type: application/json, not "+media)
	}
	if err := budget.New(bodyLimits()).JSON(raw); err != nil {
		return out, nil, Problem(http.StatusUnprocessableEntity, "too_large", "the body is "+err.Error(), Field("body", err.Error(), nil))
	}
	var parsed any
	if err := json.Unmarshal(raw, &parsed); err != nil {
		return out, nil, Problem(http.StatusBadRequest, "not_json", "the body is not JSON: "+err.Error())
	}
	if _, ok := parsed.(map[string]any); !ok {
		return out, nil, Invalid([]*huma.ErrorDetail{Field("body", "must be a JSON object", nil)})
	}
	res := huma.ValidateResult{}
	path := huma.NewPathBuffer(make([]byte, 0, 64), 0)
	path.Push("body")
	huma.Validate(b.registry, b.schema, path, huma.ModeWriteToServer, parsed, &res)
	fields := twice(raw)
	for _, err := range res.Errors {
		var d huma.ErrorDetailer
		if errors.As(err, &d) {
			fields = append(fields, d.ErrorDetail())
		} else {
			fields = append(fields, Field("body", err.Error(), nil))
		}
	}
	// A member of another type leaves its field empty and the others filled; the schema has named it already.
	var wrongType *json.UnmarshalTypeError
	if err := json.Unmarshal(raw, &out); err != nil && (!errors.As(err, &wrongType) || len(fields) == 0) {
		fields = append(fields, Field("body", err.Error(), nil))
	}
	return out, fields, nil
}

// bodyLimits are those of a JSON body; its bytes are the operation's. A programme with 200 courses has 2,500 values.
func bodyLimits() budget.Limits { return budget.Limits{Values: 10_000, Depth: 16} }

// twice names the members that an object states more than once: readers differ in which of them counts.
func twice(raw []byte) []*huma.ErrorDetail {
	var out []*huma.ErrorDetail
	d := json.NewDecoder(bytes.NewReader(raw))
	type object struct {
		names map[string]bool // nil in a list
		key   bool            // a name comes next
	}
	var open []object
	for {
		tok, err := d.Token()
		if err != nil {
			return out // at the end; invalid JSON was reported before
		}
		top := len(open) - 1
		if name, ok := tok.(string); ok && top >= 0 && open[top].key {
			folded := strings.ToLower(name) // as encoding/json matches members to fields
			if open[top].names[folded] && len(out) <= MaxErrors {
				out = append(out, Field("body."+name, "is stated twice", nil))
			}
			open[top].names[folded], open[top].key = true, false
			continue
		}
		switch tok {
		case json.Delim('{'):
			open = append(open, object{names: map[string]bool{}, key: true})
			continue
		case json.Delim('['):
			open = append(open, object{})
			continue
		case json.Delim('}'), json.Delim(']'):
			open = open[:top]
			top--
		}
		if top >= 0 && open[top].names != nil {
			open[top].key = true
		}
	}
}

// Invalid is the problem of a request with wrong fields. If two name the same field, the first counts.
func Invalid(fields ...[]*huma.ErrorDetail) *huma.ErrorModel {
	var all []*huma.ErrorDetail
	seen := make(map[string]bool)
	for _, list := range fields {
		for _, f := range list {
			// huma names a missing member at its object: its message names the member.
			if member, missing := missingMember(f); missing {
				f = Field(f.Location+"."+member, "is required", nil)
			}
			if !seen[f.Location] {
				seen[f.Location] = true
				all = append(all, f)
			}
		}
	}
	return Problem(http.StatusUnprocessableEntity, "invalid", "some fields are wrong; errors names each of them", all...)
}

func missingMember(f *huma.ErrorDetail) (string, bool) {
	rest, ok := strings.CutPrefix(f.Message, "expected required property ")
	if !ok {
		return "", false
	}
	return strings.CutSuffix(rest, " to be present")
}
