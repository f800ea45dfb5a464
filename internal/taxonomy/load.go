package taxonomy

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"github.com/gapwatch/gapwatch/internal/talent"
)

//go:embed *.yaml
var files embed.FS

// Entry is one skill as a taxonomy file states it.
//
// All surface forms of a skill stand in one of four lists, by how much the form alone says:
//
//	aliases  in any case; hyphen and space are equal and may be left out ("scikit-learn", "scikit learn",
//	         "scikitlearn"); a plural s and a version number may follow
//	exact    only in this case ("RAG", not "rag")
//	guarded  only in this case, and only in a list with another skill or near a word of context ("Go")
//	listed   in any case, and only in a list with another skill ("python/go/java")
//
// The names count as aliases unless names is false; a Chinese one with Latin letters in it never does. A phrase under not
// hides every form inside it ("go to").
type Entry struct {
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

	Category string `yaml:"-"`
	file     string
}

type taxonomyFile struct {
	Category string  `yaml:"category"`
	Skills   []Entry `yaml:"skills"`
}

// Taxonomy is one edition of the skills.
type Taxonomy struct {
	Entries []Entry // in the order of the files
	source  []byte  // the files, one after the other
}

// Embedded is the taxonomy of this program, read once. An error means that it contradicts itself.
func Embedded() (*Taxonomy, error) { return embedded() }

var embedded = sync.OnceValues(func() (*Taxonomy, error) { return Load(files) })

// Load reads *.yaml of fsys. An error names every entry that is incomplete or ambiguous; clashes between surface forms
// are found by whoever compiles them.
func Load(fsys fs.FS) (*Taxonomy, error) {
	names, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list taxonomy files: %w", err)
	}
	if len(names) == 0 {
		return nil, errors.New("load the skill taxonomy: no file *.yaml")
	}
	t := &Taxonomy{}
	for _, name := range names {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		t.source = append(t.source, data...)
		var f taxonomyFile
		d := yaml.NewDecoder(bytes.NewReader(data))
		d.KnownFields(true)
		if err := d.Decode(&f); err != nil {
			return nil, fmt.Errorf("parse %s: %w", name, err)
		}
		for i := range f.Skills {
			f.Skills[i].Category, f.Skills[i].file = f.Category, name
		}
		t.Entries = append(t.Entries, f.Skills...)
	}
	return t, checkEntries(t.Entries)
}

// Version is a hash of the taxonomy's files and of rules, those by which its forms are found, 12 hexadecimal digits: a
// change of either shows in stored facts.
func (t *Taxonomy) Version(rules []byte) string {
	hash := sha256.New()
	hash.Write(t.source)
	hash.Write(rules)
	return hex.EncodeToString(hash.Sum(nil)[:6])
}

// Skills lists the taxonomy as the store keeps it, sorted by id.
func (t *Taxonomy) Skills() []talent.Skill {
	out := make([]talent.Skill, len(t.Entries))
	for i, e := range t.Entries {
		out[i] = talent.Skill{ID: e.ID, NameEN: e.NameEN, NameZH: e.NameZH, Category: e.Category}
	}
	slices.SortFunc(out, func(a, b talent.Skill) int { return strings.Compare(a.ID, b.ID) })
	return out
}

// checkEntries refuses what would make ids or guards ambiguous; clashes of surface forms are found when the
// matcher is built.
func checkEntries(entries []Entry) error {
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
		switch e.Category {
		case "field", "method", "model", "framework", "language", "data", "infrastructure", "hardware", "practice":
		default:
			bad("unknown category %q", e.Category)
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

// Forms are the surface forms that say enough alone, in any case.
func (e Entry) Forms() []string {
	if e.Names != nil && !*e.Names {
		return slices.Clone(e.Aliases)
	}
	names := []string{e.NameEN}
	if !strings.ContainsFunc(e.NameZH, func(r rune) bool { return r < 0x80 }) {
		names = append(names, e.NameZH) // "Python 语言" is for pages: texts name Python
	}
	return append(names, e.Aliases...)
}
