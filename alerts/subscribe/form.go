package subscribe

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/gapwatch/gapwatch/internal/codes"
	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/words"
)

//go:embed web
var web embed.FS

// scriptPath is the address of the form's script; its content is in the query, so that a new one is fetched.
const scriptPath = Path + "/subscribe.js"

// choice is an option of a list: Also is its other name, or what is to be known of it.
type choice struct{ Code, Name, Also string }

// picker is a field that takes several of a list.
type picker struct {
	Name, Label, Help string
	Options           []choice
}

// formPage is the data of the page of subscriptions.
type formPage struct {
	Lang, Other, OtherHref, Nonce, Script string
	Sample                                bool
	Nav                                   []struct {
		Path, Name string
		Here       bool
	}
	Pickers              []picker
	Severities, Channels []choice
	Text                 map[string]string // what the script says
}

// registerForm adds the page of subscriptions and its script.
func (s *Service) registerForm(mux *http.ServeMux) error {
	script, err := web.ReadFile("web/subscribe.js")
	if err != nil {
		return fmt.Errorf("read the script of the page of subscriptions: %w", err)
	}
	sum := sha256.Sum256(script)
	address := scriptPath + "?v=" + hex.EncodeToString(sum[:6])
	pages := map[string]*template.Template{}
	for lang, text := range s.texts {
		t := template.New("subscribe.html").Funcs(template.FuncMap{"t": func(key string) string { return text.Say(key) }})
		if pages[lang], err = t.ParseFS(web, "web/subscribe.html"); err != nil {
			return fmt.Errorf("read the page of subscriptions: %w", err)
		}
	}
	mux.HandleFunc("GET "+scriptPath, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		_, _ = w.Write(script)
	})
	mux.HandleFunc("GET "+Path, func(w http.ResponseWriter, r *http.Request) {
		lang := httpd.Language(r)
		page, err := s.form(r.Context(), lang)
		if err != nil {
			httpd.WriteProblem(w, r, httpd.Problem(http.StatusServiceUnavailable, "store_unreadable", "try again in a minute"))
			return
		}
		q := r.URL.Query()
		q.Set("lang", page.Other)
		page.OtherHref, page.Nonce, page.Script = "?"+q.Encode(), httpd.Nonce(r.Context()), address
		httpd.RememberLanguage(w, r)
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Language", lang)
		h.Set("Cache-Control", "private, no-cache")
		h.Add("Vary", "Accept-Language, Cookie")
		_ = pages[lang].Execute(w, page) // the reader may be gone
	})
	return nil
}

// form gathers what the page shows.
func (s *Service) form(ctx context.Context, lang string) (formPage, error) {
	text := s.texts[lang]
	skills, err := s.store.Skills(ctx)
	if err != nil {
		return formPage{}, err
	}
	p := formPage{Lang: lang, Other: words.Other(lang), Sample: s.cfg.Sample, Text: map[string]string{"detail": fmt.Sprint(lang == words.English)}}
	for _, place := range words.Navigation(s.cfg.Sample) {
		p.Nav = append(p.Nav, struct {
			Path, Name string
			Here       bool
		}{place.Path, text.Place(place), place.Path == Path})
	}
	names := words.Names{Lang: lang, Text: text, Skills: map[string]talent.Skill{}}
	for _, skill := range skills {
		names.Skills[skill.ID] = skill
	}
	p.Pickers = []picker{
		{Name: "skills", Label: text.Say("col.skill"), Help: text.Say("subscribe.skills.help"), Options: make([]choice, 0, len(skills))},
		{Name: "regions", Label: text.Say("filter.region"), Help: text.Say("subscribe.regions.help"), Options: named(codes.Regions(), lang)},
		{Name: "industries", Label: text.Say("filter.industry"), Help: text.Say("subscribe.industries.help"), Options: named(codes.Industries(), lang)},
	}
	for _, skill := range skills {
		p.Pickers[0].Options = append(p.Pickers[0].Options, choice{skill.ID, names.Skill(skill.ID), names.OtherSkill(skill.ID)})
	}
	slices.SortFunc(p.Pickers[0].Options, func(a, b choice) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	for _, severity := range []talent.Severity{talent.Blue, talent.Yellow, talent.Orange, talent.Red} {
		name := text.Say("severity." + string(severity) + ".level")
		if severity != talent.Red {
			name = text.Say("subscribe.from", name)
		}
		p.Severities = append(p.Severities, choice{Code: string(severity), Name: name})
		p.Text["severity."+string(severity)] = name
	}
	for _, name := range slices.Sorted(maps.Keys(s.channels)) {
		c := choice{Code: name, Name: name}
		if label, ok := text["channel."+name]; ok {
			c.Name, c.Also = label, text.Say("channel."+name+".help")
		}
		p.Channels = append(p.Channels, c)
	}
	for key, said := range text {
		for _, prefix := range []string{"subscribe.js.", "subscribe."} {
			if short, ok := strings.CutPrefix(key, prefix); ok {
				p.Text[short] = said
				break
			}
		}
	}
	return p, nil
}

// named are the options of a code list.
func named(list []codes.Named, lang string) []choice {
	out := make([]choice, len(list))
	for i, n := range list {
		out[i] = choice{n.Code, n.Name.In(lang), n.Name.In(words.Other(lang))}
	}
	return out
}
