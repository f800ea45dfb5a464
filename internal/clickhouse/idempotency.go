package clickhouse

import (
	"context"
	"fmt"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// The version of a claim falls with time, so that the first of two rows survives a merge; the row that marks
// the claim as done stands above all of them.
const (
	claimTop  = uint64(1) << 62
	claimDone = uint64(1) << 63
)

func claimVersion(at time.Time) uint64 { return claimTop - uint64(at.UnixNano()) }

// Claim takes an idempotency key and returns the claim that stands: c itself, or what an earlier or concurrent
// writer put there. The insert carries a deduplication token of the key, so that the engine takes one of
// several concurrent rows and drops the others; all writers then read the same row.
func (s *Store) Claim(ctx context.Context, c talent.Claim) (talent.Claim, error) {
	standing, ok, err := s.FindClaim(ctx, c.Org, c.Key)
	if err != nil || ok {
		return standing, err
	}
	c.Done, c.Response = false, c.Draft // one column for both: there is no answer yet
	if err := s.putClaim(ctx, c, "claim", claimVersion(c.At)); err != nil {
		return talent.Claim{}, err
	}
	// A replica may need a moment before it shows the row that won.
	for {
		standing, ok, err = s.FindClaim(ctx, c.Org, c.Key)
		if err != nil || ok {
			return standing, err
		}
		select {
		case <-ctx.Done():
			return talent.Claim{}, fmt.Errorf("read back idempotency key: %w", ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// FinishClaim marks a standing claim as done with the answer that replays of it get.
func (s *Store) FinishClaim(ctx context.Context, c talent.Claim, response string) error {
	c.Response, c.Done = response, true
	return s.putClaim(ctx, c, "done", claimDone|claimVersion(c.At))
}

func (s *Store) putClaim(ctx context.Context, c talent.Claim, step string, version uint64) error {
	token := talent.NewID("idempotency", c.Org, c.Key, step)
	return insert(ctx, s, "idempotency key", token,
		"INSERT INTO idempotency (org, key, body_hash, resource, response, version, created)", 1,
		func(int) []any { return []any{c.Org, c.Key, c.BodyHash, c.Resource, c.Response, version, c.At} })
}

// FindClaim returns the claim that stands for an organisation's idempotency key, and false when there is none.
func (s *Store) FindClaim(ctx context.Context, org, key string) (talent.Claim, bool, error) {
	type row struct {
		BodyHash string `ch:"body_hash"`
		Resource string `ch:"resource"`
		Response string `ch:"response"`
		Version  uint64 `ch:"version"`
	}
	got, err := rows[row](ctx, s, "idempotency key", `SELECT body_hash, resource, response, version FROM idempotency FINAL
		WHERE org = {org:String} AND key = {key:String}`, named("org", org), named("key", key))
	if err != nil || len(got) == 0 {
		return talent.Claim{}, false, err
	}
	r := got[0]
	at := time.Unix(0, int64(claimTop-r.Version&^claimDone)).UTC()
	c := talent.Claim{Org: org, Key: key, BodyHash: r.BodyHash, Resource: r.Resource, At: at, Done: r.Version&claimDone != 0}
	if c.Done {
		c.Response = r.Response
	} else {
		c.Draft = r.Response
	}
	return c, true, nil
}
