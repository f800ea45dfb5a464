// Package skills holds the taxonomy of AI and adjacent technical skills and the extractor that finds them in
// Chinese and English postings and course texts. It is pure: the taxonomy is embedded at build time.
package skills
