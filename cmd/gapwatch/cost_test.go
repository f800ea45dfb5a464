package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"path/filepath"
	"runtime"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gapwatch/gapwatch/cmd/gapwatch/config"
	"github.com/gapwatch/gapwatch/internal/org"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/taxonomy"
	"github.com/gapwatch/gapwatch/internal/testenv"
	"github.com/gapwatch/gapwatch/internal/testenv/hostile"
)

// What an answer may cost: a constant, and so much for each byte that was sent. The margins are wide, because other
// work of the process is measured along; the attacks that are thrown went beyond them by factors of 50 to 10,000.
const (
	outConstant, outFactor     = 256 << 10, 2
	pageConstant               = 4 << 20 // the largest page, script or document
	allocConstant, allocFactor = 24 << 20, 80
	packedConstant             = 192 << 20 // allocated, not held, while a packed table is read as a stream
	cpuConstant, cpuPerMiB     = 4 * time.Second, 3 * time.Second
)

// route is one thing that the server answers.
type route struct{ method, path string }

// routes lists everything that the program's server answers: the operations by its OpenAPI document, the rest by
// the patterns in the source, so that a new one cannot be forgotten here.
func routes(t *testing.T, openapi []byte) []route {
	t.Helper()
	found := map[route]bool{}
	var doc struct{ Paths map[string]map[string]any }
	if err := json.Unmarshal(openapi, &doc); err != nil {
		t.Fatal(err)
	}
	for path, item := range doc.Paths {
		for method := range item {
			found[route{strings.ToUpper(method), path}] = true
		}
	}
	if len(found) < 15 {
		t.Fatalf("%d operations in the document", len(found))
	}
	operations := len(found)
	root := testenv.Root(t)
	for _, room := range []string{"cmd", "ingest", "aggregate", "alerts", "dashboards", "internal/httpd"} {
		err := filepath.WalkDir(filepath.Join(root, room), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(f, func(n ast.Node) bool {
				for _, p := range pattern(n) {
					method, path, ok := strings.Cut(p, " ")
					if !ok {
						method, path = http.MethodGet, p
					}
					found[route{method, path}] = true
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(found) < operations+15 {
		t.Fatalf("only %d patterns in the source", len(found)-operations)
	}
	out := make([]route, 0, len(found))
	for r := range found {
		out = append(out, r)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].path+out[i].method < out[j].path+out[j].method })
	return out
}

// pattern is the literal pattern of a call of Handle or HandleFunc.
func pattern(n ast.Node) []string {
	call, ok := n.(*ast.CallExpr)
	if !ok || len(call.Args) != 2 {
		return nil
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != "Handle" && sel.Sel.Name != "HandleFunc" {
		return nil
	}
	switch arg := call.Args[0].(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(arg.Value)
		if err != nil {
			return nil
		}
		return []string{s}
	case *ast.BinaryExpr: // a method and a path, in the API
		if lit, ok := arg.Y.(*ast.BasicLit); ok {
			s, err := strconv.Unquote(lit.Value)
			if err != nil {
				return nil
			}
			return []string{http.MethodPost + s}
		}
	}
	return nil
}

// served is the program's own server with everything registered, over a real store and broker.
func served(t *testing.T, change func(*config.Config)) (s *stage, base string) {
	t.Helper()
	cfg := config.Default()
	cfg.HTTP.Listen = "127.0.0.1:0"
	cfg.Dashboards.CacheFor = 0
	change(&cfg)
	s = &stage{cfg: cfg, logger: testenv.Logger(t), registry: prometheus.NewRegistry(),
		backend: &backend{store: testenv.Store(t), kafka: testenv.Kafka(t)}}
	known, err := taxonomy.Embedded()
	if err == nil {
		err = s.backend.store.PutSkills(t.Context(), known.Skills(), 1)
	}
	if err != nil {
		t.Fatal(err)
	}
	webhooks, err := newWebhooks(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(webhooks.Close)
	server, err := newServer(s, webhooks, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Listen(t.Context()); err != nil {
		t.Fatal(err)
	}
	keepRunning(t, server.Run)
	return s, "http://" + server.Addr()
}

// keepRunning runs a part of the program until the test ends.
func keepRunning(t *testing.T, run func(context.Context) error) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

// key makes a key of an organisation.
func (s *stage) key(t *testing.T, name string, role talent.Role) string {
	t.Helper()
	_, key, err := org.CreateKey(t.Context(), s.backend.store, name, role, "")
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// unwatched waits for nothing that was written to become visible: no aggregator runs.
func unwatched(cfg *config.Config) { cfg.Requests.VisibleWait, cfg.Supply.VisibleWait = 0, 0 }

// cost is what one answer took.
type cost struct {
	status         int
	in, out, alloc int64
	cpu            time.Duration
}

func measure(t *testing.T, method, address, key, contentType string, body []byte) (c cost) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Content-Type", contentType)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	used := testenv.CPU(t)
	res, err := http.DefaultClient.Do(req)
	c.in = int64(len(address) + len(body))
	if err == nil {
		c.status = res.StatusCode
		c.out, err = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
	}
	// An answer that comes before the body is read ends the connection under the client's writing.
	if err != nil && len(body) == 0 {
		t.Errorf("%s %.100s: %v", method, address, err)
	}
	c.cpu = testenv.CPU(t) - used
	runtime.ReadMemStats(&after)
	c.alloc = int64(after.TotalAlloc - before.TotalAlloc)
	return c
}

// TestCostOfEveryRoute throws every hostile body and query at everything that the server answers: what comes out, and
// what is allocated and computed for it, stays within a constant and a small multiple of what went in.
func TestCostOfEveryRoute(t *testing.T) {
	s, base := served(t, unwatched)
	key := s.key(t, "Operator", talent.RoleAdmin)
	res, err := http.Get(base + "/api/v1/openapi.json") //nolint:noctx // a test's own server
	if err != nil {
		t.Fatal(err)
	}
	document, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if err != nil {
		t.Fatal(err)
	}
	// Below the limits of the operations that take JSON, and beyond them.
	bodies := append(hostile.Bodies(60<<10), hostile.Bodies(512<<10)...)
	worst := map[string]struct {
		ratio float64
		what  string
	}{}
	note := func(what, of string, n, in float64) {
		if r := n / in; r > worst[of].ratio {
			w := worst[of]
			w.ratio, w.what = r, what
			worst[of] = w
		}
	}
	requests, statuses := 0, map[int]int{}
	judge := func(what string, c cost, constant, allocConstant int64) {
		requests++
		statuses[c.status]++
		if c.in >= 32<<10 {
			note(what, "bytes out for a byte in", float64(c.out), float64(c.in))
			note(what, "bytes allocated for a byte in", float64(c.alloc), float64(c.in))
			note(what, "s of the processors for a MiB in", c.cpu.Seconds(), float64(c.in)/(1<<20))
		}
		if c.status >= 500 && c.status != http.StatusServiceUnavailable {
			t.Errorf("%s: status %d", what, c.status)
		}
		if most := constant + outFactor*c.in; c.out > most {
			t.Errorf("%s: %d bytes in, %d out, at most %d are right", what, c.in, c.out, most)
		}
		if most := allocConstant + allocFactor*c.in; c.alloc > most {
			t.Errorf("%s: %d bytes in, %d allocated, at most %d are right", what, c.in, c.alloc, most)
		}
		if most := cpuConstant + time.Duration(float64(c.in)/(1<<20)*float64(cpuPerMiB)); c.cpu > most {
			t.Errorf("%s: %d bytes in, %s of the processors, at most %s are right", what, c.in, c.cpu, most)
		}
	}
	for _, r := range routes(t, document) {
		path := base + concrete(r.path)
		if slices.Contains([]string{http.MethodPost, http.MethodPut, http.MethodPatch}, r.method) {
			for _, query := range []string{"", "?preview=true"} { // which operations without a preview pass over
				for _, b := range bodies {
					alloc := int64(allocConstant)
					if strings.HasPrefix(b.Name, "xlsx") {
						alloc = packedConstant
					}
					judge(fmt.Sprintf("%s %s%s, %s", r.method, r.path, query, b.Name), measure(t, r.method, path+query, key, b.ContentType, b.Data), outConstant, alloc)
				}
			}
			continue
		}
		for name, q := range queries() {
			judge(fmt.Sprintf("%s %s?%s", r.method, r.path, name), measure(t, r.method, path+"?"+q, key, "", nil), pageConstant, allocConstant)
		}
	}
	if requests < 300 {
		t.Errorf("only %d requests", requests)
	}
	t.Logf("%d requests, by status (0: cut off): %v", requests, statuses)
	for of, w := range worst {
		t.Logf("at worst %.2f %s: %s", w.ratio, of, w.what)
	}
}

// concrete puts something in the places of a pattern.
func concrete(pattern string) string {
	var out []string
	for part := range strings.SplitSeq(strings.TrimSuffix(pattern, "{$}"), "/") {
		if strings.HasPrefix(part, "{") {
			part = url.PathEscape("../" + strings.Repeat("x", 40))
		}
		out = append(out, part)
	}
	return strings.Join(out, "/")
}

// queries are what may stand after the path, each below the limit of headers.
func queries() map[string]string {
	const size = 12 << 10
	return map[string]string{
		"nothing":         "",
		"the most":        "limit=500&all=1&skill=pytorch&bands=true",
		"a long value":    "q=" + strings.Repeat("x", size) + "&cursor=" + strings.Repeat("x", 1000),
		"many parameters": strings.Repeat("a=1&", size/4),
		"many skills":     strings.Repeat("skill=pytorch&", size/14),
		"escapes":         "q=" + strings.Repeat("%3C", size/3),
	}
}
