package main

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"
	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"

	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

// readme is what a README promises: commands, as a shell would split them, and pages.
type readme struct {
	commands [][]string
	pages    []string
}

// readReadme collects every command of a README, in blocks and in the text, also those inside $( ).
func readReadme(t *testing.T, name string) (r readme) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(testenv.Root(t), name))
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	var code []string
	fences := regexp.MustCompile("(?s)```(\\w*)\n(.*?)```")
	for _, m := range fences.FindAllStringSubmatch(text, -1) {
		if m[1] == "sh" {
			code = append(code, m[2])
		}
	}
	text = fences.ReplaceAllString(text, "")
	for _, m := range regexp.MustCompile("`((?:make|bin/gapwatch|gapwatch|curl|docker) [^`]+)`").FindAllStringSubmatch(text, -1) {
		code = append(code, m[1])
	}
	for _, m := range regexp.MustCompile(`<http://127\.0\.0\.1:8080(/[^>]*)>`).FindAllStringSubmatch(text, -1) {
		r.pages = append(r.pages, m[1])
	}
	for _, block := range code {
		f, err := syntax.NewParser().Parse(strings.NewReader(block), name)
		if err != nil {
			t.Fatalf("%s: %v in\n%s", name, err, block)
		}
		syntax.Walk(f, func(n syntax.Node) bool {
			call, ok := n.(*syntax.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			words, err := expand.Fields(&expand.Config{Env: expand.ListEnviron("KEY=$KEY", "ALERT=$ALERT", "EDITOR=$EDITOR")}, call.Args...)
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			r.commands = append(r.commands, words)
			return true
		})
	}
	return r
}

// reader runs what a README says, as far as it can be run without a sample market.
type reader struct {
	t    *testing.T
	base string
	*stage
	held string // the key that the README made last
	api  struct {
		Paths map[string]map[string]struct {
			Parameters []struct{ Name, In string }
		}
	}
	targets, services []string
}

func (r *reader) run(words []string) {
	r.t.Helper()
	line := strings.Join(words, " ")
	switch words[0] {
	case "make":
		for _, w := range words[1:] {
			if !slices.Contains(r.targets, w) && !strings.Contains(w, "=") {
				r.t.Errorf("%s: the Makefile has no target %s", line, w)
			}
		}
	case "bin/gapwatch", "gapwatch":
		parser, err := kong.New(&cli{}, kong.Name("gapwatch"))
		if err != nil {
			r.t.Fatal(err)
		}
		if _, err := parser.Parse(words[1:]); err != nil {
			r.t.Errorf("%s: %v", line, err)
		}
		if i := slices.Index(words, "--role"); i > 0 {
			r.held = r.key(r.t, words[slices.Index(words, "--org")+1], talent.Role(words[i+1]))
		}
	case "docker":
		if i := slices.Index(words, "exec"); i > 0 {
			if !slices.Contains(r.services, words[i+1]) {
				r.t.Errorf("%s: the compose file has no service %s", line, words[i+1])
			}
			r.run(words[i+2:])
		}
	case "curl":
		r.curl(line, words[1:])
	case "grep", "head", "tail", "cut", "$EDITOR":
	default:
		r.t.Errorf("%s: nothing is known of the command %s", line, words[0])
	}
}

// curl sends what the command says, and holds path, parameters and headers against the OpenAPI document.
func (r *reader) curl(line string, words []string) {
	r.t.Helper()
	method, address, body, contentType := http.MethodGet, "", []byte(nil), ""
	header := http.Header{}
	for i := 0; i < len(words); i++ {
		switch w := words[i]; {
		case w == "-s":
		case w == "-o":
			i++
		case w == "-X":
			i++
			method = words[i]
		case w == "-H":
			i++
			name, value, _ := strings.Cut(words[i], ": ")
			header.Set(name, strings.ReplaceAll(value, "$KEY", r.held))
		case w == "-d":
			i++
			method, body = http.MethodPost, []byte(words[i])
		case w == "-F":
			i++
			method = http.MethodPost
			body, contentType = form(r.t, words[i])
			header.Set("Content-Type", contentType)
		case strings.HasPrefix(w, "http://127.0.0.1:8080"):
			address = strings.TrimPrefix(w, "http://127.0.0.1:8080")
		default:
			r.t.Errorf("%s: nothing is known of %s", line, w)
		}
	}
	u, err := url.Parse(address)
	if err != nil {
		r.t.Fatal(err)
	}
	if strings.HasPrefix(u.Path, "/api/") {
		op, ok := r.api.Paths[u.Path][strings.ToLower(method)]
		if !ok {
			r.t.Errorf("%s: no operation %s %s", line, method, u.Path)
		}
		declared := map[string]bool{"header authorization": true, "header content-type": true}
		for _, p := range op.Parameters {
			declared[p.In+" "+strings.ToLower(p.Name)] = true
		}
		for name := range u.Query() {
			if !declared["query "+name] {
				r.t.Errorf("%s: %s has no parameter %s", line, u.Path, name)
			}
		}
		for name := range header {
			if !declared["header "+strings.ToLower(name)] {
				r.t.Errorf("%s: %s has no header %s", line, u.Path, name)
			}
		}
	}
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.base+address, bytes.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header = header
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	said, err := io.ReadAll(res.Body)
	// The store is empty here, and not rolled up: /readyz says so.
	if err != nil || res.StatusCode >= 400 && u.Path != "/readyz" {
		r.t.Errorf("%s: %s %.300s", line, res.Status, said)
	}
}

// form is the body of a file that a command uploads, with what the reader's own file could hold.
func form(t *testing.T, field string) (body []byte, contentType string) {
	t.Helper()
	name, file, _ := strings.Cut(field, "=@")
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile(name, file)
	if err == nil {
		_, err = io.WriteString(part, map[string]string{
			"requests.csv":   "技能,人数\n大模型,3\n",
			"programmes.csv": "school,name,degree,region,cohort_size,graduation_month,first_year\nLake,AI,bachelor,浙江,120,6,2024\n",
		}[file])
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), w.FormDataContentType()
}

// TestReadme holds every command of both READMEs against the command line, the Makefile, the compose file and the API, and
// opens every page that they name.
func TestReadme(t *testing.T) {
	s, base := served(t, unwatched)
	r := &reader{t: t, base: base, stage: s}
	res, err := http.Get(base + "/api/v1/openapi.json") //nolint:noctx // a test's own server
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&r.api); err != nil {
		t.Fatal(err)
	}
	makefile, err := os.ReadFile(filepath.Join(testenv.Root(t), "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^([a-z0-9]+):`).FindAllStringSubmatch(string(makefile), -1) {
		r.targets = append(r.targets, m[1])
	}
	compose, err := os.ReadFile(filepath.Join(testenv.Root(t), "docker-compose.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var services composeFile
	if err := yaml.Unmarshal(compose, &services); err != nil {
		t.Fatal(err)
	}
	for name := range services.Services {
		r.services = append(r.services, name)
	}
	var shape []string // of the first README: the words that do not depend on the language
	for _, name := range []string{"README.md", "README.zh-CN.md"} {
		promised := readReadme(t, name)
		if len(promised.commands) < 25 || len(promised.pages) < 4 {
			t.Fatalf("%s: only %d commands and %d pages", name, len(promised.commands), len(promised.pages))
		}
		var own []string
		for _, words := range promised.commands {
			r.run(words)
			own = append(own, words[0])
			for _, w := range words[1:] {
				if strings.HasPrefix(w, "-") || words[0] == "make" {
					own = append(own, w)
				}
			}
		}
		for _, page := range promised.pages {
			if page != "/mailbox" { // the sample market's
				r.curl(page, []string{"http://127.0.0.1:8080" + page})
			}
		}
		if shape == nil {
			shape = own
		} else if !slices.Equal(shape, own) {
			t.Errorf("the two READMEs have different commands:\n%v\n%v", shape, own)
		}
		t.Logf("%s: %d commands, %d pages", name, len(promised.commands), len(promised.pages))
	}
}
