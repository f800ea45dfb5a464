package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/gapwatch/gapwatch/internal/testenv"
)

// leaf is a command with what it needs to be parsed.
type leaf struct {
	*kong.Node
	words []string // the command as it is typed
	args  []string // required arguments and flags, with names that nothing has
}

// leaves are the program's commands.
func leaves(t *testing.T) []leaf {
	t.Helper()
	parser, err := kong.New(&cli{}, kong.Name("gapwatch"))
	if err != nil {
		t.Fatal(err)
	}
	var out []leaf
	for _, node := range parser.Model.Leaves(true) {
		l := leaf{Node: node, words: strings.Fields(strings.TrimPrefix(strings.Split(node.FullPath(), " <")[0], "gapwatch "))}
		for _, p := range node.Positional {
			if p.Required {
				l.args = append(l.args, "nosuch")
			}
		}
		for _, f := range node.Flags {
			if f.Required {
				l.args = append(l.args, "--"+f.Name, first(f.Enum, "nosuch"))
			}
		}
		out = append(out, l)
	}
	return out
}

func first(enum, otherwise string) string {
	if enum == "" {
		return otherwise
	}
	return strings.Split(enum, ",")[0]
}

// makes says which commands may be given a directory that is not there, and why. Every other one is about what is
// there, also one that is added.
var makes = map[string]string{
	"up": "makes one", "store": "makes one", "migrate": "makes one", "import": "makes one, once its files are there",
	"crawl": "waits for whoever makes one", "aggregate": "waits", "alert": "waits, unless --once", "serve": "waits",
	"init": "has none", "config check": "has none", "config print": "has none", "extract": "has none", "openapi": "has none", "version": "has none",
}

// TestMistypedData: a command that is about what is there makes no directory and finds nothing good in a mistyped one.
func TestMistypedData(t *testing.T) {
	t.Chdir(t.TempDir())
	tried := 0
	try := func(args ...string) {
		tried++
		code, stdout, stderr := gapwatch(t, "", append(args, "--data", "dta")...)
		if code != exitUsage || !strings.Contains(stderr, "dta is not a data directory") || stdout != "" {
			t.Errorf("%v: exit %d: %s%s", args, code, stdout, stderr)
		}
		if _, err := os.Stat("dta"); err == nil {
			t.Fatalf("%v: the mistyped directory was made", args)
		}
	}
	unused := maps.Clone(makes)
	for _, l := range leaves(t) {
		name := strings.Join(l.words, " ")
		if _, ok := makes[name]; ok {
			delete(unused, name)
			continue
		}
		try(slices.Concat(l.words, l.args)...)
	}
	try("alert", "--once")
	if tried < 20 || len(unused) > 0 {
		t.Errorf("%d commands tried, and there is no %v", tried, unused)
	}
	if code, _, stderr := gapwatch(t, "", "import", "--source", "a", "--data", "dta", "nosuch.csv"); code != exitUsage || !strings.Contains(stderr, "nosuch.csv") {
		t.Errorf("import of a mistyped file: exit %d: %s", code, stderr)
	}
	if _, err := os.Stat("dta"); err == nil {
		t.Error("import made a directory for nothing")
	}
}

// free are the texts that name nothing which could be mistyped, by command and flag or argument.
var free = map[string]string{
	"up listen": "an address", "serve listen": "an address", "init path": "is written", "import source": "is made", "import map": "see TestExitCodes",
	"import format": "see TestExitCodes", "import employer": "any", "import path": "see TestMistypedData", "import grain": "enum", "alert as-of": "see TestExitCodes",
	"explain lang": "enum", "backtest from": "see TestExitCodes", "backtest through": "as from", "backtest grain": "enum", "key create org": "is made",
	"key create role": "enum", "request release by": "any", "request refuse by": "any", "source rename to": "is made", "repair backup": "see below",
}

// TestMistypedNames: whatever names a skill, a source, a region, an alert, a subscription, a request, a key or an
// organisation refuses a name that nothing has, says which, and what is meant.
func TestMistypedNames(t *testing.T) {
	dir, settings := testenv.Data(t)
	t.Chdir(t.TempDir())
	if err := os.WriteFile("gapwatch.yaml", []byte(settings+"sources: [{name: board, kind: lever, board: x}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("a.jsonl", []byte(`{"title":"engineer"}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := gapwatch(t, "", "migrate", "--data", dir); code != exitDone {
		t.Fatal(stderr)
	}
	const wrong = "nosuch"
	tried := 0
	try := func(name string, says string, args ...string) {
		tried++
		code, stdout, stderr := gapwatch(t, "", append(args, "--data", dir)...)
		if code != exitUsage || !strings.Contains(stderr, wrong) || says != "" && !strings.Contains(stderr, says) {
			t.Errorf("%s: %v: exit %d: %s%s, want it to say %q", name, args, code, stdout, stderr, says)
		}
	}
	says := map[string]string{ // what is meant, where the id alone is not enough of an answer
		"crawl now": "board", "backtest skill": "taxonomy", "key create region": "GB/T 2260", "import region": "province", "import industry": "GB/T 4754",
		"subscription list org": "gapwatch key list", "subscription stop id": "gapwatch subscription list", "subscription resume id": "gapwatch subscription list",
		"source show source": "no source", "source remove source": "no source", "source rename source": "no source",
	}
	used := map[string]bool{}
	for _, l := range leaves(t) {
		command := strings.Join(l.words, " ")
		check := func(name string, args ...string) {
			key := command + " " + name
			used[key] = true
			if _, ok := free[key]; !ok {
				try(key, says[key], args...)
			}
		}
		for _, p := range l.Positional {
			if p.Target.Kind().String() != "bool" {
				check(p.Name, slices.Concat(l.words, l.args)...)
			}
		}
		for _, f := range l.Flags {
			if f.IsBool() || f.Name == "help" || f.Tag.TypeName == "int" || f.Target.Kind().String() == "int" || slices.Contains([]string{"config", "data", "log-level"}, f.Name) {
				continue
			}
			args := slices.Concat(l.words, []string{"--" + f.Name, wrong})
			for i, a := range l.args {
				if a == wrong && command == "import" { // the file is there, only the name is wrong
					a = "a.jsonl"
					if i > 0 && l.args[i-1] == "--source" {
						a = "new"
					}
				}
				args = append(args, a)
			}
			check(f.Name, args...)
		}
	}
	for key := range free {
		if !used[key] {
			t.Errorf("there is no %s", key)
		}
	}
	if tried < 14 {
		t.Errorf("only %d names were tried", tried)
	}
	try("repair backup", "", "repair", "--backup", wrong)
	if code, stdout, stderr := gapwatch(t, "", "backtest", "--skill", "PyTorch", "--data", dir); code != exitDone {
		t.Errorf("a skill by its name: exit %d: %s%s", code, stdout, stderr)
	}
	if code, stdout, _ := gapwatch(t, "", "source", "list", "--data", dir); code != exitDone || strings.Count(stdout, "\n") != 1 {
		t.Errorf("a failed import left a source: %s", stdout)
	}
}

// TestEmptyFiles: an empty dump imports nothing, says so, and leaves no source that waits.
func TestEmptyFiles(t *testing.T) {
	dir, settings := testenv.Data(t)
	t.Chdir(t.TempDir())
	if err := os.WriteFile("gapwatch.yaml", []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := gapwatch(t, "", "migrate", "--data", dir); code != exitDone {
		t.Fatal(stderr)
	}
	for name, text := range map[string]string{"empty.csv": "", "header.csv": "title,company\n", "empty.jsonl": "", "noise.jsonl": "nonsense\n", "folder/empty.tsv": ""} {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		code, stdout, stderr := gapwatch(t, "", "import", "--source", "s", "--data", dir, strings.Split(name, "/")[0])
		if said := stdout + stderr; !strings.Contains(said, "0 postings sent") {
			t.Errorf("%s: exit %d: %s", name, code, said)
		}
	}
	if code, stdout, stderr := gapwatch(t, "", "source", "list", "--data", dir); code != exitDone || strings.Contains(stdout, "waiting") {
		t.Errorf("a source waits for ever:\n%s%s", stdout, stderr)
	}
	if err := os.WriteFile("empty.yaml", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if code, stdout, stderr := gapwatch(t, "", "config", "check", "--config", "empty.yaml"); code != exitDone {
		t.Errorf("an empty configuration is the default one: exit %d: %s%s", code, stdout, stderr)
	}
	if code, stdout, _ := gapwatch(t, "", "extract"); code != exitDone || stdout != "" {
		t.Errorf("extract of nothing: exit %d: %s", code, stdout)
	}
}
