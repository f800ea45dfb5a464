// Package webhook posts messages as signed JSON to an address of the subscriber.
package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gapwatch/gapwatch/alerts/notify"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// The headers of a call. The signature is "sha256=" and the hexadecimal HMAC-SHA256, keyed with the subscription's
// secret, of the timestamp header, a full stop and the body; the delivery stays the same in every attempt.
const (
	HeaderSignature = "X-Gapwatch-Signature"
	HeaderTimestamp = "X-Gapwatch-Timestamp" // Unix seconds
	HeaderDelivery  = "X-Gapwatch-Delivery"
)

// The named reasons of this channel, beside http_<status class>.
const (
	ReasonBadAddress  = "bad_address"
	ReasonRefused     = "address_refused"
	ReasonTimeout     = "timeout"
	ReasonUnreachable = "unreachable"
	ReasonUnbuilt     = "not_composed"
)

// Config says how calls are made.
type Config struct {
	UserAgent    string   `yaml:"user_agent"`
	AllowPrivate []string `yaml:"allow_private"` // host:port of loopback and intranet servers that subscribers may name
	AtOnce       int      `yaml:"at_once"`       // calls under way at a time; of one organisation an eighth of it
}

// DefaultConfig names the program.
func DefaultConfig() Config { return Config{UserAgent: "Gapwatch", AtOnce: 256} }

// Validate names the first setting that cannot work.
func (c Config) Validate() error {
	if c.UserAgent == "" {
		return errors.New("alerts.webhook.user_agent: cannot be empty")
	}
	if c.AtOnce < 1 || c.AtOnce > 1000 {
		return fmt.Errorf("alerts.webhook.at_once: want 1 to 1000, have %d", c.AtOnce)
	}
	return nil
}

// Body is the JSON of a call.
type Body struct {
	Delivery     string            `json:"delivery"`
	Subscription string            `json:"subscription"`
	Event        talent.AlertEvent `json:"event"`
	SkillEN      string            `json:"skill_en"`
	SkillZH      string            `json:"skill_zh"`
	Scope        string            `json:"scope"`   // region, industry and tier in the subscriber's language
	Subject      string            `json:"subject"` // of the mail that says the same
	Text         string            `json:"text"`
	URL          string            `json:"url"`
	ManageURL    string            `json:"manage_url"` // the page on which the organisation changes and ends its subscriptions
	Sample       bool              `json:"sample"`
}

// Webhook is the channel.
type Webhook struct {
	cfg     Config
	outside Outside
	client  *http.Client
}

// New makes the channel. Redirects are not followed: the subscriber's address is the one that was checked.
func New(cfg Config, outside Outside) (*Webhook, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	c := *outside.Client()
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Webhook{cfg, outside, &c}, nil
}

// Sign is the value of the signature header.
func Sign(secret, timestamp string, body []byte) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(timestamp))
	h.Write([]byte{'.'})
	h.Write(body)
	return "sha256=" + hex.EncodeToString(h.Sum(nil))
}

// Send posts one message. Answers of 5xx, 408, 425 and 429 and failures of the network are worth another attempt,
// other answers than 2xx are not.
func (w *Webhook) Send(ctx context.Context, m notify.Message) (retry bool, reason string, err error) {
	letter := notify.Write(m)
	event := m.Event
	event.Sample = m.Sample
	skill := m.Names.Skills[event.Skill]
	body, err := json.Marshal(Body{Delivery: m.ID, Subscription: m.Subscription.ID, Event: event, SkillEN: skill.NameEN,
		SkillZH: skill.NameZH, Scope: m.Names.Cell(event.SeriesKey()), Subject: letter.Subject,
		Text: letter.Lead, URL: m.URL(), ManageURL: m.ManageURL(), Sample: m.Sample})
	if err != nil {
		return false, ReasonUnbuilt, fmt.Errorf("encode webhook: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, m.Subscription.Address, bytes.NewReader(body))
	if err != nil {
		return false, ReasonBadAddress, fmt.Errorf("address of subscription %s: %w", m.Subscription.ID, err)
	}
	stamp := strconv.FormatInt(time.Now().Unix(), 10)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", w.cfg.UserAgent)
	req.Header.Set(HeaderTimestamp, stamp)
	req.Header.Set(HeaderDelivery, m.ID)
	req.Header.Set(HeaderSignature, Sign(m.Subscription.Secret, stamp, body))
	resp, err := w.client.Do(req)
	if err != nil {
		retry, reason = w.classify(err)
		return retry, reason, fmt.Errorf("post webhook: %w", err)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // lets the connection be used again
	class := resp.StatusCode / 100
	switch {
	case class == 2:
		return false, talent.ReasonDelivered, nil
	case class == 5, resp.StatusCode == http.StatusTooManyRequests, resp.StatusCode == http.StatusRequestTimeout, resp.StatusCode == http.StatusTooEarly:
		retry = true
	}
	err = fmt.Errorf("webhook answered %s", resp.Status)
	if after := retryAfter(resp.Header.Get("Retry-After"), time.Now()); retry && after > 0 {
		err = notify.Busy{After: after, Err: err}
	}
	return retry, fmt.Sprintf("http_%dxx", class), err
}

// classify names a failure that came before any answer.
func (w *Webhook) classify(err error) (retry bool, reason string) {
	var timeout net.Error
	switch {
	case w.outside.Refuses(err):
		return false, ReasonRefused
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return true, ReasonTimeout
	}
	return true, ReasonUnreachable
}

// longestRetry is the longest Retry-After that is believed.
const longestRetry = 6 * time.Hour

// retryAfter reads a Retry-After header, seconds or a date (RFC 9110 section 10.2.3), as the wait from now: 0 when
// there is none or it makes no sense, at most six hours.
func retryAfter(header string, now time.Time) time.Duration {
	header = strings.TrimSpace(header)
	if header == "" {
		return 0
	}
	if strings.Trim(header, "0123456789") == "" {
		s, err := strconv.ParseInt(header, 10, 32)
		if err != nil {
			return longestRetry
		}
		return min(time.Duration(s)*time.Second, longestRetry)
	}
	t, err := http.ParseTime(header)
	if err != nil {
		return 0
	}
	return min(max(t.Sub(now), 0), longestRetry)
}
