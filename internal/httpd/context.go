package httpd

import (
	"context"
	"net/netip"
)

type contextKey int

const (
	scopeKey contextKey = iota
	principalKey
)

// scope is what the server knows of a request before the handler sees it.
type scope struct {
	id     string
	nonce  string
	client netip.Addr
	guard  *guard // nil outside of a Server
}

func scopeOf(ctx context.Context) scope {
	s, _ := ctx.Value(scopeKey).(scope)
	return s
}

// Nonce is the token that an inline <script> or <style> of this answer must carry in its nonce attribute.
func Nonce(ctx context.Context) string { return scopeOf(ctx).nonce }

// RequestID names the request in the log and in problem details.
func RequestID(ctx context.Context) string { return scopeOf(ctx).id }
