package email_test

import (
	"bytes"
	"context"
	"mime"
	"net/mail"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gapwatch/gapwatch/alerts/notify"
	"github.com/gapwatch/gapwatch/alerts/notify/email"
	"github.com/gapwatch/gapwatch/alerts/subscribe"
	"github.com/gapwatch/gapwatch/internal/testenv/mailtest"
)

// linkLike is what a generous mail program would make a link of.
var linkLike = regexp.MustCompile(`(?i)[a-z][a-z0-9+.-]*://\S*|www\.\w\S*|\S*[^\s\[]@\S*|[\p{L}\p{N}]\.\pL\S*`)

// Whatever others write, a mail's text holds no link but ours, and each header stands on its own.
func TestForeignTextIsNoLinkAndNoHeader(t *testing.T) {
	s := &mailtest.Server{}
	e, err := email.New(serve(t, s))
	if err != nil {
		t.Fatal(err)
	}
	var parse = func(raw []byte) (*mail.Message, map[string][]byte) {
		m, err := mail.ReadMessage(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		got := map[string][]byte{}
		parts(t, m.Header, m.Body, got)
		return m, got
	}
	nasty := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"http://evil.example/", "evil.example", "a@evil.example", "\r\nBcc: x@y.example\r\n\r\n",
			"<a href=\"http://evil.example\">", "www.evil.example", "\u202e", ".", "@", "．", "mailto:x", "％", "“", "{{.URL}}", "%s"})), 0, 6).Draw(t, "parts"), "")
	})
	rapid.Check(t, func(rt *rapid.T) {
		m := message(rapid.SampledFrom([]string{"zh", "en"}).Draw(rt, "language"), false)
		m.Bands = nil
		m.Courses = []notify.Course{{Title: notify.Theirs(nasty.Draw(rt, "title")), Programme: notify.Theirs(nasty.Draw(rt, "programme"))}}
		subject := "短缺"
		if m.Names.Lang == "en" {
			subject = "hortage"
		}
		links := 3 // warning, leave and manage
		switch rapid.IntRange(0, 2).Draw(rt, "sort") {
		case 1:
			links = 2 // who is asked has no subscriptions to manage
			m.Letter = notify.Ask(m.Names, notify.Theirs(nasty.Draw(rt, "who")), 7, "https://gapwatch.example/mail/confirm?t=T")
		case 2:
			m.Letter = notify.Failing(m.Names, notify.Theirs(nasty.Draw(rt, "receiver")), subscribe.Standing{Detail: "http_5xx"}, "sub1", "https://gapwatch.example/subscribe")
		}
		if _, reason, err := e.Send(context.Background(), m); err != nil {
			rt.Fatalf("%s %v", reason, err)
		}
		got, bodies := parse([]byte(s.Last()))
		text := string(bodies["text/plain"])
		own := regexp.MustCompile(`(?m)^https://gapwatch\.example/(subscribe|alerts/a1|mail/(leave|confirm)\?t=\w+)\r?$`)
		if n := len(own.FindAllString(text, -1)); n != links {
			rt.Fatalf("%d addresses of our own in\n%s", n, text)
		}
		rest := own.ReplaceAllString(text, "")
		if link := linkLike.FindString(rest); link != "" {
			rt.Fatalf("%q looks like a link in\n%s", link, text)
		}
		if n := strings.Count(string(bodies["text/html"]), `<a href="`); n != links {
			rt.Fatalf("%d links in\n%s", n, bodies["text/html"])
		}
		for name := range got.Header {
			switch name {
			case "From", "To", "Subject", "Date", "Message-Id", "Mime-Version", "Content-Type", "Auto-Submitted", "User-Agent", "X-Mailer", "X-Gapwatch-Delivery", "X-Gapwatch-Alert",
				"List-Unsubscribe", "List-Unsubscribe-Post":
			default:
				rt.Fatalf("header %s came in", name)
			}
		}
		if len(got.Header["To"]) != 1 || got.Header.Get("To") != "<planner@uni.example>" || got.Header.Get("List-Unsubscribe") != "<https://gapwatch.example/mail/leave?t=TOKEN>" ||
			got.Header.Get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" || !strings.Contains(decode(t, got.Header.Get("Subject")), subject) {
			rt.Fatalf("headers %v", got.Header)
		}
	})
}

// The last fence holds without Foreign: text that reached a letter by another way makes no link with a scheme, and no
// second header.
func TestBareLetter(t *testing.T) {
	s := &mailtest.Server{}
	e, err := email.New(serve(t, s))
	if err != nil {
		t.Fatal(err)
	}
	m := message("en", false)
	raw := "Visit http://evil.example or a@evil.example\r\nBcc: x@y.example\r\n\r\nand www.evil.example"
	m.Letter = &notify.Letter{Subject: raw, Title: raw, Lead: raw, URL: "https://gapwatch.example/alerts", LinkText: raw, Why: raw, Next: []string{raw}, Facts: []notify.Fact{{Label: raw, Value: raw}}}
	if _, reason, err := e.Send(t.Context(), m); err != nil {
		t.Fatal(reason, err)
	}
	got, err := mail.ReadMessage(strings.NewReader(s.Last()))
	if err != nil {
		t.Fatal(err)
	}
	bodies := map[string][]byte{}
	parts(t, got.Header, got.Body, bodies)
	all := string(bodies["text/plain"]) + string(bodies["text/html"]) + decode(t, got.Header.Get("Subject"))
	if got.Header.Get("Bcc") != "" || strings.Contains(all, "http://evil") || strings.Contains(all, "a@evil") || strings.Contains(all, "www.evil") || strings.Contains(decode(t, got.Header.Get("Subject")), "\n") {
		t.Errorf("%v\n%s", got.Header, all)
	}
}

func decode(t *testing.T, header string) string {
	t.Helper()
	s, err := new(mime.WordDecoder).DecodeHeader(header)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
