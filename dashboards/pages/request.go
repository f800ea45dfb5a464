package pages

import (
	"context"
	"strings"

	"github.com/gapwatch/gapwatch/internal/codes"
)

// formBody is the data of a page on which people state something.
type formBody struct {
	Tiers, Regions, Industries []option
	Columns                    []string          // headings of its table
	Text                       map[string]string // what its scripts say
}

func (p *Pages) request(_ context.Context, v *visit) (view, error) {
	b := form(v, "request.js.", "skill", "heads", "tier", "region", "industry", "needed_by", "note")
	b.Tiers, b.Regions, b.Industries = optionsOf(codes.Tiers(), v.lang), optionsOf(codes.Regions(), v.lang), optionsOf(codes.Industries(), v.lang)
	return view{name: "request", title: v.text.Say("request.title"), nav: "request", scripts: []string{"intake.js", "picker.js", "request.js"}, body: b}, nil
}

func (p *Pages) programmes(_ context.Context, v *visit) (view, error) {
	b := form(v, "programmes.js.", "school", "name", "degree", "region", "cohort_size", "graduation_month", "first_year", "course", "description", "hours", "required", "seats")
	return view{name: "programmes", title: v.text.Say("programmes.title"), nav: "programmes", scripts: []string{"intake.js", "programmes.js"}, body: b}, nil
}

// form collects the texts of a page's scripts, which stand under its own prefix and the one that such pages share.
func form(v *visit, own string, columns ...string) formBody {
	const shared = "upload.js."
	b := formBody{Text: map[string]string{}}
	for key, text := range v.text {
		for _, prefix := range []string{shared, own} {
			if name, ok := strings.CutPrefix(key, prefix); ok {
				b.Text[name] = text
			}
		}
	}
	for _, c := range columns {
		b.Columns = append(b.Columns, v.text.Say(shared+"column."+c))
	}
	return b
}

func optionsOf(list []codes.Named, lang string) []option {
	out := make([]option, len(list))
	for i, n := range list {
		out[i] = option{Value: n.Code, Name: n.Name.In(lang)}
	}
	return out
}
