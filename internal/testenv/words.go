package testenv

import (
	"testing"

	"github.com/gapwatch/gapwatch/internal/terms"
	"github.com/gapwatch/gapwatch/internal/words"
)

// Words returns the catalogue by language, and the skills of the program.
func Words(t testing.TB) (map[string]words.Messages, *terms.Skills) {
	t.Helper()
	text, err := words.LoadAll()
	if err != nil {
		t.Fatal(err)
	}
	skills, err := terms.NewSkills(text)
	if err != nil {
		t.Fatal(err)
	}
	return text, skills
}
