package talent

// Skill is an entry of the taxonomy. The id is stable and readable ("machine-learning"); the names are what
// pages show.
type Skill struct {
	ID, NameEN, NameZH string
	Category           string // field, method, model, framework, language, data, infrastructure, hardware, practice
}
