package crawl

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/gapwatch/gapwatch/ingest/fetch"
)

// hostMap reads the values of HostMap: host:port is http on loopback and https elsewhere.
func hostMap(m map[string]string) (map[string]*url.URL, error) {
	out := make(map[string]*url.URL, len(m))
	for public, served := range m {
		raw := served
		if !strings.Contains(raw, "://") {
			raw = "https://" + raw
		}
		u, err := url.Parse(raw)
		if err != nil || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https") || strings.Trim(u.Path, "/") != "" {
			return nil, fmt.Errorf("%q: %q is not host:port or the URL of a host", public, served)
		}
		if raw != served && fetch.Loopback(u) {
			u.Scheme = "http"
		}
		if public == "" || strings.ContainsAny(public, "/ ") {
			return nil, fmt.Errorf("%q is not a host", public)
		}
		out[strings.ToLower(public)] = &url.URL{Scheme: u.Scheme, Host: u.Host}
	}
	return out, nil
}

// served is where a URL that a source names is really asked.
func (s *source) served(u *url.URL) *url.URL {
	to, ok := s.hosts[strings.ToLower(u.Host)]
	if !ok {
		return u
	}
	moved := *u
	moved.Scheme, moved.Host = to.Scheme, to.Host
	return &moved
}

// sameSite reports whether a URL that a source names belongs to it: its own host, one of the host map, or one
// of the same registered domain. A sitemap must not send the crawler elsewhere.
func (s *source) sameSite(u *url.URL) bool {
	if u.Scheme != "http" && u.Scheme != "https" {
		return false
	}
	if _, ok := s.hosts[strings.ToLower(u.Host)]; ok || hostKey(u) == hostKey(s.url) {
		return true
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil && ip.IsValid() {
		return false // the list of domains would take 127.0.0.1 and 10.0.0.1 for one
	}
	a, err := publicsuffix.EffectiveTLDPlusOne(strings.ToLower(u.Hostname()))
	if err != nil {
		return false
	}
	b, err := publicsuffix.EffectiveTLDPlusOne(strings.ToLower(s.url.Hostname()))
	return err == nil && a == b
}

// hostKey names a host for politeness and for Kafka: without the port when it is the scheme's own, so that
// http and https of a site count as one.
func hostKey(u *url.URL) string {
	port := u.Port()
	if port == "" || (u.Scheme == "http" && port == "80") || (u.Scheme == "https" && port == "443") {
		return strings.ToLower(u.Hostname())
	}
	return strings.ToLower(u.Host)
}

// readerVersion changes when pages should be read again although they did not change.
const readerVersion = "1"

// fingerprint names the settings that shape postings. A page that was read under others is read again in full.
func fingerprint(s Source) string {
	b, err := json.Marshal([]any{readerVersion, s.Kind, s.Selectors, s.Detail, s.Region, s.Industry, s.Employer, s.Grain})
	if err != nil {
		return readerVersion
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:4])
}
