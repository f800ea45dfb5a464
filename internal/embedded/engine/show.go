package engine

import (
	"strings"
)

// show recognises the few statements beside SELECT that clients list and describe tables with, and writes them anew
// from the names in them, so that nothing else of the text reaches the engine. The engine shows of these what the
// stranger's role may read.
func (g *gate) show(sql string) (string, bool) {
	words, ok := plainWords(sql)
	if !ok || len(words) == 0 {
		return "", false
	}
	upper := make([]string, len(words))
	for i, w := range words {
		upper[i] = strings.ToUpper(w)
	}
	switch first, rest := upper[0], words[1:]; first {
	case "SHOW":
		switch {
		case len(rest) == 1 && (upper[1] == "DATABASES" || upper[1] == "TABLES"):
			return "SHOW " + upper[1], true
		case len(rest) == 3 && upper[1] == "TABLES" && (upper[2] == "FROM" || upper[2] == "IN") && plainName.MatchString(rest[2]):
			return "SHOW TABLES FROM " + quoteIdentifier(rest[2]), true
		case len(rest) > 2 && upper[1] == "CREATE" && upper[2] == "TABLE":
			if table, ok := g.publicTable(rest[2:]); ok {
				return "SHOW CREATE TABLE " + table, true
			}
		}
	case "DESC", "DESCRIBE", "EXISTS":
		if len(rest) > 0 && upper[1] == "TABLE" {
			rest = rest[1:]
		}
		if table, ok := g.publicTable(rest); ok {
			return map[string]string{"EXISTS": "EXISTS TABLE "}[first] + map[bool]string{true: "DESCRIBE TABLE "}[first != "EXISTS"] + table, true
		}
	}
	return "", false
}

// publicTable reads `table` or `database . table` of the public list and returns it in full.
func (g *gate) publicTable(words []string) (string, bool) {
	if len(words) == 3 && words[1] == "." && words[0] == g.database {
		words = words[2:]
	}
	if len(words) != 1 || !g.public[words[0]] {
		return "", false
	}
	return quoteIdentifier(g.database) + "." + quoteIdentifier(words[0]), true
}

// plainWords takes a statement apart that is made of words, dots and quoted names without escapes; a semicolon may end it.
// ok is false for any other.
func plainWords(sql string) (words []string, ok bool) {
	s := scanner{sql: sql}
	for {
		t, more := s.next()
		if !more {
			return words, true
		}
		text := sql[t.start:t.end]
		switch {
		case t.text == "`" || t.text == `"`:
			if text = strings.Trim(text, t.text); !plainName.MatchString(text) {
				return nil, false
			}
		case t.text == ".":
		case t.text == ";" && strings.TrimSpace(sql[t.end:]) == "":
			continue
		case !plainName.MatchString(text):
			return nil, false
		}
		words = append(words, text)
	}
}
