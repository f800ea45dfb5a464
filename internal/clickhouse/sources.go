package clickhouse

import (
	"context"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// PutSources records sources that feed the system, or what they are now; version is the time of the call. Anyone may
// read where they come from, so paths of this machine are cut to names.
func (s *Store) PutSources(ctx context.Context, sources ...talent.SourceInfo) error {
	version := uint64(time.Now().UnixMicro())
	return insert(ctx, s, "sources", "", "INSERT INTO sources (name, kind, url, schedule, grain, note, version)", len(sources),
		func(i int) []any {
			r := sources[i]
			return []any{r.Name, r.Kind, talent.PublicOrigin(r.URL), r.Schedule, string(r.Grain), r.Note, version}
		})
}

// Sources returns every source that feeds or fed the system and was not withdrawn, in order of names.
func (s *Store) Sources(ctx context.Context) ([]talent.SourceInfo, error) {
	type row struct {
		Name     string `ch:"name"`
		Kind     string `ch:"kind"`
		URL      string `ch:"url"`
		Schedule string `ch:"schedule"`
		Grain    string `ch:"grain"`
		Note     string `ch:"note"`
	}
	got, err := rows[row](ctx, s, "sources", "SELECT name, kind, url, schedule, grain, note FROM sources FINAL WHERE kind != '' ORDER BY name")
	if err != nil {
		return nil, err
	}
	out := make([]talent.SourceInfo, len(got))
	for i, r := range got {
		out[i] = talent.SourceInfo{Name: r.Name, Kind: r.Kind, URL: talent.PublicOrigin(r.URL), Schedule: r.Schedule, Grain: talent.Grain(r.Grain), Note: r.Note}
	}
	return out, nil
}
