package email

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/textproto"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/gapwatch/gapwatch/alerts/notify"
	"github.com/gapwatch/gapwatch/alerts/notify/chart"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// The named reasons of this channel.
const (
	ReasonBadAddress  = "bad_address"
	ReasonTemporary   = "smtp_4xx"
	ReasonPermanent   = "smtp_5xx"
	ReasonAuth        = "smtp_auth"
	ReasonTLS         = "smtp_tls"
	ReasonTimeout     = "timeout"
	ReasonUnreachable = "unreachable"
	ReasonUnbuilt     = "not_composed"
)

// chartName is the content id of the picture in the HTML.
const chartName = "chart.png"

// Email is the SMTP channel.
type Email struct {
	cfg    Config
	from   *mail.Address
	domain string // of the message ids
}

// New makes the channel; it does not connect yet.
func New(cfg Config) (*Email, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	from, err := mail.ParseAddress(cfg.From)
	if err != nil {
		return nil, fmt.Errorf("read sender %q: %w", cfg.From, err)
	}
	domain := from.Address[strings.LastIndexByte(from.Address, '@')+1:]
	return &Email{cfg, from, domain}, nil
}

// Send delivers one message. Server answers of 4xx, a server that cannot be reached and refused credentials (an
// operator can mend them) are worth another attempt, answers of 5xx and a broken address are not.
func (c *Email) Send(ctx context.Context, m notify.Message) (retry bool, reason string, err error) {
	msg := gomail.NewMsg()
	if err := msg.To(m.Subscription.Address); err != nil {
		return false, ReasonBadAddress, fmt.Errorf("address of subscription %s: %w", m.Subscription.ID, err)
	}
	if err := c.compose(msg, m); err != nil {
		return false, ReasonUnbuilt, err
	}
	client, err := c.client(ctx)
	if err != nil {
		return false, ReasonUnbuilt, fmt.Errorf("set up smtp: %w", err)
	}
	conn, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		retry, reason = classify(ctx, err, true)
		return retry, reason, fmt.Errorf("connect to %s: %w", c.cfg.Host, err)
	}
	// The server has the mail once Send returns: what goes wrong in saying goodbye must not send it twice.
	defer func() { _ = client.CloseWithSMTPClient(conn) }()
	if err := client.SendWithSMTPClient(conn, msg); err != nil {
		retry, reason = classify(ctx, err, false)
		return retry, reason, fmt.Errorf("send to %s: %w", c.cfg.Host, err)
	}
	return false, talent.ReasonDelivered, nil
}

// compose fills in headers, both bodies and the picture.
func (c *Email) compose(msg *gomail.Msg, m notify.Message) error {
	letter := notify.Write(m)
	msg.FromMailAddress(c.from)
	msg.Subject(letter.Subject)
	msg.SetMessageIDWithValue(m.ID + "@" + c.domain)
	msg.SetDateWithValue(m.At)
	msg.SetGenHeader("X-Gapwatch-Delivery", m.ID)
	if m.Event.AlertID != "" {
		msg.SetGenHeader("X-Gapwatch-Alert", m.Event.AlertID)
	}
	if m.LeaveURL != "" { // RFC 2369 and, for one click, RFC 8058
		msg.SetGenHeader("List-Unsubscribe", "<"+m.LeaveURL+">")
		msg.SetGenHeader("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
	}
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no vacation replies
	picture, err := chart.PNG(m.Bands)
	if err != nil {
		return err
	}
	text, html, err := render(letter, picture != nil)
	if err != nil {
		return err
	}
	msg.SetBodyString(gomail.TypeTextPlain, text)
	msg.AddAlternativeString(gomail.TypeTextHTML, html)
	if picture != nil {
		if err := msg.EmbedReader(chartName, bytes.NewReader(picture), gomail.WithFileContentID(chartName),
			gomail.WithFileContentType("image/png")); err != nil {
			return fmt.Errorf("embed chart: %w", err)
		}
	}
	return nil
}

// patience is the most that one step of a conversation may take.
const patience = 10 * time.Second

// client sets the library up for one conversation that ends with ctx.
func (c *Email) client(ctx context.Context) (*gomail.Client, error) {
	step := patience
	if end, ok := ctx.Deadline(); ok {
		step = min(step, max(time.Until(end), time.Millisecond))
	}
	options := []gomail.Option{gomail.WithPort(c.cfg.Port), gomail.WithoutNoop(), gomail.WithoutRset(), gomail.WithTimeout(step),
		gomail.WithTLSConfig(&tls.Config{ServerName: c.cfg.Host, MinVersion: tls.VersionTLS12})}
	if c.cfg.TLS != tlsImplicit {
		// The library looks at ctx while it dials only: a server that then says nothing would hold up a shutdown.
		// With implicit TLS the dialling must be its own, because it tells from it that a password may be sent.
		options = append(options, gomail.WithDialContextFunc(func(dialling context.Context, network, address string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(dialling, network, address)
			if err == nil {
				context.AfterFunc(ctx, func() { _ = conn.Close() })
			}
			return conn, err
		}))
	}
	switch c.cfg.TLS {
	case tlsImplicit:
		options = append(options, gomail.WithSSL())
	case tlsMandatory:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case tlsOpportunistic:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSOpportunistic))
	case tlsNone:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	}
	if c.cfg.User != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(c.cfg.User), gomail.WithPassword(c.cfg.Password))
	}
	return gomail.NewClient(c.cfg.Host, options...)
}

// classify names what went wrong. connecting tells a greeting or login from a message.
func classify(ctx context.Context, err error, connecting bool) (retry bool, reason string) {
	code := 0
	var send *gomail.SendError
	var proto *textproto.Error
	switch {
	case errors.As(err, &send) && send.ErrorCode() > 0:
		code = send.ErrorCode()
	case errors.As(err, &proto):
		code = proto.Code
	}
	var timeout net.Error
	var unknown *tls.CertificateVerificationError
	switch {
	case code == 535 || code == 534 || code == 530:
		return true, ReasonAuth
	case code >= 500 && !connecting:
		return false, ReasonPermanent
	case code >= 500: // a greeting of 5xx is the server's state, not the message's
		return true, ReasonPermanent
	case code >= 400:
		return true, ReasonTemporary
	case errors.As(err, &unknown), strings.Contains(err.Error(), "STARTTLS"):
		return true, ReasonTLS
	case ctx.Err() != nil, errors.As(err, &timeout) && timeout.Timeout():
		return true, ReasonTimeout
	}
	return true, ReasonUnreachable
}
