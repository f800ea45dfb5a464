package pages

import (
	"context"
)

func (p *Pages) about(_ context.Context, v *visit) (view, error) {
	return view{name: "about", title: v.text.Say("about.title"), nav: "about"}, nil
}
