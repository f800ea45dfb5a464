package outbox

import (
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/gapwatch/gapwatch/internal/kafka"
	"github.com/gapwatch/gapwatch/internal/mask"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/text"
)

// The bounds of a message, bytes. Brokers accept 1 MiB; JSON writes a control character, and & < > too, in six.
const (
	maxMessage = 1<<20 - 64<<10
	maxText    = 256 << 10
	maxField   = 4 << 10 // of any other field
	maxKey     = 1 << 10 // a longer one is hidden behind the id: cut, it would no longer tell postings apart
)

// MaxText is how many KiB of a posting's text are sent at most.
const MaxText = maxText >> 10

// Source is what is known of every posting of a source.
type Source struct {
	Name     string
	Grain    talent.Grain
	Employer string // of postings that name none; empty: unknown
	Region   string // place of postings that name none
	Industry string // of postings that name none
}

// Fill completes a posting with its id and with what its source knows.
func (s Source) Fill(p *talent.Posting, firstSeen, fetched time.Time) {
	p.ID, p.Source, p.Grain = talent.PostingID(s.Name, p.Key), s.Name, s.Grain
	p.FirstSeen, p.Fetched = firstSeen.UTC(), fetched.UTC()
	for _, d := range []struct {
		field *string
		value string
	}{{&p.Employer, s.Employer}, {&p.Location, s.Region}, {&p.Industry, s.Industry}} {
		if *d.field == "" {
			*d.field = d.value
		}
	}
}

// Dates drops dates that cannot be: JSON has no years beyond 9999.
func Dates(p *talent.Posting) {
	for _, t := range []*time.Time{&p.PostedAt, &p.ValidThrough} {
		if y := t.UTC().Year(); y < 1 || y > 9998 {
			*t = time.Time{}
		}
	}
}

// message is a posting that is ready to be sent.
type message struct {
	kafka.Message
	id          string
	masked, cut bool
}

// prepare makes the message of a posting: sound, masked, and no larger than a broker takes. Masking comes before
// cutting: half a telephone number would no longer be recognised.
func prepare(p talent.Posting) (message, error) {
	if err := p.Check(); err != nil {
		return message{}, err
	}
	Dates(&p)
	for _, field := range append(texts(&p), &p.URL) {
		*field = valid(*field)
	}
	var m message
	p, m.masked = mask.Posting(p)
	m.id = p.ID
	for _, field := range texts(&p) {
		limit := maxField
		if field == &p.Text {
			limit = maxText
		}
		if len(*field) > limit {
			*field, m.cut = text.Cut(*field, limit), true
		}
	}
	if len(p.URL) > maxField { // half an address leads nowhere
		p.URL, m.cut = "", true
	}
	if len(p.Key) > maxKey || !utf8.ValidString(p.Key) { // JSON would change it, and it would not be that of the id
		p.Key = talent.HiddenKey(p.ID)
	}
	key := text.Employer(p.Employer)
	if key == "" {
		key = p.ID // no copy of it can be told by its employer, so any partition will do
	}
	m.Key = []byte(key)
	var err error
	if m.Value, err = talent.EncodePosting(&p); err != nil {
		return message{}, err
	}
	if excess := len(m.Value) - maxMessage; excess > 0 {
		p.Text, m.cut = shortenEncoded(p.Text, excess), true
		if m.Value, err = talent.EncodePosting(&p); err != nil {
			return message{}, err
		}
	}
	if len(m.Value) > maxMessage {
		return message{}, fmt.Errorf("%d bytes without its text, a message may have %d", len(m.Value), maxMessage)
	}
	return m, nil
}

// texts are the fields that are free text.
func texts(p *talent.Posting) []*string {
	return []*string{&p.Title, &p.Employer, &p.Location, &p.Industry, &p.Education, &p.Experience, &p.Salary, &p.Text}
}

// valid replaces each byte that is not UTF-8, as JSON would, so that what is masked is what is sent.
func valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return string([]rune(s))
}

// shortenEncoded cuts a text, between characters, so that it takes at least excess bytes fewer in JSON.
func shortenEncoded(s string, excess int) string {
	for excess > 0 && s != "" {
		r, w := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-w]
		switch {
		case r == '"', r == '\\', r == '\n', r == '\r', r == '\t', r == '\b', r == '\f':
			excess -= 2
		case r < ' ', r == '<', r == '>', r == '&', r == '\u2028', r == '\u2029':
			excess -= 6
		default:
			excess -= w
		}
	}
	return s
}
