package sample

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/PuerkitoBio/goquery"
)

// confirmLink is the link of a confirmation mail in its text.
var confirmLink = regexp.MustCompile(`https?://\S+/mail/confirm\?\S+`)

// Answer does what the market's planners do with a confirmation mail: they wait for it, follow its link and press the
// button. It returns when every reader has done so, or with ctx. A link of a mail that lay there at the start may be
// dead, because the system has another address now; what cannot be opened of later ones is an error.
func (m *Mailbox) Answer(ctx context.Context, client *http.Client, readers []string) error {
	waiting := slices.Clone(readers)
	m.mu.Lock()
	later := m.next
	m.mu.Unlock()
	var errs []error
	for next := 1; len(waiting) > 0; {
		m.mu.Lock()
		end := m.next
		m.mu.Unlock()
		for ; next < end; next++ {
			mail, err := m.read(next)
			if err != nil {
				return err
			}
			i := slices.Index(waiting, mail.To)
			link := confirmLink.FindString(mail.Text)
			if i < 0 || link == "" {
				continue
			}
			switch err := Confirm(ctx, client, link); {
			case err == nil:
				waiting = slices.Delete(waiting, i, i+1)
			case next >= later:
				errs = append(errs, fmt.Errorf("mail %d to %s: %w", mail.Number, mail.To, err))
			}
		}
		timer := time.NewTimer(500 * time.Millisecond)
		select {
		case <-ctx.Done():
			timer.Stop()
			return errors.Join(errs...)
		case <-timer.C:
		}
	}
	return errors.Join(errs...)
}

// read reads one mail.
func (m *Mailbox) read(number int) (Mail, error) {
	raw, err := os.ReadFile(m.path(number))
	if err != nil {
		return Mail{}, fmt.Errorf("read mail: %w", err)
	}
	return parseMail(number, raw)
}

// Confirm opens the link of a confirmation mail and presses the button that confirms. A page without one says that it
// was confirmed before.
func Confirm(ctx context.Context, client *http.Client, link string) error {
	page, err := open(ctx, client, http.MethodGet, link, nil)
	if err != nil {
		return err
	}
	form := page.Find("form:has(button[value=confirm])").First()
	if form.Length() == 0 {
		return nil
	}
	fields := url.Values{}
	form.Find("input[name], button[name]").Each(func(_ int, s *goquery.Selection) { fields.Set(s.AttrOr("name", ""), s.AttrOr("value", "")) })
	at, err := url.Parse(link)
	if err != nil {
		return fmt.Errorf("link %q: %w", link, err)
	}
	action, err := at.Parse(form.AttrOr("action", ""))
	if err != nil {
		return fmt.Errorf("the form of %s: %w", link, err)
	}
	_, err = open(ctx, client, http.MethodPost, action.String(), fields)
	return err
}

func open(ctx context.Context, client *http.Client, method, address string, form url.Values) (*goquery.Document, error) {
	req, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, address, err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, address, err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s %s: %s", method, address, res.Status)
	}
	page, err := goquery.NewDocumentFromReader(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", address, err)
	}
	return page, nil
}
