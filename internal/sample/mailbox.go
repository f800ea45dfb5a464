package sample

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/gapwatch/gapwatch/internal/durable"
)

// Mailbox is the SMTP server of the market's universities. It keeps each mail as a file, as it came.
type Mailbox struct {
	dir    string
	server *smtp.Server
	listen net.Listener

	mu   sync.Mutex
	next int
}

const maxMail = 4 << 20

// OpenMailbox keeps mails in dir and listens on a loopback port that it chooses.
func OpenMailbox(ctx context.Context, dir string) (*Mailbox, error) {
	if err := durable.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make mailbox: %w", err)
	}
	var lc net.ListenConfig
	listen, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for mail: %w", err)
	}
	m := &Mailbox{dir: dir, listen: listen}
	files, err := m.files()
	if err != nil {
		return nil, errors.Join(err, listen.Close())
	}
	m.next = len(files) + 1
	m.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{box: m}, nil }))
	m.server.Domain = "mailbox.sample"
	m.server.MaxMessageBytes, m.server.MaxRecipients = maxMail, 10
	m.server.ReadTimeout, m.server.WriteTimeout = 10*time.Second, 10*time.Second
	return m, nil
}

// Addr is where mails are taken, host:port.
func (m *Mailbox) Addr() string { return m.listen.Addr().String() }

// Run takes mails until ctx ends.
func (m *Mailbox) Run(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { _ = m.server.Close() })
	defer stop()
	if err := m.server.Serve(m.listen); err != nil && ctx.Err() == nil {
		return fmt.Errorf("serve mailbox: %w", err)
	}
	return nil
}

// files are the mails' paths, oldest first.
func (m *Mailbox) files() ([]string, error) {
	files, err := filepath.Glob(filepath.Join(m.dir, "*.eml"))
	if err != nil {
		return nil, fmt.Errorf("list mails: %w", err)
	}
	slices.Sort(files)
	return files, nil
}

func (m *Mailbox) path(number int) string {
	return filepath.Join(m.dir, fmt.Sprintf("%06d.eml", number))
}

func (m *Mailbox) keep(body []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := durable.WriteFile(m.path(m.next), body, 0o600); err != nil {
		return fmt.Errorf("keep mail: %w", err)
	}
	m.next++
	return nil
}

// session is one SMTP conversation.
type session struct {
	box *Mailbox
	to  []string
}

func (s *session) Reset()                               { s.to = nil }
func (s *session) Logout() error                        { return nil }
func (s *session) Mail(string, *smtp.MailOptions) error { return nil }

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = append(s.to, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	body, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "Delivered-To: %s\r\nX-Received-At: %s\r\n", strings.Join(s.to, ", "), time.Now().UTC().Format(time.RFC3339))
	b.Write(body)
	return s.box.keep(b.Bytes())
}
