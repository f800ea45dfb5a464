package subscribe

import (
	"context"
	_ "embed"
	"html/template"
	"net/http"
	"strings"

	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/talent"
)

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

//go:embed page.html
var pageText string

// answer is what a page shows. Title and Text come from words, Buttons are what can be done from here.
type answer struct {
	Lang, Other, Title, Text, Token, Nonce, Path string
	Buttons                                      []button
}

type button struct{ Do, Label, Path string }

// words are the pages' texts in Chinese and English; %ORG% is the organisation's name.
var words = map[string][2]string{
	"unknown.title": {"链接无效", "This link does not work"},
	"unknown.text": {"请检查链接是否完整复制。链接有有效期；若已过期，请订阅方重新发送。",
		"Check that it was copied whole. Links expire; if this one has, whoever subscribed can send a new one."},
	"expired.title": {"链接已过期", "This link has expired"},
	"expired.text":  {"“%ORG%”可以重新发送确认邮件。如果您不想收到，无需任何操作。", "%ORG% can send a new confirmation mail. If you do not want any, you need not do anything."},
	"ask.title":     {"是否接收人才短缺预警邮件？", "Do you want shortage warnings by mail?"},
	"ask.text": {"“%ORG%”请求将 AI 人才短缺预警发送到收到此链接的邮箱。只有您点击确认后才会发送。",
		"%ORG% asks to send shortage warnings of AI skills to the address that this link came to. Nothing is sent unless you confirm."},
	"confirmed.title": {"已确认", "Confirmed"},
	"confirmed.text": {"您将收到“%ORG%”订阅的短缺预警。每封邮件都有一键退订链接。",
		"You will get the shortage warnings that %ORG% subscribed to. Every mail has a link to end them."},
	"leave.title": {"退订", "End these mails"},
	"leave.text":  {"可以停止接收“%ORG%”的预警邮件，也可以要求本系统不再向您发送任何邮件。", "End the warnings of %ORG%, or all mails of this system for good."},
	"left.title":  {"已退订", "You are unsubscribed"},
	"left.text":   {"“%ORG%”的预警不会再发送到此邮箱。", "Warnings of %ORG% will not be sent to this address any more."},
	"never.title": {"本系统不会再给您写信", "This system will not write to you again"},
	"never.text":  {"无论谁订阅，本系统都不会再向此邮箱发送邮件。", "No matter who subscribes, nothing will be sent to this address any more."},
	"do.confirm":  {"确认接收", "Yes, send them"},
	"do.leave":    {"停止接收“%ORG%”的邮件", "End the mails of %ORG%"},
	"do.never":    {"本系统不再给我写信", "Never write to me again"},
	"do.return":   {"撤销，继续接收", "Undo, keep sending"},
}

func (s *Service) registerPages(mux *http.ServeMux) {
	page := template.Must(template.New("page").Parse(pageText))
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
		return say("unknown", lang, path, ""), http.StatusNotFound, nil
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
		return say("expired", lang, path, name), http.StatusGone, nil
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
		return say("never", lang, path, name, doReturn), http.StatusOK, nil
	case state == talent.ConsentLeft:
		return say("left", lang, path, name, doReturn, doNever), http.StatusOK, nil
	case path == ConfirmPath && state == talent.ConsentConfirmed:
		return say("confirmed", lang, path, name, doLeave), http.StatusOK, nil
	case expired:
		return say("expired", lang, path, name), http.StatusGone, nil
	case path == ConfirmPath:
		return say("ask", lang, path, name, doConfirm, doNever), http.StatusOK, nil
	}
	return say("leave", lang, path, name, doLeave, doNever), http.StatusOK, nil
}

// decide records what the owner of the address said. Whoever has the link reads the mailbox.
func (s *Service) decide(ctx context.Context, link talent.MailLink, do string) error {
	here := talent.Consent{Address: link.Address, Org: link.Org, At: s.now()}
	everywhere := talent.Consent{Address: link.Mailbox, At: s.now()}
	if do == doReturn { // takes back a refusal; it is no way round an expired link
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

// say makes a page of words.
func say(key, lang, path, org string, actions ...string) answer {
	i, out := 0, answer{Lang: "zh", Other: "en", Path: path}
	if lang == "en" {
		i, out.Lang, out.Other = 1, "en", "zh"
	}
	word := func(key string) string { return strings.ReplaceAll(words[key][i], "%ORG%", org) }
	out.Title, out.Text = word(key+".title"), word(key+".text")
	for _, do := range actions {
		to := LeavePath
		if do == doConfirm {
			to = ConfirmPath
		}
		out.Buttons = append(out.Buttons, button{Do: do, Label: word("do." + do), Path: to})
	}
	return out
}
