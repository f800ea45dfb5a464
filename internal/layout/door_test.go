package layout

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// mayNameTopic are the files that write to a topic that the code does not name as a constant; why they do not write
// postings.
var mayNameTopic = map[string]string{
	"ingest/intake/intake.go":    "is given the topic by requests and programmes, whose calls are looked at",
	"cmd/gapwatch/deadletter.go": "puts messages back as they were, and those of postings came through the door",
}

// Postings reach Kafka by ingest/outbox alone: there they are masked, cut and counted.
func TestOneDoorForPostings(t *testing.T) {
	eachSource(t, func(rel string, f *ast.File) {
		for _, wrong := range besideTheDoor(rel, f) {
			t.Errorf("%s %s: ingest/outbox alone writes postings to Kafka, so that each is masked, cut and counted", rel, wrong)
		}
	})
}

// The rule sees what it is for.
func TestBesideTheDoor(t *testing.T) {
	for code, want := range map[string]int{
		`bus.Write(ctx, talent.TopicPostings, m)`:                      1,
		`intake.Write(ctx, w, time.Second, log, talent.TopicPostings)`: 1,
		`bus.Write(ctx, topic, m)`:                                     1,
		`bus.Write(ctx, "postings.v1", m)`:                             2,
		`bus.Consume(ctx, "postings.v1")`:                              1,
		`bus.Write(ctx, talent.TopicRequests, m)`:                      0,
		`out.Write(ctx, postings)`:                                     0,
		`bus.Scan(ctx, "", talent.TopicPostings, each)`:                0,
	} {
		f, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x\nfunc f() { "+code+" }", 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := besideTheDoor("x/x.go", f); len(got) != want {
			t.Errorf("%s: %q, want %d", code, got, want)
		}
	}
}

// besideTheDoor lists what a file does that may write postings: a write to their topic, a write to a topic that is not
// one of the constants, and the name of their topic in words.
func besideTheDoor(file string, f *ast.File) []string {
	if strings.HasPrefix(file, "ingest/outbox/") || file == "internal/talent/topics.go" {
		return nil
	}
	var wrong []string
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BasicLit:
			if s, err := strconv.Unquote(n.Value); err == nil && s == talent.TopicPostings {
				wrong = append(wrong, "names "+s+" in words")
			}
		case *ast.CallExpr:
			call, ok := n.Fun.(*ast.SelectorExpr)
			if !ok || call.Sel.Name != "Write" || len(n.Args) < 3 {
				return true
			}
			named := false
			for _, a := range n.Args {
				if s, ok := a.(*ast.SelectorExpr); ok && strings.HasPrefix(s.Sel.Name, "Topic") {
					named = true
					if s.Sel.Name == "TopicPostings" {
						wrong = append(wrong, "writes to TopicPostings")
					}
				}
			}
			if _, ok := mayNameTopic[file]; !named && !ok {
				wrong = append(wrong, "writes to a topic that is no constant")
			}
		}
		return true
	})
	return wrong
}
