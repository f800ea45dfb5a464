package dashboards

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

// TestFileOfWarningsIsOfItsList: the file that a list of warnings links to holds the warnings of that list, whatever it
// is narrowed to.
func TestFileOfWarningsIsOfItsList(t *testing.T) {
	store := testenv.Store(t)
	var all []talent.Alert
	for _, status := range []talent.AlertStatus{talent.AlertFiring, talent.AlertResolved} {
		for _, severity := range talent.Severities() {
			for _, region := range []string{"", "310000"} {
				all = append(all, talent.Alert{ID: fmt.Sprintf("%032x", len(all)), Key: talent.SeriesKey{Grain: talent.Week, Skill: "python", Region: region},
					Severity: severity, Status: status, Opened: today, Updated: today})
			}
		}
	}
	if err := store.PutAlerts(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	base := site(t, store, nil)
	for path, want := range map[string]int{
		"/alerts": 8, "/alerts?status=resolved": 8, "/alerts?status=all": 16, "/alerts?severity=red": 2, "/alerts?status=all&severity=red": 4,
		"/alerts?region=310000": 4, "/alerts?status=resolved&severity=blue&region=310000": 1, "/alerts?grain=month": 0,
	} {
		page, err := goquery.NewDocumentFromReader(strings.NewReader(get(t, base+path, http.StatusOK)))
		if err != nil {
			t.Fatal(err)
		}
		listed := page.Find("table.alerts th a").Map(func(_ int, a *goquery.Selection) string { return strings.TrimPrefix(a.AttrOr("href", ""), "/alerts/") })
		file := page.Find("main a[href^='/export/alerts.csv']").AttrOr("href", "")
		lines, err := csv.NewReader(strings.NewReader(get(t, base+file, http.StatusOK))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		var held []string
		for _, l := range lines[1:] {
			held = append(held, l[0])
		}
		slices.Sort(listed)
		slices.Sort(held)
		if len(listed) != want || !slices.Equal(listed, held) {
			t.Errorf("%s lists %d warnings (want %d), its file %s holds %d", path, len(listed), want, file, len(held))
		}
	}
}
