package parse

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/gapwatch/gapwatch/internal/text"
)

// SitemapURL is one page of a sitemap; LastMod is zero when it is not stated.
type SitemapURL struct {
	Loc     string
	LastMod time.Time
}

// Sitemap reads a urlset or a sitemapindex (sitemaps.org) as a stream of UTF-8 and stops after max entries.
// When the document breaks off, the entries before the break come with the error.
func Sitemap(r io.Reader, max int) (urls []SitemapURL, sitemaps []string, err error) {
	d := newXML(r)
	root, err := rootElement(d)
	if err != nil {
		return nil, nil, fmt.Errorf("read sitemap: %w", err)
	}
	if root != "urlset" && root != "sitemapindex" {
		return nil, nil, fmt.Errorf("read sitemap: the root element is <%s>, want <urlset> or <sitemapindex>", root)
	}
	var (
		entry SitemapURL
		path  []string
		value strings.Builder
	)
	for len(urls)+len(sitemaps) < max {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return urls, sitemaps, fmt.Errorf("read sitemap: %w", err)
		}
		switch t := tok.(type) {
		case xml.StartElement:
			if path = append(path, t.Name.Local); len(path) > deepestXML {
				return urls, sitemaps, fmt.Errorf("read sitemap: %w", errDeepXML)
			}
			value.Reset()
			if len(path) == 1 {
				entry = SitemapURL{}
			}
		case xml.CharData:
			if len(path) == 2 && value.Len()+len(t) <= text.LongestURL {
				value.Write(t)
			}
		case xml.EndElement:
			switch {
			case len(path) == 2 && path[1] == "loc":
				entry.Loc = strings.TrimSpace(value.String())
			case len(path) == 2 && path[1] == "lastmod":
				entry.LastMod, _ = text.Date(value.String(), time.Time{})
			case len(path) == 1 && entry.Loc != "" && path[0] == "url":
				urls = append(urls, entry)
			case len(path) == 1 && entry.Loc != "" && path[0] == "sitemap":
				sitemaps = append(sitemaps, entry.Loc)
			}
			if len(path) > 0 {
				path = path[:len(path)-1]
			}
		}
	}
	return urls, sitemaps, nil
}

// rootElement reads up to the first element and returns its name without namespace.
func rootElement(d *xml.Decoder) (string, error) {
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return "", errors.New("the document has no element")
		}
		if err != nil {
			return "", err
		}
		if e, ok := tok.(xml.StartElement); ok {
			return e.Name.Local, nil
		}
	}
}
