//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"
)

const (
	readers     = 20
	readsEach   = 30
	readerPause = 50 * time.Millisecond
)

// readPages: twenty people read pages of nine years of data at the same time; and one alert run judges everything.
func readPages(t *testing.T, p program, out *table, dir string) {
	const step = "6 load"
	began := time.Now()
	stdout, _, _ := p.run(t, 0, "alert", "--once", "--as-of", "2020-01-01", "--data", dir)
	out.add(step, "one alert run over all series, engine start included", "%.1f s: %s", time.Since(began).Seconds(), lastLine(stdout))
	up := p.start(t, "up", "--data", dir, "--listen", "127.0.0.1:0")
	base := up.ready(t, "Gapwatch is ready: ")
	for _, c := range []struct {
		name  string
		paths []string
	}{
		{"overview", []string{"/?grain=month", "/?grain=month&lang=en", "/?grain=month&region=US"}},
		{"skill page", []string{"/skills/docker?grain=month", "/skills/kubernetes?grain=month&lang=en", "/skills/deep-learning?grain=month"}},
		{"series of the API", []string{"/api/v1/series?skill=docker&grain=month", "/api/v1/series?skill=hadoop&grain=month&bands=true"}},
	} {
		took := read(t, base, c.paths)
		out.add(step, fmt.Sprintf("%s, %d parallel readers: p50 / p95 / max", c.name, readers), "%d / %d / %d ms",
			took[len(took)/2].Milliseconds(), took[len(took)*95/100].Milliseconds(), took[len(took)-1].Milliseconds())
	}
	up.stop(t)
}

// read lets every reader read the paths in turn and returns the sorted times of all answers.
func read(t *testing.T, base string, paths []string) []time.Duration {
	t.Helper()
	var mu sync.Mutex
	var took []time.Duration
	var group sync.WaitGroup
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: readers}}
	for r := range readers {
		group.Go(func() {
			for i := range readsEach {
				began := time.Now()
				req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, base+paths[(r+i)%len(paths)], nil)
				if err != nil {
					t.Error(err)
					return
				}
				res, err := client.Do(req)
				if err != nil {
					t.Error(err)
					return
				}
				_, err = io.Copy(io.Discard, res.Body)
				_ = res.Body.Close()
				if err != nil || res.StatusCode != http.StatusOK {
					t.Errorf("%s: %s %v", req.URL, res.Status, err)
					return
				}
				mu.Lock()
				took = append(took, time.Since(began))
				mu.Unlock()
				time.Sleep(readerPause)
			}
		})
	}
	group.Wait()
	if len(took) == 0 {
		t.Fatal("no page was read")
	}
	slices.Sort(took)
	return took
}
