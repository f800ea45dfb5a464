package integrity

import (
	"fmt"
	"strings"
	"time"

	"github.com/gapwatch/gapwatch/internal/clickhouse"
)

// Kind is what is wrong.
type Kind string

// Everything that a check can find.
const (
	TableMissing Kind = "table_missing" // a table's definition is gone
	PartMissing  Kind = "part_missing"  // a part of the inventory is gone without a trace
	PartBroken   Kind = "part_broken"   // the engine could not read a part and put it aside, or somebody did
	PartDamaged  Kind = "part_damaged"  // a part in use has wrong checksums
	RowsMissing  Kind = "rows_missing"  // rows of a committed batch are not stored
	Unrecorded   Kind = "unrecorded"    // messages were committed, and no batch tells that they were stored
)

// Finding is one thing that is wrong.
type Finding struct {
	Kind  Kind
	Table string
	Part  clickhouse.Part
	Wrong string               // of PartDamaged: the engine's words, for the log only
	Lost  clickhouse.LostBatch // of RowsMissing
	Span  clickhouse.Span      // of Unrecorded
}

// String says what is wrong, for the operator.
func (f Finding) String() string {
	switch f.Kind {
	case TableMissing:
		return fmt.Sprintf("table %s is missing", f.Table)
	case PartMissing:
		return fmt.Sprintf("table %s: part %s (%d rows) is missing", f.Table, f.Part.Name, f.Part.Rows)
	case PartBroken:
		reason := f.Part.Reason
		if reason == "" {
			reason = "detached by hand"
		}
		return fmt.Sprintf("table %s: part %s was put aside (%s)", f.Table, f.Part.Name, reason)
	case PartDamaged:
		return fmt.Sprintf("table %s: part %s (%d rows) has wrong checksums", f.Table, f.Part.Name, f.Part.Rows)
	case RowsMissing:
		b := f.Lost
		return fmt.Sprintf("table %s: %d rows of %s/%d %d-%d are missing%s", b.Fact, b.Missing, b.Topic, b.Partition, b.First, b.Last, origin(b))
	case Unrecorded:
		return fmt.Sprintf("%s/%d: messages %d-%d were committed and are not stored", f.Span.Topic, f.Span.Partition, f.Span.First, f.Span.Next-1)
	}
	return string(f.Kind)
}

// origin says from where and about which days the rows of a batch were.
func origin(b clickhouse.LostBatch) string {
	out := ""
	if len(b.Sources) > 0 {
		out = " (sources " + strings.Join(b.Sources, ", ")
		if b.FirstDay.Year() > 1970 {
			out += fmt.Sprintf(", of %s to %s", b.FirstDay.Format(time.DateOnly), b.LastDay.Format(time.DateOnly))
		}
		out += ")"
	}
	return out
}

// texts are the findings in words.
func texts(found []Finding) []string {
	out := make([]string, len(found))
	for i, f := range found {
		out[i] = f.String()
	}
	return out
}
