package sample

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"
)

// Mail is a mail as the mailbox shows it.
type Mail struct {
	Number                  int
	To, Subject, ReceivedAt string
	Text, HTML              string
	images                  map[string]string // content id -> data: URI
}

// parseMail reads a mail with text, HTML and inline pictures.
func parseMail(number int, raw []byte) (Mail, error) {
	msg, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return Mail{}, fmt.Errorf("read mail %d: %w", number, err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(msg.Header.Get("Subject"))
	if err != nil {
		subject = msg.Header.Get("Subject")
	}
	m := Mail{Number: number, To: msg.Header.Get("Delivered-To"), Subject: subject, ReceivedAt: msg.Header.Get("X-Received-At"), images: map[string]string{}}
	if err := m.part(msg.Header.Get("Content-Type"), msg.Header.Get("Content-Transfer-Encoding"), "", msg.Body); err != nil {
		return Mail{}, fmt.Errorf("read mail %d: %w", number, err)
	}
	for id, uri := range m.images { // the frame that shows the mail may load nothing from elsewhere
		m.HTML = strings.ReplaceAll(m.HTML, "cid:"+id, uri)
	}
	return m, nil
}

func (m *Mail) part(contentType, encoding, id string, body io.Reader) error {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		kind = "text/plain"
	}
	if strings.HasPrefix(kind, "multipart/") {
		r := multipart.NewReader(body, params["boundary"])
		for {
			p, err := r.NextRawPart()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			if err := m.part(p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), strings.Trim(p.Header.Get("Content-ID"), "<>"), p); err != nil {
				return err
			}
		}
	}
	switch strings.ToLower(encoding) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	b, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	switch {
	case kind == "text/html":
		m.HTML = string(b)
	case kind == "text/plain":
		m.Text = string(b)
	case strings.HasPrefix(kind, "image/") && id != "":
		m.images[id] = "data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(b)
	}
	return nil
}
