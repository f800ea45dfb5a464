package skills

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed taxonomy/*.yaml sections.yaml
var files embed.FS

// entry is one skill as a taxonomy file states it.
//
// All surface forms of a skill stand in one of four lists, by how much the form alone says:
//
//	aliases  in any case; hyphen and space are equal and may be left out ("scikit-learn", "scikit learn",
//	         "scikitlearn"); a plural s and a version number may follow
//	exact    only in this case ("RAG", not "rag")
//	guarded  only in this case, and only in a list with another skill or near a word of context ("Go")
//	listed   in any case, and only in a list with another skill ("python/go/java")
//
// The names count as aliases unless names is false; a Chinese one with Latin letters in it never does. A phrase under not hides every form inside it
// ("go to").
type entry struct {
	ID        string   `yaml:"id"`
	NameEN    string   `yaml:"name_en"`
	NameZH    string   `yaml:"name_zh"`
	Canonical string   `yaml:"canonical"` // the usual English name in lower case; name_en when empty
	Names     *bool    `yaml:"names"`
	Aliases   []string `yaml:"aliases"`
	Exact     []string `yaml:"exact"`
	Guarded   []string `yaml:"guarded"`
	Listed    []string `yaml:"listed"`
	Context   []string `yaml:"context"`
	Not       []string `yaml:"not"`

	category string
	file     string
}

type taxonomyFile struct {
	Category string  `yaml:"category"`
	Skills   []entry `yaml:"skills"`
}

type sectionWords struct {
	About     []string `yaml:"about"`
	AboutName []string `yaml:"about_name"`
	Job       []string `yaml:"job"`
	Self      []string `yaml:"self"`
	Hiring    []string `yaml:"hiring"`
	Major     []string `yaml:"major"`
	Degree    []string `yaml:"degree"`
	DegreeEnd []string `yaml:"degree_end"`
}

// load reads taxonomy/*.yaml and sections.yaml of fsys. The version is a hash of their bytes, so any change of
// them shows in stored facts.
func load(fsys fs.FS) (entries []entry, words sectionWords, version string, err error) {
	names, err := fs.Glob(fsys, "taxonomy/*.yaml")
	if err != nil {
		return nil, words, "", fmt.Errorf("list taxonomy files: %w", err)
	}
	if len(names) == 0 {
		return nil, words, "", errors.New("no file taxonomy/*.yaml")
	}
	hash := sha256.New()
	for _, name := range append(names, "sections.yaml") {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, words, "", fmt.Errorf("read %s: %w", name, err)
		}
		hash.Write(data)
		if name == "sections.yaml" {
			err = decodeStrict(data, &words)
		} else {
			var f taxonomyFile
			err = decodeStrict(data, &f)
			for i := range f.Skills {
				f.Skills[i].category, f.Skills[i].file = f.Category, path.Base(name)
			}
			entries = append(entries, f.Skills...)
		}
		if err != nil {
			return nil, words, "", fmt.Errorf("parse %s: %w", name, err)
		}
	}
	return entries, words, hex.EncodeToString(hash.Sum(nil)[:6]), checkEntries(entries)
}

func decodeStrict(data []byte, v any) error {
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	return d.Decode(v)
}

// checkEntries refuses what would make ids or guards ambiguous; clashes of surface forms are found when the
// matcher is built.
func checkEntries(entries []entry) error {
	var errs []error
	kebab := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	seen := map[string]string{}
	for _, e := range entries {
		bad := func(format string, args ...any) {
			errs = append(errs, fmt.Errorf("%s: skill %q: "+format, append([]any{e.file, e.ID}, args...)...))
		}
		if !kebab.MatchString(e.ID) {
			bad("the id is not in kebab-case")
		}
		if other, ok := seen[e.ID]; ok {
			bad("the id is also in %s", other)
		}
		seen[e.ID] = e.file
		if e.NameEN == "" || e.NameZH == "" {
			bad("name_en and name_zh are both needed")
		}
		switch e.category {
		case "field", "method", "model", "framework", "language", "data", "infrastructure", "hardware", "practice":
		default:
			bad("unknown category %q", e.category)
		}
		if len(e.Context) > 0 && len(e.Guarded) == 0 {
			bad("context without a guarded form has no effect")
		}
		if len(e.Guarded) > 0 && len(e.Context) == 0 {
			bad("guarded forms need words of context")
		}
		for _, form := range append(append([]string(nil), e.Exact...), e.Guarded...) {
			if strings.ContainsAny(form, " -") {
				bad("case-sensitive form %q may not hold spaces or hyphens", form)
			}
		}
	}
	return errors.Join(errs...)
}

func (e entry) aliases() []string {
	if e.Names != nil && !*e.Names {
		return e.Aliases
	}
	names := []string{e.NameEN}
	if !strings.ContainsFunc(e.NameZH, func(r rune) bool { return r < 0x80 }) {
		names = append(names, e.NameZH) // "Python 语言" is for pages: texts name Python
	}
	return append(names, e.Aliases...)
}

func (e entry) canonical() string {
	if e.Canonical != "" {
		return e.Canonical
	}
	return strings.ToLower(e.NameEN)
}
