// Package layout holds no code, only the test that keeps the walls of docs/design.md standing.
package layout

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gapwatch/gapwatch/internal/testenv"
)

const module = "github.com/gapwatch/gapwatch/"

// stages never import one another: they meet in Kafka and ClickHouse.
var stages = []string{"ingest", "aggregate", "alerts", "dashboards"}

// pure packages do no I/O and know no clock; what they may import beside the pure part of the standard library.
var pure = map[string][]string{
	"ingest/robots":       nil,
	"ingest/parse":        {"github.com/PuerkitoBio/goquery", "github.com/andybalholm/cascadia", "github.com/mmcdole/gofeed", "golang.org/x/net/html", module + "internal/budget", module + "internal/talent", module + "internal/text"},
	"ingest/dump/table":   {module + "internal/budget", module + "internal/fastjson", module + "internal/talent", module + "internal/text"},
	"aggregate/normalise": {"golang.org/x/text", module + "internal"},
	"aggregate/skills":    {"go.yaml.in/yaml/v3", module + "internal/taxonomy", module + "internal/text"},
	"aggregate/dedup":     {"golang.org/x/text", module + "internal/talent", module + "internal/text"},
	"alerts/judge/band":   {"gonum.org/v1/gonum", module + "internal/talent"},
	"internal/fastjson":   nil,
	"internal/talent":     {module + "internal/fastjson"},
	"internal/taxonomy":   {"github.com/mozillazg/go-pinyin", "go.yaml.in/yaml/v3", "golang.org/x/text", module + "internal/talent"},
	"internal/text":       {"golang.org/x/net/html", "golang.org/x/text"},
	"internal/mask":       {module + "internal/talent", module + "internal/text"},
	"internal/codes":      {"golang.org/x/text", module + "internal/talent"},
	"internal/words":      {"go.yaml.in/yaml/v3", module + "internal/codes", module + "internal/talent"},
}

// impure are packages of the standard library that reach outside.
var impure = []string{"net", "net/http", "os", "os/exec", "database/sql", "syscall", "log", "log/slog"}

// only says which folder alone may import a library.
var only = map[string]string{
	"github.com/segmentio/kafka-go":       "internal/kafka",
	"github.com/ClickHouse/clickhouse-go": "internal/clickhouse",
	"github.com/twmb/franz-go":            "internal/embedded",
	"github.com/ebitengine/purego":        "internal/embedded",
	"github.com/alecthomas/kong":          "cmd",
	"github.com/mozillazg/go-pinyin":      "internal/taxonomy",
	"code.dny.dev/ssrf":                   "ingest/fetch",
	"github.com/robfig/cron":              "internal/schedule",
	"github.com/caarlos0/env":             "cmd/gapwatch/config",
	"github.com/hanwen/go-fuse":           "internal/powercut",
}

// writers are what puts files into a directory without making them last; who may use them, and why.
var writers = []string{"os.WriteFile", "os.Create", "os.CreateTemp", "os.OpenFile", "os.Rename", "os.Mkdir", "os.MkdirAll", "os.Link", "os.Symlink"}

var mayWrite = map[string]string{
	"internal/durable/durable.go":    "is the one way",
	"internal/embedded/directory.go": "the lock's content is for messages only",
	"cmd/gapwatch/init.go":           "a configuration is written where its user stands, and must not replace another",
	"internal/codes/gen/main.go":     "writes source code",
	"internal/powercut/powercut.go":  "is for tests",
	"internal/powercut/cut.go":       "is for tests",
	"internal/testenv/testenv.go":    "is for tests",
}

func TestImports(t *testing.T) {
	eachSource(t, func(rel string, f *ast.File) {
		pkg := path.Dir(rel)
		for _, spec := range f.Imports {
			imp, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			checkImport(t, rel, pkg, imp)
		}
		if _, ok := pure[pkg]; ok {
			checkClock(t, rel, f)
		}
		if _, ok := mayWrite[rel]; !ok {
			checkWriters(t, rel, f)
		}
		checkConfigs(t, rel, f)
		checkMetrics(t, rel, f)
	})
}

// eachSource parses every Go file of the project that is not a test; rel is its path from the root, with slashes.
func eachSource(t *testing.T, look func(rel string, f *ast.File)) {
	t.Helper()
	root := testenv.Root(t)
	for _, file := range sources(t, root) {
		rel, err := filepath.Rel(root, file)
		if err != nil {
			t.Fatal(err)
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		look(filepath.ToSlash(rel), f)
	}
}

// sources lists the Go files of the project that are not tests.
func sources(t *testing.T, root string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := d.Name(); d.IsDir() && path != root && (name == "node_modules" || path == filepath.Join(root, "tools") || strings.HasPrefix(name, ".")) {
			return filepath.SkipDir
		}
		if !d.IsDir() && strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
			out = append(out, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func checkImport(t *testing.T, file, pkg, imp string) {
	if own, ok := strings.CutPrefix(imp, module); ok {
		from, to := top(pkg), top(own)
		if slices.Contains(stages, from) && slices.Contains(stages, to) && from != to {
			t.Errorf("%s imports %s: stages share no memory, they meet in Kafka and ClickHouse", file, own)
		}
		if from == "internal" && slices.Contains(stages, to) {
			t.Errorf("%s imports %s: internal packages serve the stages and know none of them", file, own)
		}
		if to == "cmd" && from != "cmd" {
			t.Errorf("%s imports %s: nothing imports cmd", file, own)
		}
	}
	if slices.Contains(stages, top(pkg)) && imp == module+"internal/clickhouse" {
		t.Errorf("%s imports %s: a stage states the store that it needs as a small interface; cmd hands it the store", file, imp)
	}
	for lib, home := range only {
		if (imp == lib || strings.HasPrefix(imp, lib+"/")) && pkg != home && !strings.HasPrefix(pkg, home+"/") {
			t.Errorf("%s imports %s: only %s may", file, imp, home)
		}
	}
	allowed, isPure := pure[pkg]
	if !isPure {
		return
	}
	standard := !strings.Contains(strings.SplitN(imp, "/", 2)[0], ".")
	switch {
	case standard && slices.Contains(impure, imp):
		t.Errorf("%s imports %s: %s is pure and does no I/O", file, imp, pkg)
	case !standard && !slices.ContainsFunc(allowed, func(a string) bool {
		return imp == a || strings.HasPrefix(imp, a+"/") || strings.HasPrefix(imp, module+pkg+"/")
	}):
		t.Errorf("%s imports %s: the pure package %s may import %v only", file, imp, pkg, allowed)
	}
}

func top(pkg string) string { return strings.SplitN(pkg, "/", 2)[0] }
