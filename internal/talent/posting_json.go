package talent

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/gapwatch/gapwatch/internal/fastjson"
)

// EncodePosting writes the message of postings.v1, byte for byte as encoding/json writes a Posting. Reflection
// was a tenth of what a posting costs on its whole way.
func EncodePosting(p *Posting) ([]byte, error) {
	size := len(`{"id":"","source":"","key":"","url":"","title":"","employer":"","location":"","industry":"","education":"","experience":"","salary":"","text":"","openings":0000000,"posted_at":"","valid_through":"","first_seen":"","fetched":"","grain":""}`) +
		4*len(time.RFC3339Nano) + len(p.Text)/16
	for _, s := range []string{p.ID, p.Source, p.Key, p.URL, p.Title, p.Employer, p.Location, p.Industry, p.Education, p.Experience, p.Salary, p.Text, string(p.Grain)} {
		size += len(s)
	}
	b := make([]byte, 0, size)
	b = fastjson.AppendText(append(b, `{"id":`...), p.ID)
	b = fastjson.AppendText(append(b, `,"source":`...), p.Source)
	b = fastjson.AppendText(append(b, `,"key":`...), p.Key)
	for _, f := range []struct{ name, value string }{
		{`,"url":`, p.URL}, {`,"title":`, p.Title}, {`,"employer":`, p.Employer}, {`,"location":`, p.Location}, {`,"industry":`, p.Industry},
		{`,"education":`, p.Education}, {`,"experience":`, p.Experience}, {`,"salary":`, p.Salary}, {`,"text":`, p.Text},
	} {
		if f.value != "" {
			b = fastjson.AppendText(append(b, f.name...), f.value)
		}
	}
	if p.Openings != 0 {
		b = strconv.AppendInt(append(b, `,"openings":`...), int64(p.Openings), 10)
	}
	for _, f := range []struct {
		name  string
		value time.Time
		omit  bool
	}{
		{`,"posted_at":"`, p.PostedAt, true}, {`,"valid_through":"`, p.ValidThrough, true},
		{`,"first_seen":"`, p.FirstSeen, false}, {`,"fetched":"`, p.Fetched, false},
	} {
		if f.omit && f.value.IsZero() {
			continue
		}
		var err error
		if b, err = f.value.AppendText(append(b, f.name...)); err != nil {
			return nil, fmt.Errorf("encode posting: %w", err)
		}
		b = append(b, '"')
	}
	b = fastjson.AppendText(append(b, `,"grain":`...), string(p.Grain))
	return append(b, '}'), nil
}

// DecodePosting reads a message of postings.v1 as encoding/json does. What EncodePosting writes is read in one pass;
// anything else is left to encoding/json, and so is every error.
func DecodePosting(message []byte) (Posting, error) {
	if p, ok := readPosting(message); ok {
		return p, nil
	}
	var p Posting
	err := json.Unmarshal(message, &p)
	return p, err
}

// readPosting answers false for a message that EncodePosting would not write.
func readPosting(message []byte) (p Posting, ok bool) {
	s := string(message)
	if !utf8.ValidString(s) {
		return p, false
	}
	r := fastjson.NewReader(s)
	ok = r.Object(func(name string) (ok bool) {
		switch name {
		case "id":
			p.ID, ok = r.Text()
		case "source":
			p.Source, ok = r.Text()
		case "key":
			p.Key, ok = r.Text()
		case "url":
			p.URL, ok = r.Text()
		case "title":
			p.Title, ok = r.Text()
		case "employer":
			p.Employer, ok = r.Text()
		case "location":
			p.Location, ok = r.Text()
		case "industry":
			p.Industry, ok = r.Text()
		case "education":
			p.Education, ok = r.Text()
		case "experience":
			p.Experience, ok = r.Text()
		case "salary":
			p.Salary, ok = r.Text()
		case "text":
			p.Text, ok = r.Text()
		case "openings":
			p.Openings, ok = r.Int()
		case "posted_at":
			ok = readTime(r, &p.PostedAt)
		case "valid_through":
			ok = readTime(r, &p.ValidThrough)
		case "first_seen":
			ok = readTime(r, &p.FirstSeen)
		case "fetched":
			ok = readTime(r, &p.Fetched)
		case "grain":
			var grain string
			grain, ok = r.Text()
			p.Grain = Grain(grain)
		}
		return ok
	})
	return p, ok && r.End()
}

func readTime(r *fastjson.Reader, t *time.Time) bool {
	raw, ok := r.Value()
	return ok && t.UnmarshalJSON([]byte(raw)) == nil
}
