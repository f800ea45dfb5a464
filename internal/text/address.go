package text

import (
	"net/url"
	"strings"
)

// LongestURL bounds what is taken for a URL; the protocol of sitemaps allows 2,048 characters.
const LongestURL = 4096

// Address returns the absolute address of ref, "" when it is not one of http or https.
func Address(base *url.URL, ref string) string {
	if ref = strings.TrimSpace(ref); ref == "" || len(ref) > LongestURL {
		return ""
	}
	u, err := url.Parse(ref)
	if err != nil {
		return ""
	}
	if base != nil {
		u = base.ResolveReference(u)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return ""
	}
	return u.String()
}
