package clickhouse

import (
	"context"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// PutBatches records what was stored. Call it after the facts and before the commit: what it names has to be there.
func (s *Store) PutBatches(ctx context.Context, batches ...talent.Batch) error {
	return insert(ctx, s, "batches", "", `INSERT INTO batches (topic, partition, first, last, fact, ids, versions, sources, first_day, last_day)`,
		len(batches), func(i int) []any {
			b := batches[i]
			ids, versions := make([]string, 0, len(b.Rows)), make([]uint64, 0, len(b.Rows))
			for id, v := range b.Rows {
				ids, versions = append(ids, id), append(versions, v)
			}
			return []any{b.Topic, int32(b.Partition), b.First, b.Last, b.Fact, ids, versions, list(b.Sources), b.Days[0], b.Days[1]}
		})
}

// LostBatch is a batch some of whose rows are no longer stored.
type LostBatch struct {
	Topic     string    `ch:"topic"`
	Partition int32     `ch:"partition"`
	First     int64     `ch:"first"`
	Last      int64     `ch:"last"`
	Fact      string    `ch:"fact"`
	Missing   uint64    `ch:"missing"` // rows
	Sources   []string  `ch:"sources"`
	FirstDay  time.Time `ch:"first_day"`
	LastDay   time.Time `ch:"last_day"`
}

// factKeys name, for each table of facts, the id that a batch gives its rows.
func factKeys() map[string]string {
	return map[string]string{"postings": "id", "requests": "id", "programmes": "id", "courses": "concat(programme_id, '/', id)"}
}

// compareAtOnce is how many rows one comparison holds in memory.
const compareAtOnce = 500_000

// LostBatches compares the rows of the batches written after since, up to until, with what is stored: a row must be
// there in the version that the batch names or a later one. It reads the named rows only; the zero time compares all.
func (s *Store) LostBatches(ctx context.Context, since, until time.Time) ([]LostBatch, error) {
	type count struct {
		Fact string `ch:"fact"`
		N    uint64 `ch:"n"`
	}
	window := []any{named("since", micros(since)), named("until", micros(until))}
	counts, err := rows[count](ctx, s, "batches", `SELECT fact, sum(length(ids)) AS n FROM batches FINAL
		WHERE written > fromUnixTimestamp64Micro({since:Int64}) AND written <= fromUnixTimestamp64Micro({until:Int64}) AND notEmpty(ids) GROUP BY fact`, window...)
	if err != nil {
		return nil, err
	}
	var out []LostBatch
	for _, c := range counts {
		key, known := factKeys()[c.Fact]
		if !known {
			continue
		}
		slices := c.N/compareAtOnce + 1
		for slice := range slices {
			got, err := rows[LostBatch](ctx, s, "lost rows of "+c.Fact, `
				WITH wanted AS (
					SELECT topic, partition, first, last, fact, sources, first_day, last_day, row.1 AS id, row.2 AS version
					FROM (SELECT topic, partition, first, last, fact, sources, first_day, last_day, arrayJoin(arrayZip(ids, versions)) AS row FROM batches FINAL
						WHERE fact = {fact:String} AND written > fromUnixTimestamp64Micro({since:Int64}) AND written <= fromUnixTimestamp64Micro({until:Int64}))
					WHERE cityHash64(row.1) % {slices:UInt64} = {slice:UInt64})
				SELECT topic, partition, first, last, fact, count() AS missing, any(sources) AS sources, min(first_day) AS first_day, max(last_day) AS last_day
				FROM wanted GLOBAL LEFT JOIN (
					SELECT `+key+` AS fact_id, max(version) AS stored FROM `+c.Fact+` WHERE fact_id GLOBAL IN (SELECT id FROM wanted) GROUP BY fact_id
				) AS have ON wanted.id = have.fact_id
				WHERE have.stored < wanted.version
				GROUP BY topic, partition, first, last, fact ORDER BY topic, partition, first`,
				append(window, named("fact", c.Fact), named("slices", slices), named("slice", slice))...)
			if err != nil {
				return nil, err
			}
			out = append(out, got...)
		}
	}
	return out, nil
}

// LastBatch is when the latest batch was recorded, by the store's clock; zero when none was.
func (s *Store) LastBatch(ctx context.Context) (time.Time, error) {
	type row struct {
		At time.Time `ch:"at"`
	}
	got, err := rows[row](ctx, s, "latest batch", "SELECT max(written) AS at FROM batches HAVING count() > 0")
	if err != nil || len(got) == 0 {
		return time.Time{}, err
	}
	return got[0].At.UTC(), nil
}

// AnyFacts reports whether any posting, request or programme is stored.
func (s *Store) AnyFacts(ctx context.Context) (bool, error) {
	type row struct {
		N uint64 `ch:"n"`
	}
	got, err := rows[row](ctx, s, "facts", "SELECT (SELECT count() FROM postings) + (SELECT count() FROM requests) + (SELECT count() FROM programmes) AS n")
	return err == nil && got[0].N > 0, err
}

// Span is a range of offsets of one partition; Next is the one after the last.
type Span struct {
	Topic     string
	Partition int
	First     int64
	Next      int64
}

// Recorded tells how far the batches of each partition reach, and which offsets between those written after since
// and the ones before are in none.
func (s *Store) Recorded(ctx context.Context, since time.Time) (reach, holes []Span, err error) {
	type row struct {
		Topic     string `ch:"topic"`
		Partition int32  `ch:"partition"`
		First     int64  `ch:"first"`
		Last      int64  `ch:"last"`
	}
	all, err := rows[row](ctx, s, "batches", `SELECT topic, partition, min(first) AS first, max(last) AS last FROM batches GROUP BY topic, partition ORDER BY topic, partition`)
	if err != nil {
		return nil, nil, err
	}
	before, err := rows[row](ctx, s, "batches", `SELECT topic, partition, min(first) AS first, max(last) AS last FROM batches
		WHERE written <= fromUnixTimestamp64Micro({since:Int64}) GROUP BY topic, partition`, named("since", micros(since)))
	if err != nil {
		return nil, nil, err
	}
	recent, err := rows[row](ctx, s, "batches", `SELECT topic, partition, first, last FROM batches
		WHERE written > fromUnixTimestamp64Micro({since:Int64}) ORDER BY topic, partition, first, last`, named("since", micros(since)))
	if err != nil {
		return nil, nil, err
	}
	type place struct {
		topic     string
		partition int32
	}
	next := map[place]int64{}
	for _, r := range before {
		next[place{r.Topic, r.Partition}] = r.Last + 1
	}
	for _, r := range recent {
		p := place{r.Topic, r.Partition}
		if n, ok := next[p]; ok && r.First > n {
			holes = append(holes, Span{r.Topic, int(r.Partition), n, r.First})
		}
		next[p] = max(next[p], r.Last+1)
	}
	for _, r := range all {
		reach = append(reach, Span{r.Topic, int(r.Partition), r.First, r.Last + 1})
	}
	return reach, holes, nil
}

// Unnamed are the offsets of each partition that were committed before batches named their rows.
func (s *Store) Unnamed(ctx context.Context) ([]Span, error) {
	type row struct {
		Topic     string `ch:"topic"`
		Partition int32  `ch:"partition"`
		Last      int64  `ch:"end"`
	}
	got, err := rows[row](ctx, s, "batches", "SELECT topic, partition, max(last) AS end FROM batches WHERE fact = '' AND first = 0 AND last > 0 GROUP BY topic, partition")
	out := make([]Span, len(got))
	for i, r := range got {
		out[i] = Span{r.Topic, int(r.Partition), 0, r.Last + 1}
	}
	return out, err
}

// ForgetLost takes the rows that are no longer stored out of a batch: their loss was accepted.
func (s *Store) ForgetLost(ctx context.Context, b LostBatch) error {
	key, known := factKeys()[b.Fact]
	if !known {
		return nil
	}
	return s.exec(ctx, "accept the loss of rows", `INSERT INTO batches (topic, partition, first, last, fact, ids, versions, sources, first_day, last_day)
		SELECT topic, partition, first, last, fact, arrayMap(x -> x.1, kept) AS ids, arrayMap(x -> x.2, kept) AS versions, sources, first_day, last_day
		FROM (SELECT *, arrayFilter(x -> x.1 GLOBAL IN (SELECT `+key+` FROM `+b.Fact+`), arrayZip(ids, versions)) AS kept FROM batches FINAL
			WHERE topic = {topic:String} AND partition = {partition:Int32} AND first = {first:Int64} AND last = {last:Int64} AND fact = {fact:String})`,
		named("topic", b.Topic), named("partition", b.Partition), named("first", b.First), named("last", b.Last), named("fact", b.Fact))
}

// micros is a time as the engine's functions take it; the zero time is before everything.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}
