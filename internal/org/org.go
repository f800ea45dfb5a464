// Package org makes organisations and their API keys: what the operator does with gapwatch key.
package org

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gapwatch/gapwatch/internal/codes"
	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// ErrNoKey says that no key has the id that was named.
var ErrNoKey = errors.New("no such key: gapwatch key list shows the ids")

// Store keeps organisations and keys.
type Store interface {
	Organisation(ctx context.Context, id string) (talent.Organisation, bool, error)
	PutOrganisation(ctx context.Context, o talent.Organisation) error
	PutAPIKey(ctx context.Context, k talent.APIKey) error
}

// Keys finds stored keys.
type Keys interface {
	APIKey(ctx context.Context, id string) (talent.APIKey, bool, error)
	PutAPIKey(ctx context.Context, k talent.APIKey) error
}

// Lists reads what List shows.
type Lists interface {
	Organisations(ctx context.Context) ([]talent.Organisation, error)
	APIKeys(ctx context.Context) ([]talent.APIKey, error)
}

// ID is the id of the organisation of a name; the same name, however spaced, is the same organisation.
func ID(name string) string { return talent.NewID("organisation", tidy(name)) }

func tidy(name string) string { return strings.Join(strings.Fields(name), " ") }

// CreateKey makes a key for the organisation of a name, and the organisation when it is new. The key is
// returned once, here; the store has only its hash. An organisation that exists keeps its role and gets the
// region when one is given; each key carries its own role.
func CreateKey(ctx context.Context, store Store, name string, role talent.Role, region string) (talent.Organisation, string, error) {
	name = tidy(name)
	if name == "" || len(name) > 200 {
		return talent.Organisation{}, "", errors.New("name the organisation in 1 to 200 bytes")
	}
	if _, ok := talent.ParseRole(string(role)); !ok {
		return talent.Organisation{}, "", fmt.Errorf("unknown role %q: want enterprise, university, analyst or admin", role)
	}
	if region != "" && !codes.ValidRegion(region) {
		return talent.Organisation{}, "", fmt.Errorf("unknown region %q: want a GB/T 2260 code of six digits, for example 330100, or an ISO 3166-1 country outside China", region)
	}
	o, exists, err := store.Organisation(ctx, ID(name))
	if err != nil {
		return talent.Organisation{}, "", err
	}
	if !exists {
		o = talent.Organisation{ID: ID(name), Name: name, Role: role}
	}
	if !exists || (region != "" && region != o.Region) {
		if region != "" {
			o.Region = region
		}
		if err := store.PutOrganisation(ctx, o); err != nil {
			return talent.Organisation{}, "", err
		}
	}
	id, secret := newID(), NewSecret()
	k := talent.APIKey{ID: id, Org: o.ID, Role: role, Hash: httpd.HashSecret(secret), Created: time.Now().UTC().Truncate(time.Millisecond)}
	if err := store.PutAPIKey(ctx, k); err != nil {
		return talent.Organisation{}, "", err
	}
	return o, httpd.FormatKey(id, secret), nil
}

// Key is a key as lists show it.
type Key struct {
	talent.APIKey
	OrgName string
}

// ListKeys returns every key with its organisation's name, the newest first, revoked ones too.
func ListKeys(ctx context.Context, store Lists) ([]Key, error) {
	orgs, err := store.Organisations(ctx)
	if err != nil {
		return nil, err
	}
	names := make(map[string]string, len(orgs))
	for _, o := range orgs {
		names[o.ID] = o.Name
	}
	keys, err := store.APIKeys(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]Key, len(keys))
	for i, k := range keys {
		out[i] = Key{k, names[k.Org]}
	}
	return out, nil
}

// RevokeKey ends a key, named by its id or by the whole key. It stops working within five seconds in servers
// that run. An unknown one gives ErrNoKey; revoking twice changes nothing.
func RevokeKey(ctx context.Context, store Keys, id string) error {
	if rest, ok := strings.CutPrefix(id, "gw_"); ok {
		id, _, _ = strings.Cut(rest, "_")
	}
	k, ok, err := store.APIKey(ctx, id)
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("revoke key %s: %w", id, ErrNoKey)
	}
	if k.Revoked {
		return nil
	}
	k.Revoked = true
	return store.PutAPIKey(ctx, k)
}

// NewSecret returns 256 random bits in small letters and digits, so that a double click takes it whole.
func NewSecret() string {
	var b [32]byte
	rand.Read(b[:]) //nolint:errcheck // never fails (Go 1.24)
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:]))
}

func newID() string {
	var b [8]byte
	rand.Read(b[:]) //nolint:errcheck // never fails (Go 1.24)
	return hex.EncodeToString(b[:])
}
