// Package taxonomy holds the skills that Gapwatch knows: their ids, their names in both languages, and the surface forms
// by which texts and people call them. It is pure: the files are embedded at build time.
package taxonomy
