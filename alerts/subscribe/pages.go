package subscribe

import (
	"context"
	"html/template"
	"net/http"

	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/words"
)

// Path is the page on which an organisation makes, sees, changes and ends its subscriptions.
const Path = "/subscribe"

// The pages of the links in mails. The token travels in the query, because paths are written to the access log.
const (
	ConfirmPath = "/mail/confirm"
	LeavePath   = "/mail/leave"
)

// What the buttons of the pages send as "do". Programs that unsubscribe with one click send
// List-Unsubscribe=One-Click instead (RFC 8058), which is doLeave.
const (
	doConfirm = "confirm"
	doLeave   = "leave"
	doNever   = "never"
	doReturn  = "return"
)

// answer is what a page shows. Title and Text come from the catalogue, Buttons are what can be done from here.
type answer struct {
	Lang, Other, Title, Text, Token, Nonce, Path string
	Buttons                                      []button
}

type button struct{ Do, Label, Path string }

func (s *Service) registerPages(mux *http.ServeMux) {
	page := template.Must(template.ParseFS(web, "web/consent.html"))
	for _, path := range []string{ConfirmPath, LeavePath} {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) { s.page(w, r, page, path, false) })
		mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) { s.page(w, r, page, path, true) })
	}
}

// page answers a link. Opening it changes nothing, because programs that look for malware open every link of a mail;
// only its buttons and a mail program's one-click unsubscription do.
func (s *Service) page(w http.ResponseWriter, r *http.Request, page *template.Template, path string, act bool) {
	r.Body = http.MaxBytesReader(w, r.Body, 8<<10)
	token, do := r.FormValue("t"), r.PostFormValue("do")
	if act && path == LeavePath && (r.PostFormValue("List-Unsubscribe") == "One-Click" || do == "") {
		do = doLeave
	}
	if !act {
		do = ""
	}
	out, status, err := s.answer(r.Context(), path, token, do, r.FormValue("lang"))
	if err != nil {
		httpd.WriteProblem(w, r, httpd.Problem(http.StatusServiceUnavailable, "store_unreadable", "nothing was changed: try again in a minute"))
		return
	}
	out.Nonce, out.Token = httpd.Nonce(r.Context()), token
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer") // the address holds the token
	h.Set("X-Robots-Tag", "noindex")
	w.WriteHeader(status)
	_ = page.Execute(w, out) // the reader may be gone
}

// answer does what was asked for and says what the page shows.
func (s *Service) answer(ctx context.Context, path, token, do, lang string) (answer, int, error) {
	link, known, err := s.store.MailLink(ctx, TokenHash(token))
	if err != nil {
		return answer{}, 0, err
	}
	if !known {
		return s.say("unknown", lang, path, ""), http.StatusNotFound, nil
	}
	if lang == "" {
		lang = link.Language
	}
	name := link.Org
	if o, ok, err := s.store.Organisation(ctx, link.Org); err != nil {
		return answer{}, 0, err
	} else if ok {
		name = o.Name
	}
	expired := path == ConfirmPath && s.now().After(link.Expires)
	if expired && do == doConfirm {
		return s.say("expired", lang, path, name), http.StatusGone, nil
	}
	if err := s.decide(ctx, link, do); err != nil {
		return answer{}, 0, err
	}
	state, err := s.said(ctx, link)
	if err != nil {
		return answer{}, 0, err
	}
	switch {
	case state == talent.ConsentNever:
		return s.say("never", lang, path, name, doReturn), http.StatusOK, nil
	case state == talent.ConsentLeft:
		return s.say("left", lang, path, name, doReturn, doNever), http.StatusOK, nil
	case path == ConfirmPath && state == talent.ConsentConfirmed:
		return s.say("confirmed", lang, path, name, doLeave), http.StatusOK, nil
	case expired:
		return s.say("expired", lang, path, name), http.StatusGone, nil
	case path == ConfirmPath:
		return s.say("ask", lang, path, name, doConfirm, doNever), http.StatusOK, nil
	}
	return s.say("leave", lang, path, name, doLeave, doNever), http.StatusOK, nil
}

// decide records what the owner of the address said. Whoever has the link reads the mailbox.
func (s *Service) decide(ctx context.Context, link talent.MailLink, do string) error {
	here := talent.Consent{Address: link.Address, Org: link.Org, At: s.now()}
	everywhere := talent.Consent{Address: link.Mailbox, At: s.now()}
	if do == doReturn { // takes back a refusal and nothing else: an expired link stays expired
		before, err := s.said(ctx, link)
		if err != nil || before != talent.ConsentLeft && before != talent.ConsentNever {
			return err
		}
	}
	switch do {
	case doConfirm, doReturn:
		here.State, everywhere.State = talent.ConsentConfirmed, talent.ConsentAllowed
		return s.store.PutConsents(ctx, here, everywhere)
	case doLeave:
		here.State = talent.ConsentLeft
		return s.store.PutConsents(ctx, here)
	case doNever:
		here.State, everywhere.State = talent.ConsentLeft, talent.ConsentNever
		return s.store.PutConsents(ctx, here, everywhere)
	}
	return nil
}

// said is what the owner of a link's address has said last.
func (s *Service) said(ctx context.Context, link talent.MailLink) (state talent.ConsentState, err error) {
	all, err := s.store.Consents(ctx, []string{link.Address, link.Mailbox})
	for _, c := range all {
		switch {
		case c.Org == "" && c.Address == link.Mailbox && c.State == talent.ConsentNever:
			return talent.ConsentNever, err
		case c.Org == link.Org && c.Address == link.Address:
			state = c.State
		}
	}
	return state, err
}

// say makes a page of texts.
func (s *Service) say(key, lang, path, org string, actions ...string) answer {
	if lang != words.English {
		lang = words.Chinese
	}
	text := s.texts[lang]
	out := answer{Lang: lang, Other: words.Other(lang), Path: path, Title: text.Say("consent."+key+".title", org), Text: text.Say("consent."+key+".text", org)}
	for _, do := range actions {
		to := LeavePath
		if do == doConfirm {
			to = ConfirmPath
		}
		out.Buttons = append(out.Buttons, button{Do: do, Label: text.Say("consent.do."+do, org), Path: to})
	}
	return out
}
