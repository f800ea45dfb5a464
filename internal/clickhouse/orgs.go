package clickhouse

import (
	"context"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// newVersion orders writes of the same row: Unix nanoseconds.
func newVersion() uint64 { return uint64(time.Now().UnixNano()) }

// PutOrganisation writes an organisation; a later write of the same id replaces it.
func (s *Store) PutOrganisation(ctx context.Context, o talent.Organisation) error {
	return insert(ctx, s, "organisation", "", "INSERT INTO organisations (id, name, role, region, version)", 1,
		func(int) []any { return []any{o.ID, o.Name, string(o.Role), o.Region, newVersion()} })
}

type orgRow struct {
	ID     string `ch:"id"`
	Name   string `ch:"name"`
	Role   string `ch:"role"`
	Region string `ch:"region"`
}

func (r orgRow) talent() talent.Organisation {
	return talent.Organisation{ID: r.ID, Name: r.Name, Role: talent.Role(r.Role), Region: r.Region}
}

// Organisation returns the organisation of an id, and false when there is none.
func (s *Store) Organisation(ctx context.Context, id string) (talent.Organisation, bool, error) {
	got, err := rows[orgRow](ctx, s, "organisation",
		"SELECT id, name, role, region FROM organisations FINAL WHERE id = {id:String}", named("id", id))
	if err != nil || len(got) == 0 {
		return talent.Organisation{}, false, err
	}
	return got[0].talent(), true, nil
}

// Organisations returns every organisation, by name.
func (s *Store) Organisations(ctx context.Context) ([]talent.Organisation, error) {
	got, err := rows[orgRow](ctx, s, "organisations", "SELECT id, name, role, region FROM organisations FINAL ORDER BY name, id")
	if err != nil {
		return nil, err
	}
	out := make([]talent.Organisation, len(got))
	for i, r := range got {
		out[i] = r.talent()
	}
	return out, nil
}

// PutAPIKey writes a key, of which only the hash is known; a later write of the same id replaces it, which is
// how a key is revoked.
func (s *Store) PutAPIKey(ctx context.Context, k talent.APIKey) error {
	return insert(ctx, s, "api key", "", "INSERT INTO api_keys (id, org, role, hash, created, revoked, version)", 1,
		func(int) []any {
			return []any{k.ID, k.Org, string(k.Role), k.Hash, k.Created, k.Revoked, newVersion()}
		})
}

type keyRow struct {
	ID      string    `ch:"id"`
	Org     string    `ch:"org"`
	Role    string    `ch:"role"`
	Hash    string    `ch:"hash"`
	Created time.Time `ch:"created"`
	Revoked bool      `ch:"revoked"`
}

func (r keyRow) talent() talent.APIKey {
	return talent.APIKey{ID: r.ID, Org: r.Org, Role: talent.Role(r.Role), Hash: r.Hash, Created: r.Created.UTC(), Revoked: r.Revoked}
}

// APIKey returns the key of an id, revoked or not, and false when there is none.
func (s *Store) APIKey(ctx context.Context, id string) (talent.APIKey, bool, error) {
	got, err := rows[keyRow](ctx, s, "api key",
		"SELECT id, org, role, hash, created, revoked FROM api_keys FINAL WHERE id = {id:String}", named("id", id))
	if err != nil || len(got) == 0 {
		return talent.APIKey{}, false, err
	}
	return got[0].talent(), true, nil
}

// APIKeys returns every key, revoked ones too, the newest first.
func (s *Store) APIKeys(ctx context.Context) ([]talent.APIKey, error) {
	got, err := rows[keyRow](ctx, s, "api keys",
		"SELECT id, org, role, hash, created, revoked FROM api_keys FINAL ORDER BY created DESC, id")
	if err != nil {
		return nil, err
	}
	out := make([]talent.APIKey, len(got))
	for i, r := range got {
		out[i] = r.talent()
	}
	return out, nil
}
