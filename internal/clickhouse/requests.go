package clickhouse

import (
	"context"
	"time"

	"github.com/gapwatch/gapwatch/internal/cursor"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// PutRequests stores versions of requests; token makes a repeated batch a no-op (see insert).
func (s *Store) PutRequests(ctx context.Context, token string, requests []talent.Request) error {
	return insert(ctx, s, "requests", token, `INSERT INTO requests
		(id, org, skill, heads, tier, region, industry, needed_by, note, created_at, withdrawn, version, state, hold_reason, decided_by, decided_at)`, len(requests),
		func(i int) []any {
			r := requests[i]
			var needed *time.Time
			if !r.NeededBy.IsZero() {
				needed = &r.NeededBy
			}
			var decided *time.Time
			if !r.DecidedAt.IsZero() {
				decided = &r.DecidedAt
			}
			return []any{r.ID, r.Org, r.Skill, uint32(max(r.Heads, 0)), string(r.Tier), r.Region, r.Industry, needed, r.Note,
				r.CreatedAt, r.Withdrawn, r.Version, string(r.State), string(r.HoldReason), r.DecidedBy, decided}
		})
}

type requestRow struct {
	ID        string     `ch:"id"`
	Org       string     `ch:"org"`
	Skill     string     `ch:"skill"`
	Heads     uint32     `ch:"heads"`
	Tier      string     `ch:"tier"`
	Region    string     `ch:"region"`
	Industry  string     `ch:"industry"`
	NeededBy  *time.Time `ch:"needed_by"`
	Note      string     `ch:"note"`
	CreatedAt time.Time  `ch:"created_at"`
	Withdrawn bool       `ch:"withdrawn"`
	Version   uint64     `ch:"version"`
	State     string     `ch:"state"`
	Reason    string     `ch:"hold_reason"`
	DecidedBy string     `ch:"decided_by"`
	DecidedAt *time.Time `ch:"decided_at"`
}

func requests(got []requestRow) []talent.Request {
	out := make([]talent.Request, len(got))
	for i, r := range got {
		out[i] = talent.Request{ID: r.ID, Org: r.Org, Skill: r.Skill, Heads: int(r.Heads), Tier: talent.Tier(r.Tier),
			Region: r.Region, Industry: r.Industry, Note: r.Note, CreatedAt: r.CreatedAt.UTC(), Withdrawn: r.Withdrawn, Version: r.Version,
			State: talent.RequestState(r.State), HoldReason: talent.HoldReason(r.Reason), DecidedBy: r.DecidedBy}
		if r.NeededBy != nil {
			out[i].NeededBy = r.NeededBy.UTC()
		}
		if r.DecidedAt != nil {
			out[i].DecidedAt = r.DecidedAt.UTC()
		}
	}
	return out
}

const requestColumns = `SELECT id, org, skill, heads, tier, region, industry, needed_by, note, created_at, withdrawn, version,
	state, hold_reason, decided_by, decided_at
	FROM requests FINAL `

// Request returns the latest version of a request, withdrawn or not, and false when there is none.
func (s *Store) Request(ctx context.Context, id string) (talent.Request, bool, error) {
	got, err := rows[requestRow](ctx, s, "request", requestColumns+"WHERE id = {id:String}", named("id", id))
	if err != nil || len(got) == 0 {
		return talent.Request{}, false, err
	}
	return requests(got)[0], true, nil
}

// RequestsByID returns the latest versions of those of ids that exist, in no order.
func (s *Store) RequestsByID(ctx context.Context, ids []string) ([]talent.Request, error) {
	var out []talent.Request
	for len(ids) > 0 { // parameters travel in the URL, whose length is limited
		n := min(len(ids), 200)
		got, err := rows[requestRow](ctx, s, "requests", requestColumns+"WHERE id IN {ids:Array(String)}", named("ids", ids[:n]))
		if err != nil {
			return nil, err
		}
		out, ids = append(out, requests(got)...), ids[n:]
	}
	return out, nil
}

// requestKey is the sort key of RequestsByOrg.
type requestKey struct {
	Created int64  `json:"c"` // Unix milliseconds
	ID      string `json:"i"`
}

func requestCursors() cursor.Codec[requestKey] { return cursor.For[requestKey]("requests") }

// RequestsByOrg returns a page of an organisation's requests (of all organisations when org is empty), the
// newest first, withdrawn ones too, and the cursor of the next page, which is empty on the last one. A cursor
// that it did not make gives cursor.ErrUnknown.
func (s *Store) RequestsByOrg(ctx context.Context, org, page string, limit int) ([]talent.Request, string, error) {
	after, more, err := requestCursors().Key(page)
	if err != nil {
		return nil, "", err
	}
	got, err := rows[requestRow](ctx, s, "requests", requestColumns+`
		WHERE ({org:String} = '' OR org = {org:String})
		AND (NOT {more:Bool} OR (toUnixTimestamp64Milli(created_at), id) < ({created:Int64}, {id:String}))
		ORDER BY created_at DESC, id DESC LIMIT {limit:UInt32}`,
		named("org", org), named("more", more), named("created", after.Created), named("id", after.ID), named("limit", limit+1))
	if err != nil {
		return nil, "", err
	}
	next := ""
	if len(got) > limit {
		got = got[:limit]
		last := got[limit-1]
		next = requestCursors().After(requestKey{last.CreatedAt.UnixMilli(), last.ID})
	}
	return requests(got), next, nil
}

// HeldRequests lists the requests that wait for the operator, the oldest first.
func (s *Store) HeldRequests(ctx context.Context) ([]talent.Request, error) {
	got, err := rows[requestRow](ctx, s, "held requests", requestColumns+`
		WHERE state = {held:String} AND NOT withdrawn ORDER BY created_at, id`, named("held", string(talent.RequestHeld)))
	return requests(got), err
}

// RequestedByMonth returns the heads of an organisation that count, by the first day of the month in which they do.
func (s *Store) RequestedByMonth(ctx context.Context, org string) (map[time.Time]int, error) {
	type row struct {
		Month time.Time `ch:"month"`
		Heads uint64    `ch:"heads"`
	}
	got, err := rows[row](ctx, s, "heads by month", `SELECT toStartOfMonth(created_at) AS month, sum(heads) AS heads FROM requests FINAL
		WHERE org = {org:String} AND NOT withdrawn AND state = '' GROUP BY month`, named("org", org))
	if err != nil {
		return nil, err
	}
	out := make(map[time.Time]int, len(got))
	for _, r := range got {
		out[r.Month.UTC()] = int(r.Heads)
	}
	return out, nil
}
