package email

import (
	"bytes"
	"fmt"
	html "html/template"
	"strings"
	text "text/template"

	"github.com/gapwatch/gapwatch/alerts/notify"
)

// page is the letter with what only the mail knows.
type page struct {
	notify.Letter
	Chart string // content id of the picture, empty without one
}

// render lays a letter out as text and as HTML; every word of it is escaped in the latter.
func render(l notify.Letter, picture bool) (plain, rich string, err error) {
	p := page{Letter: l}
	if picture {
		p.Chart = chartName
	}
	t, err := text.New("text").Parse(textLayout)
	if err != nil {
		return "", "", fmt.Errorf("parse text layout: %w", err)
	}
	h, err := html.New("html").Funcs(html.FuncMap{"cid": func(s string) html.URL { return html.URL("cid:" + s) }}).Parse(htmlLayout)
	if err != nil {
		return "", "", fmt.Errorf("parse html layout: %w", err)
	}
	var a, b bytes.Buffer
	if err := t.Execute(&a, p); err != nil {
		return "", "", fmt.Errorf("write text: %w", err)
	}
	if err := h.Execute(&b, p); err != nil {
		return "", "", fmt.Errorf("write html: %w", err)
	}
	return strings.TrimSpace(a.String()) + "\n", b.String(), nil
}

const textLayout = `{{with .Sample}}*** {{.}} ***

{{end}}{{.Title}}

{{.Lead}}
{{with .FactsAre}}
{{.}}
{{end}}{{range .Facts}}- {{.Label}}: {{.Value}}
{{end}}{{range .Notes}}- {{.}}
{{end}}{{with .NextIs}}
{{.}}
{{end}}{{range .Next}}- {{.}}
{{end}}
{{.LinkText}}:
{{.URL}}

--
{{.Why}}
{{if .LeaveURL}}{{.Leave}}:
{{.LeaveURL}}
{{end}}{{if .ManageURL}}{{.Manage}}:
{{.ManageURL}}
{{end}}`

const htmlLayout = `<!DOCTYPE html>
<html lang="{{.Language}}"><head><meta charset="utf-8"><title>{{.Title}}</title></head>
<body style="margin:0;padding:24px;background:#f4f6f8;color:#1d2630;font:15px/1.6 system-ui,-apple-system,'PingFang SC','Microsoft YaHei',sans-serif">
<div style="max-width:640px;margin:0 auto;background:#fff;border:1px solid #dde2e8;border-radius:8px;padding:24px">
{{with .Sample}}<p style="margin:0 0 16px;padding:8px 12px;background:#fff4d6;border:1px solid #e8c766;border-radius:4px"><strong>{{.}}</strong></p>{{end}}
<h1 style="font-size:20px;line-height:1.35;margin:0 0 12px">{{.Title}}</h1>
<p style="margin:0 0 16px">{{.Lead}}</p>
{{with .Chart}}<img src="{{cid .}}" alt="{{$.Picture}}" width="590" style="width:100%;height:auto;border:1px solid #dde2e8">
<p style="margin:4px 0 16px;color:#5b6672;font-size:13px">{{$.Picture}}</p>{{end}}
{{with .FactsAre}}<h2 style="font-size:16px;margin:0 0 8px">{{.}}</h2>{{end}}
{{if .Facts}}<table style="border-collapse:collapse;width:100%;margin:0 0 12px">{{range .Facts}}
<tr><th scope="row" style="text-align:left;font-weight:normal;color:#5b6672;padding:4px 12px 4px 0;vertical-align:top;white-space:nowrap">{{.Label}}</th><td style="padding:4px 0">{{.Value}}</td></tr>{{end}}
</table>{{end}}
{{range .Notes}}<p style="margin:0 0 12px;color:#5b6672">{{.}}</p>{{end}}
{{with .NextIs}}<h2 style="font-size:16px;margin:16px 0 8px">{{.}}</h2>{{end}}
{{if .Next}}<ul style="margin:0 0 16px;padding-left:20px">{{range .Next}}<li>{{.}}</li>{{end}}</ul>{{end}}
<p style="margin:0 0 16px"><a href="{{.URL}}" style="display:inline-block;background:#1f5fa8;color:#fff;text-decoration:none;padding:8px 16px;border-radius:4px">{{.LinkText}}</a></p>
<p style="margin:0;color:#5b6672;font-size:12px;border-top:1px solid #dde2e8;padding-top:12px">{{.Why}}{{if .LeaveURL}} <a href="{{.LeaveURL}}" style="color:#5b6672">{{.Leave}}</a>{{end}}{{if .ManageURL}} · <a href="{{.ManageURL}}" style="color:#5b6672">{{.Manage}}</a>{{end}}</p>
</div></body></html>
`
