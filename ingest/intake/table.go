package intake

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/gapwatch/gapwatch/internal/httpd"
)

// maxTable is how large an uploaded table may be, in bytes.
const maxTable = 8 << 20

// TemplateInput names the language of an empty table.
type TemplateInput struct {
	Lang string `query:"lang" enum:"zh,en" default:"en"`
}

// TemplateOutput is an empty table as a file.
type TemplateOutput struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

// Template is the headings, help and file name of an empty table in the languages of the API.
type Template struct {
	File   string
	EN, ZH string // CSV lines; those with # are help, and are skipped when uploaded
}

// file answers with the table in the language asked for.
func (t Template) file(_ context.Context, in *TemplateInput) (*TemplateOutput, error) {
	text := t.EN
	if in.Lang == "zh" {
		text = t.ZH
	}
	// The byte order mark makes Excel read it as UTF-8.
	return &TemplateOutput{"text/csv; charset=utf-8", `attachment; filename="` + t.File + `"`, []byte("\ufeff" + text)}, nil
}

// RegisterTable adds an operation that takes a table as its body or as the file of a form, and one that gives an
// empty table at the same path. upload needs a RawBody.
func RegisterTable[I, O any](api *httpd.API, op huma.Operation, upload func(context.Context, *I) (*O, error), empty huma.Operation, t Template) {
	op.Method, op.MaxBodyBytes, op.SkipValidateBody = http.MethodPost, maxTable, true
	op.Errors = append(op.Errors, http.StatusUnprocessableEntity, http.StatusServiceUnavailable)
	content := map[string]*huma.MediaType{}
	op.RequestBody = &huma.RequestBody{Required: true, Content: content}
	httpd.Register(api, op, upload)
	clear(content) // of what huma says of raw bodies
	binary := &huma.Schema{Type: "string", Format: "binary"}
	content["text/csv"] = &huma.MediaType{Schema: &huma.Schema{Type: "string"}}
	content["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"] = &huma.MediaType{Schema: binary}
	content["multipart/form-data"] = &huma.MediaType{Schema: &huma.Schema{Type: "object", Properties: map[string]*huma.Schema{"file": binary}}}

	empty.Method, empty.Path, empty.Tags = http.MethodGet, op.Path, op.Tags
	httpd.Register(api, empty, t.file)
}
