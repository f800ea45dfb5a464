package email_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"image/png"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/mail"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/gapwatch/gapwatch/alerts/notify"
	"github.com/gapwatch/gapwatch/alerts/notify/email"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv/mailtest"
	"github.com/gapwatch/gapwatch/internal/words"
)

// serve starts a mail server and names it.
func serve(t *testing.T, s *mailtest.Server) email.Config {
	t.Helper()
	cfg := email.DefaultConfig()
	cfg.Host, cfg.Port, cfg.TLS, cfg.From = "127.0.0.1", s.Start(t), "none", "Gapwatch <warn@gapwatch.example>"
	return cfg
}

// names says codes in a language.
func names(lang string, skill talent.Skill) words.Names {
	text, err := words.Load(lang)
	if err != nil {
		panic(err)
	}
	return words.Names{Lang: lang, Text: text, Skills: map[string]talent.Skill{skill.ID: skill}}
}

func message(language string, sample bool) notify.Message {
	week := func(n int) time.Time { return time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC).AddDate(0, 0, 7*n) }
	m := notify.Message{ID: strings.Repeat("ab", 16), BaseURL: "https://gapwatch.example", Sample: sample, At: week(1),
		Subscription: talent.Subscription{ID: "sub1", Language: language, Channel: "email", Address: "planner@uni.example"},
		Names:        names(language, talent.Skill{ID: "rag", NameEN: "Retrieval-augmented <generation>", NameZH: "检索增强生成"}),
		Programmes:   2, Courses: []notify.Course{{Programme: notify.Theirs("人工智能"), Title: notify.Theirs("大模型应用"), Hours: 32}}, LeaveURL: "https://gapwatch.example/mail/leave?t=TOKEN",
		Event: talent.AlertEvent{AlertID: "a1", Kind: talent.EventFired, Grain: talent.Week, Skill: "rag", Region: "440000", Severity: talent.Orange, Opened: week(0),
			Evidence: talent.Evidence{Period: week(0), Window: 4, Observed: 85, Exposure: 240, Expected: 27.75, Lower: 11.8, Upper: 47.7, P: 1.8e-14, Vacancies: 80, Employers: 17, Requested: 5, History: 104}}}
	for i := -51; i <= 0; i++ {
		n := 26 + float64((i*i)%7)
		if i > -4 {
			n = 85 + 12*float64(i)
		}
		m.Bands = append(m.Bands, talent.Band{State: talent.VerdictJudged, Evidence: talent.Evidence{Period: week(i), Window: 4, Observed: n, Expected: 28, Lower: 12, Upper: 48}})
	}
	return m
}

// parts of a mail by content type, decoded by the mail library's counterpart in the standard library.
func parts(t *testing.T, h map[string][]string, body io.Reader, out map[string][]byte) {
	t.Helper()
	kind, params, err := mime.ParseMediaType(mail.Header(h).Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(kind, "multipart/") {
		b, err := io.ReadAll(body)
		if err != nil {
			t.Fatal(err)
		}
		out[kind] = b
		return
	}
	for r := multipart.NewReader(body, params["boundary"]); ; {
		p, err := r.NextPart() // decodes quoted-printable
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		parts(t, p.Header, p, out)
	}
}

func TestMail(t *testing.T) {
	for _, c := range []struct {
		language string
		sample   bool
		subject  string
		want     []string
	}{
		{"zh", false, "【短缺预警·橙色Ⅱ级·严重】检索增强生成 · 广东省", []string{"2026-10-26 至 2026-11-22（4 周）", "85 人", "至少 17 家", "供给未知", "不等于零",
			"大模型应用", "https://gapwatch.example/alerts/a1", "sub1", "https://gapwatch.example/mail/leave?t=TOKEN"}},
		{"en", true, "[sample data] [Shortage warning · orange II, serious] Retrieval-augmented <generation> · Guangdong", []string{"Sample data", "Supply is unknown", "at least 17",
			"80 of 240 vacancies", "https://gapwatch.example/alerts/a1"}},
	} {
		s := &mailtest.Server{}
		e, err := email.New(serve(t, s))
		if err != nil {
			t.Fatal(err)
		}
		if retry, reason, err := e.Send(t.Context(), message(c.language, c.sample)); err != nil || retry || reason != talent.ReasonDelivered {
			t.Fatalf("%v %s %v", retry, reason, err)
		}
		m, err := mail.ReadMessage(strings.NewReader(s.Last()))
		if err != nil {
			t.Fatal(err)
		}
		subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
		if err != nil || subject != c.subject {
			t.Errorf("subject %q, %v", subject, err)
		}
		if id := m.Header.Get("Message-ID"); id != "<"+strings.Repeat("ab", 16)+"@gapwatch.example>" {
			t.Errorf("message id %s", id)
		}
		got := map[string][]byte{}
		parts(t, m.Header, m.Body, got)
		for _, w := range c.want {
			if !bytes.Contains(got["text/plain"], []byte(w)) || !bytes.Contains(got["text/html"], []byte(w)) {
				t.Errorf("%s: %q is missing from the text or the HTML:\n%s", c.language, w, got["text/plain"])
			}
		}
		if bytes.Contains(got["text/html"], []byte("<generation>")) || !bytes.Contains(got["text/html"], []byte(`src="cid:chart.png"`)) {
			t.Errorf("%s: a name is not escaped or the picture not shown", c.language)
		}
		if c.sample != bytes.Contains(got["text/html"], []byte("fictional")) {
			t.Errorf("%s: marked as sample data: %v", c.language, !c.sample)
		}
		picture := make([]byte, len(got["image/png"]))
		n, err := decodeBase64(picture, got["image/png"])
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(picture[:n]))
		if err != nil || img.Bounds().Dx() < 400 {
			t.Errorf("picture: %v", err)
		}
		if dir := os.Getenv("GAPWATCH_KEEP_MAIL"); dir != "" { // for looking at it
			_ = os.WriteFile(dir+"/"+c.language+".png", picture[:n], 0o600)
			_ = os.WriteFile(dir+"/"+c.language+".html", got["text/html"], 0o600)
			_ = os.WriteFile(dir+"/"+c.language+".txt", got["text/plain"], 0o600)
		}
	}
}

func TestAnswers(t *testing.T) {
	answer := func(code int) error {
		return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 0, 0}, Message: "as the test wants"}
	}
	for _, c := range []struct {
		name   string
		server *mailtest.Server
		to     string
		retry  bool
		reason string
	}{
		{"sender refused for now", &mailtest.Server{Sender: answer(451)}, "", true, email.ReasonTemporary},
		{"mailbox busy", &mailtest.Server{Recipient: answer(450)}, "", true, email.ReasonTemporary},
		{"no such user", &mailtest.Server{Recipient: answer(550)}, "", false, email.ReasonPermanent},
		{"content refused", &mailtest.Server{Data: answer(554)}, "", false, email.ReasonPermanent},
		{"content refused for now", &mailtest.Server{Data: answer(452)}, "", true, email.ReasonTemporary},
		{"server full", &mailtest.Server{Greeting: answer(421)}, "", true, email.ReasonTemporary},
		{"broken address", &mailtest.Server{}, "planner at uni", false, email.ReasonBadAddress},
		{"server says nothing", &mailtest.Server{Hang: true}, "", true, email.ReasonTimeout},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, err := email.New(serve(t, c.server))
			if err != nil {
				t.Fatal(err)
			}
			m := message("en", false)
			if c.to != "" {
				m.Subscription.Address = c.to
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			if c.server.Hang {
				ctx, cancel = context.WithTimeout(t.Context(), 200*time.Millisecond)
			}
			defer cancel()
			if retry, reason, err := e.Send(ctx, m); err == nil || retry != c.retry || reason != c.reason {
				t.Errorf("retry %v, reason %s, %v", retry, reason, err)
			}
		})
	}
	e, err := email.New(func() email.Config {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		cfg := email.DefaultConfig()
		cfg.Host, cfg.Port, cfg.TLS = "127.0.0.1", l.Addr().(*net.TCPAddr).Port, "none"
		return cfg
	}())
	if err != nil {
		t.Fatal(err)
	}
	if retry, reason, err := e.Send(t.Context(), message("zh", false)); !retry || reason != email.ReasonUnreachable {
		t.Errorf("nobody listens: retry %v, reason %s, %v", retry, reason, err)
	}
}

func TestEncryptionIsNotSkipped(t *testing.T) {
	cfg := serve(t, &mailtest.Server{})
	cfg.TLS = "mandatory"
	e, err := email.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if retry, reason, err := e.Send(t.Context(), message("zh", false)); err == nil || !retry || reason != email.ReasonTLS {
		t.Errorf("a server without STARTTLS: retry %v, reason %s, %v", retry, reason, err)
	}
}

// decodeBase64 decodes lines of base64.
func decodeBase64(dst, src []byte) (int, error) {
	return base64.StdEncoding.Decode(dst, bytes.Join(bytes.Fields(src), nil))
}
