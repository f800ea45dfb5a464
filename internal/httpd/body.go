package httpd

import (
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
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
	var fields []*huma.ErrorDetail
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

// Invalid is the problem of a request with wrong fields. Where two speak of the same field, the first counts.
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
