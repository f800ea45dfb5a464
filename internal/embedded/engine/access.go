package engine

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"strings"
)

// identity is who a request comes from.
type identity int

const (
	stranger identity = iota // may read public tables
	owner                    // the configured user, or this process itself: may do everything
)

// identify reads the credentials of a request on the open listener, in the three places where
// ClickHouse's clients put them. None at all, and the user "default" without a password, are strangers.
func (e *Engine) identify(r *http.Request) (identity, error) {
	user, password, ok := r.BasicAuth()
	if !ok {
		user, password = r.Header.Get("X-ClickHouse-User"), r.Header.Get("X-ClickHouse-Key")
	}
	if user == "" && password == "" {
		values := r.URL.Query()
		user, password = values.Get("user"), values.Get("password")
	}
	if password == "" && (user == "" || user == "default") {
		return stranger, nil
	}
	if e.cfg.User != "" && e.cfg.Password != "" && sameText(user, e.cfg.User) && sameText(password, e.cfg.Password) {
		return owner, nil
	}
	return stranger, exception(codeAuthentication, "AUTHENTICATION_FAILED",
		"%s: Authentication failed: password is incorrect, or there is no user with such name", user)
}

// sameText compares secrets without telling by its duration how much of them agrees.
func sameText(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// localHost tells whether a request was addressed to this machine by name. A page on the web can make
// a browser send requests to a loopback port under a name of its own and read the answers.
func localHost(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	host = strings.Trim(host, "[]")
	return host == "" || strings.EqualFold(host, "localhost") || net.ParseIP(host) != nil
}
