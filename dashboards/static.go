package dashboards

import (
	"context"

	"github.com/gapwatch/gapwatch/internal/codes"
)

// requestBody is the data of the request form.
type requestBody struct {
	Skills     []optionGroup
	Tiers      []option
	Regions    []option
	Industries []option
	Text       map[string]string // what request.js says
}

func (d *Dashboards) request(_ context.Context, v *visit) (view, error) {
	b := requestBody{Skills: skillGroups(v.names, ""), Text: map[string]string{}}
	b.Tiers = optionsOf(codes.Tiers(), v.lang)
	b.Regions = optionsOf(codes.Regions(), v.lang)
	b.Industries = optionsOf(codes.Industries(), v.lang)
	for _, k := range []string{"sent", "changed", "withdrawn", "confirm", "none", "nokey", "badkey", "offline", "failed", "withdraw", "edit", "heads",
		"required", "positive", "past", "errors", "loading", "submit", "save", "conflict",
		"held", "refused", "wait"} {
		b.Text[k] = v.text.Say("request.js." + k)
	}
	return view{name: "request", title: v.text.Say("request.title"), nav: "request", scripts: []string{"request.js"}, body: b}, nil
}

func optionsOf(list []codes.Named, lang string) []option {
	out := make([]option, len(list))
	for i, n := range list {
		out[i] = option{Value: n.Code, Name: n.Name.In(lang)}
	}
	return out
}

func (d *Dashboards) about(_ context.Context, v *visit) (view, error) {
	return view{name: "about", title: v.text.Say("about.title"), nav: "about"}, nil
}
