package dashboards

import (
	"encoding/json"
	"net/http"
	"testing"
)

// testCursors: every list goes on after its own cursor, and refuses those of the others.
func testCursors(t *testing.T, base string) {
	lists := []string{"/api/v1/skills", "/api/v1/sources", "/api/v1/series", "/api/v1/alerts"}
	for _, from := range lists {
		var page struct {
			Next string `json:"next_cursor"`
		}
		if err := json.Unmarshal([]byte(get(t, base+from+"?limit=1", http.StatusOK)), &page); err != nil || page.Next == "" {
			t.Fatalf("%s has one page: %v", from, err)
		}
		for _, to := range lists {
			want := http.StatusUnprocessableEntity
			if from == to {
				want = http.StatusOK
			}
			get(t, base+to+"?limit=1&cursor="+page.Next, want)
		}
	}
}
