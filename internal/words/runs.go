package words

import (
	"strings"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// RunReason says why a crawl run ended as it did. A run without notes has only the English words that were recorded.
func (m Messages) RunReason(run talent.CrawlRun) string {
	if len(run.Notes) == 0 {
		return run.Reason
	}
	said := make([]string, len(run.Notes))
	for i, n := range run.Notes {
		said[i] = m.Count("run.note."+n.Code, n.N, n.Detail)
	}
	return strings.Join(said, m.Say("run.note.joint"))
}
