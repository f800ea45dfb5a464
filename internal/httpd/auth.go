package httpd

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/maypok86/otter/v2"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// Keys finds stored keys.
type Keys interface {
	APIKey(ctx context.Context, id string) (talent.APIKey, bool, error)
}

// Principal is who holds the key of a request.
type Principal struct {
	Org   string // organisation id
	Role  talent.Role
	KeyID string
}

// PrincipalOf returns the holder of the request's key, and false when the request has none.
func PrincipalOf(ctx context.Context) (Principal, bool) {
	p, ok := ctx.Value(principalKey).(Principal)
	return p, ok
}

// FormatKey writes the key that a caller shows: gw_<id>_<secret>.
func FormatKey(id, secret string) string { return "gw_" + id + "_" + secret }

// HashSecret is the form in which a key's secret is stored. Secrets are 256 random bits, so a fast hash will do.
func HashSecret(secret string) string {
	h := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(h[:])
}

// The caps of the key cache: made-up ids must not fill the memory. A revoked key stops working within keyAge.
const (
	keyAge   = 5 * time.Second
	keyCount = 4096
)

type cachedKey struct {
	key talent.APIKey
	ok  bool
	at  time.Time
}

// Auth checks API keys against the store, and remembers look-ups for five seconds.
type Auth struct {
	keys Keys
	seen *otter.Cache[string, cachedKey]
}

// NewAuth makes an Auth over stored keys.
func NewAuth(keys Keys) *Auth { return &Auth{keys: keys, seen: newCache[string, cachedKey](keyCount)} }

// shown returns the key that a request shows, as Authorization: Bearer or X-API-Key.
func shown(header func(string) string) string {
	if a := header("Authorization"); a != "" {
		scheme, key, _ := strings.Cut(a, " ")
		if strings.EqualFold(scheme, "Bearer") {
			return strings.TrimSpace(key)
		}
		return a // not a scheme of ours: it will be told as a wrong key
	}
	return strings.TrimSpace(header("X-API-Key"))
}

// Authenticate returns the holder of a request's key; the error is a problem that says what to do. It is for
// handlers outside the API; operations of the API declare their roles with Require.
func (a *Auth) Authenticate(r *http.Request) (Principal, error) {
	return a.check(r.Context(), shown(r.Header.Get))
}

func (a *Auth) check(ctx context.Context, key string) (Principal, error) {
	if key == "" {
		return Principal{}, Problem(http.StatusUnauthorized, "key_missing",
			"this needs an API key: send it as \"Authorization: Bearer gw_…\"; the operator makes one with gapwatch key create")
	}
	wrong := Problem(http.StatusUnauthorized, "key_wrong",
		"the API key is not known: check that it was copied whole (gw_, an id, _ and a secret), or ask the operator for a new one")
	rest, isKey := strings.CutPrefix(key, "gw_")
	id, secret, whole := strings.Cut(rest, "_")
	if !isKey || !whole || id == "" || len(id) > 64 || secret == "" || len(secret) > 256 {
		return Principal{}, wrongKey(ctx, "", wrong)
	}
	// An address that keeps showing wrong keys waits before the store is asked again. A key that was right a moment
	// ago needs no asking, so others behind the same address go on.
	if !a.remembers(id) {
		if err := wrongKeys(ctx); err != nil {
			return Principal{}, err
		}
	}
	stored, ok, err := a.find(ctx, id)
	if err != nil {
		return Principal{}, fmt.Errorf("look up api key: %w", err)
	}
	// Compared even when there is no such key, so that timing reveals nothing.
	same := subtle.ConstantTimeCompare([]byte(HashSecret(secret)), []byte(stored.Hash)) == 1
	if !ok || !same {
		return Principal{}, wrongKey(ctx, id, wrong)
	}
	if stored.Revoked {
		return Principal{}, Problem(http.StatusUnauthorized, "key_revoked", "the API key was revoked: ask the operator for a new one")
	}
	return Principal{Org: stored.Org, Role: stored.Role, KeyID: stored.ID}, nil
}

// remembers reports whether a key that exists was looked up lately.
func (a *Auth) remembers(id string) bool {
	c, hit := a.seen.GetIfPresent(id)
	return hit && c.ok
}

func (a *Auth) find(ctx context.Context, id string) (talent.APIKey, bool, error) {
	now := time.Now()
	c, hit := a.seen.GetIfPresent(id)
	if hit && now.Sub(c.at) < keyAge {
		return c.key, c.ok, nil
	}
	key, ok, err := a.keys.APIKey(ctx, id)
	if err != nil {
		return talent.APIKey{}, false, err
	}
	a.seen.Set(id, cachedKey{key, ok, now})
	return key, ok, nil
}

// Names in the OpenAPI document and in an operation's metadata.
const (
	schemeBearer = "bearer"
	schemeHeader = "key"
	metaRoles    = "gapwatch.roles"
	metaOptional = "gapwatch.optional"
)

// Require declares that an operation needs a key of one of roles; an admin's key always does.
func Require(op huma.Operation, roles ...talent.Role) huma.Operation {
	op.Security = []map[string][]string{{schemeBearer: {}}, {schemeHeader: {}}}
	op.Metadata = with(op.Metadata, metaRoles, roles)
	op.Errors = append(op.Errors, http.StatusUnauthorized, http.StatusForbidden)
	names := make([]string, 0, len(roles)+1)
	for _, r := range roles {
		if r != talent.RoleAdmin {
			names = append(names, string(r))
		}
	}
	names = append(names, string(talent.RoleAdmin))
	op.Description = strings.TrimSpace(op.Description + "\n\nNeeds a key of role " + strings.Join(names, " or ") + ".")
	return op
}

// AcceptKey declares that an operation is public, and that a key tells it whose call it is. A wrong key is
// refused all the same.
func AcceptKey(op huma.Operation) huma.Operation {
	op.Security = []map[string][]string{{}, {schemeBearer: {}}, {schemeHeader: {}}}
	op.Metadata = with(op.Metadata, metaOptional, true)
	op.Errors = append(op.Errors, http.StatusUnauthorized)
	return op
}

func with(m map[string]any, key string, value any) map[string]any {
	if m == nil {
		m = make(map[string]any)
	}
	m[key] = value
	return m
}

// authorise decides whether an operation may be called with the key of a header.
func (a *Auth) authorise(ctx context.Context, op *huma.Operation, header func(string) string) (context.Context, error) {
	roles, required := op.Metadata[metaRoles].([]talent.Role)
	key := shown(header)
	if !required && (op.Metadata[metaOptional] == nil || key == "") {
		return ctx, nil
	}
	p, err := a.check(ctx, key)
	if err != nil {
		return ctx, err
	}
	if required && !may(p.Role, roles) {
		return ctx, Problem(http.StatusForbidden, "role_not_allowed",
			fmt.Sprintf("a key of role %s may not do this; it takes %v: ask the operator for a key of that role", p.Role, roles))
	}
	if err := admitKey(ctx, p.KeyID, op.Method); err != nil {
		return ctx, err
	}
	return context.WithValue(ctx, principalKey, p), nil
}

func may(role talent.Role, roles []talent.Role) bool {
	if role == talent.RoleAdmin {
		return true
	}
	return slices.Contains(roles, role)
}
