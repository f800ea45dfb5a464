package subscribe

import (
	"net/url"
	"strings"
)

// MaskEmail keeps the first letter and the domain.
func MaskEmail(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 1 {
		return "…"
	}
	return string([]rune(address)[:1]) + "…" + address[at:]
}

// MaskURL keeps scheme and host: paths and queries of webhooks hold tokens.
func MaskURL(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "…"
	}
	return u.Scheme + "://" + u.Host + "/…"
}
