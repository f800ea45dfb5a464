package engine

import "strings"

// The engine takes an INSERT and its data apart, so the handler has to find where the statement ends
// and the data begins. That needs words and nesting only, not a grammar: the engine parses the rest.

// token is a word or a single punctuation byte of a statement; quoted text and comments are skipped.
type token struct {
	text       string // upper case for a word
	start, end int
}

// scanner walks over a statement. It never looks behind the first place where data can begin.
type scanner struct {
	sql string
	pos int
}

// next returns the next token outside comments and quotes; ok is false at the end. A quoted piece is
// reported as a token with the text of its quote character.
func (s *scanner) next() (t token, ok bool) {
	for s.pos < len(s.sql) {
		c := s.sql[s.pos]
		rest := s.sql[s.pos:]
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v':
			s.pos++
		case strings.HasPrefix(rest, "--") || strings.HasPrefix(rest, "#!") || strings.HasPrefix(rest, "# "):
			if end := strings.IndexByte(rest, '\n'); end >= 0 {
				s.pos += end + 1
			} else {
				s.pos = len(s.sql)
			}
		case strings.HasPrefix(rest, "/*"):
			if end := strings.Index(rest[2:], "*/"); end >= 0 {
				s.pos += end + 4
			} else {
				s.pos = len(s.sql)
			}
		case c == '\'' || c == '"' || c == '`':
			start := s.pos
			s.skipQuoted(c)
			return token{text: string(c), start: start, end: s.pos}, true
		case wordByte(c):
			start := s.pos
			for s.pos < len(s.sql) && wordByte(s.sql[s.pos]) {
				s.pos++
			}
			return token{text: strings.ToUpper(s.sql[start:s.pos]), start: start, end: s.pos}, true
		default:
			s.pos++
			return token{text: string(c), start: s.pos - 1, end: s.pos}, true
		}
	}
	return token{}, false
}

func (s *scanner) skipQuoted(quote byte) {
	for s.pos++; s.pos < len(s.sql); s.pos++ {
		switch s.sql[s.pos] {
		case '\\':
			s.pos++
		case quote:
			if s.pos+1 < len(s.sql) && s.sql[s.pos+1] == quote {
				s.pos++
				continue
			}
			s.pos++
			return
		}
	}
	s.pos = min(s.pos, len(s.sql))
}

func wordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// insertParts are the pieces of an INSERT whose data come with it.
type insertParts struct {
	statement string // up to FORMAT or VALUES
	format    string
	dataStart int // where inline data begin
}

// splitInsert takes an INSERT … FORMAT X or INSERT … VALUES apart; ok is false for every other
// statement, INSERT … SELECT among them.
func splitInsert(sql string) (parts insertParts, ok bool) {
	s := scanner{sql: sql}
	first, ok := s.next()
	if !ok || first.text != "INSERT" {
		return parts, false
	}
	depth := 0
	var before token // a table or column may be called format or values: not after these
	for {
		t, ok := s.next()
		if !ok {
			return parts, false
		}
		switch {
		case t.text == "(":
			depth++
		case t.text == ")":
			depth--
		case depth > 0 || before.text == "." || before.text == "INTO" || before.text == "TABLE":
		case t.text == "SELECT" || t.text == "WITH" || t.text == "WATCH" || t.text == "INFILE" || t.text == ";":
			return parts, false
		case t.text == "VALUES":
			return insertParts{statement: sql[:t.start], format: "Values", dataStart: t.end}, true
		case t.text == "FORMAT":
			name, ok := s.next()
			if !ok || !wordByte(name.text[0]) {
				return parts, false
			}
			parts = insertParts{statement: sql[:t.start], format: sql[name.start:name.end], dataStart: name.end}
			if strings.EqualFold(parts.format, "Values") {
				parts.format = "Values"
			}
			parts.dataStart += dataOffset(sql[name.end:])
			return parts, true
		}
		before = t
	}
}

// dataOffset is how far inline data are from the format's name: blanks to the end of the line, and the
// line's end. A semicolon may close the statement.
func dataOffset(rest string) int {
	i := 0
	for i < len(rest) && (rest[i] == ' ' || rest[i] == '\t' || rest[i] == ';') {
		i++
	}
	if i < len(rest) && rest[i] == '\r' {
		i++
	}
	if i < len(rest) && rest[i] == '\n' {
		i++
	}
	return i
}

// outputFormat is the format named by FORMAT at the end of a statement that reads, and the statement
// without that clause; "" when it names none.
func outputFormat(sql string) (format, rest string) {
	s := scanner{sql: sql}
	var last, before token
	for {
		t, ok := s.next()
		if !ok {
			break
		}
		if t.text != ";" {
			before, last = last, t
		}
	}
	if before.text != "FORMAT" || last.text == "" || !wordByte(last.text[0]) {
		return "", sql
	}
	return sql[last.start:last.end], sql[:before.start]
}

// trimEnd is a statement without what stands around it: blanks, and semicolons and comments at its end.
func trimEnd(sql string) string {
	s := scanner{sql: sql}
	end := 0
	for {
		t, ok := s.next()
		if !ok {
			break
		}
		if t.text != ";" {
			end = t.end
		}
	}
	return strings.TrimSpace(sql[:end])
}

func quoteIdentifier(name string) string {
	return "`" + strings.NewReplacer(`\`, `\\`, "`", "\\`").Replace(name) + "`"
}

func quoteString(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}
