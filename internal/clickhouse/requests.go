package clickhouse

import (
	"context"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// PutRequests stores versions of requests; token makes a repeated batch a no-op (see insert).
func (s *Store) PutRequests(ctx context.Context, token string, requests []talent.Request) error {
	return insert(ctx, s, "requests", token, `INSERT INTO requests
		(id, org, skill, heads, tier, region, industry, needed_by, note, created_at, withdrawn, version)`, len(requests),
		func(i int) []any {
			r := requests[i]
			var needed *time.Time
			if !r.NeededBy.IsZero() {
				needed = &r.NeededBy
			}
			return []any{r.ID, r.Org, r.Skill, uint32(max(r.Heads, 0)), string(r.Tier), r.Region, r.Industry, needed, r.Note,
				r.CreatedAt, r.Withdrawn, r.Version}
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
}

func requests(got []requestRow) []talent.Request {
	out := make([]talent.Request, len(got))
	for i, r := range got {
		out[i] = talent.Request{ID: r.ID, Org: r.Org, Skill: r.Skill, Heads: int(r.Heads), Tier: talent.Tier(r.Tier),
			Region: r.Region, Industry: r.Industry, Note: r.Note, CreatedAt: r.CreatedAt.UTC(), Withdrawn: r.Withdrawn, Version: r.Version}
		if r.NeededBy != nil {
			out[i].NeededBy = r.NeededBy.UTC()
		}
	}
	return out
}

const requestColumns = `SELECT id, org, skill, heads, tier, region, industry, needed_by, note, created_at, withdrawn, version
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

// RequestsByOrg returns a page of an organisation's requests (of all organisations when org is empty), the
// newest first, withdrawn ones too, and the cursor of the next page, which is empty on the last one. A cursor
// that it did not make gives ErrCursor.
func (s *Store) RequestsByOrg(ctx context.Context, org, cursor string, limit int) ([]talent.Request, string, error) {
	var after requestKey
	more, err := decodeCursor(cursor, &after)
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
		next = encodeCursor(requestKey{last.CreatedAt.UnixMilli(), last.ID})
	}
	return requests(got), next, nil
}
