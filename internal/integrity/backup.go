package integrity

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gapwatch/gapwatch/internal/clickhouse"
)

// fromBackup copies the parts of a backup that hold blocks of p beside the live table and takes them up. whole tells
// that they hold all of them. It works where this process can write the engine's files.
func (r *repair) fromBackup(ctx context.Context, t clickhouse.Table, p clickhouse.Part) (whole bool, err error) {
	if len(t.UUID) < 3 {
		return false, nil
	}
	from := filepath.Join(r.opts.Backup, "clickhouse", "store", t.UUID[:3], t.UUID)
	entries, err := os.ReadDir(from)
	if errors.Is(err, os.ErrNotExist) {
		r.say("table %s: the backup does not have it", t.Name)
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read the backup: %w", err)
	}
	var taken []clickhouse.Part
	for _, e := range entries {
		b, ok := parsePart(t.Name, e.Name())
		if !ok || !e.IsDir() || b.Partition != p.Partition || b.To < p.From || b.From > p.To {
			continue
		}
		to := filepath.Join(t.Path, "detached", b.Name)
		if err := os.CopyFS(to, os.DirFS(filepath.Join(from, b.Name))); err != nil && !errors.Is(err, os.ErrExist) {
			return false, fmt.Errorf("copy part %s of %s from the backup: %w", b.Name, t.Name, err)
		}
		if err := r.store.AttachPart(ctx, b); err != nil {
			r.say("table %s: part %s of the backup cannot be taken up (see the log)", t.Name, b.Name)
			r.logger.Warn("part of the backup not attached", "table", t.Name, "part", b.Name, "error", err)
			continue
		}
		taken = append(taken, b)
		r.say("table %s: part %s was taken from the backup", t.Name, b.Name)
	}
	return covered(p, taken), nil
}

// parsePart reads a part's name, partition_first_last_level; a fifth field counts mutations.
func parsePart(table, name string) (clickhouse.Part, bool) {
	f := strings.Split(name, "_")
	if len(f) != 4 && len(f) != 5 {
		return clickhouse.Part{}, false
	}
	first, err1 := strconv.ParseInt(f[1], 10, 64)
	last, err2 := strconv.ParseInt(f[2], 10, 64)
	return clickhouse.Part{Table: table, Name: name, Partition: f[0], From: first, To: last}, err1 == nil && err2 == nil && first <= last
}
