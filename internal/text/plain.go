package text

import (
	"html"
	"strings"

	xhtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// PlainText returns the text of an HTML fragment: block elements and br break lines, list items begin with "- ",
// scripts and styles are dropped, entities decoded, white space is tidied. What only looks like a tag (the
// <EMAIL> of a masked text, List<String>) stays.
func PlainText(html string) string { return plain(html, false) }

// Of returns the text of a field that may hold HTML, HTML escaped as entities, or plain text.
func Of(s string) string {
	if !hasTag(s) {
		if !strings.Contains(s, "&") {
			return Tidy(s)
		}
		s = html.UnescapeString(s)
		if !hasTag(s) {
			return Tidy(html.UnescapeString(s))
		}
	}
	return plain(s, !hasBlock(s)) // inline markup in plain text: its line breaks are meant
}

// Line returns the text of a field on one line.
func Line(s string) string {
	return cutTidy(strings.Join(strings.Fields(Of(cutTidy(s, 4*longestField))), " "), longestField)
}

func plain(s string, keepBreaks bool) string {
	var (
		w    textWriter
		z    = xhtml.NewTokenizer(strings.NewReader(s))
		skip atom.Atom // the element whose content is being dropped
	)
	w.b.Grow(len(s))
	for {
		kind := z.Next()
		switch kind {
		case xhtml.ErrorToken:
			return Tidy(w.b.String())
		case xhtml.TextToken:
			if skip != 0 {
				continue
			}
			text := string(z.Text())
			if !keepBreaks {
				text = strings.Map(spaceForBreak, text)
			}
			w.text(text)
		case xhtml.StartTagToken, xhtml.SelfClosingTagToken, xhtml.EndTagToken:
			raw := string(z.Raw()) // before TagName, which lowers it in place
			name, hasAttr := z.TagName()
			tag := atom.Lookup(name)
			start := kind == xhtml.StartTagToken
			switch {
			case skip != 0:
				if kind == xhtml.EndTagToken && tag == skip {
					skip = 0
				}
			case tag == 0 && !hasAttr && start && !strings.ContainsAny(raw, "-:"):
				w.text(raw) // not an element of HTML
			case tag == atom.Script, tag == atom.Style, tag == atom.Template, tag == atom.Noscript:
				if start {
					skip = tag
				}
			case tag == atom.Br:
				w.lines(min(w.breaks+1, 2))
			case tag == atom.Li && start:
				w.item()
			case tag == atom.Td, tag == atom.Th:
				w.text(" ")
			case isParagraph(tag):
				w.lines(2)
			case Block(tag):
				w.lines(1)
				w.listed = w.listed && tag != atom.Ul && tag != atom.Ol
			}
		}
	}
}

// textWriter holds line breaks back until text follows, so that nested blocks break a line once.
type textWriter struct {
	b      strings.Builder
	breaks int
	bullet bool // the mark of a list item comes before the next text
	listed bool // an item of the same list came before
}

// item begins a list item, on the line after the one before, however that ended.
func (w *textWriter) item() {
	if w.listed {
		w.breaks = 1
	} else {
		w.breaks = max(w.breaks, 1)
	}
	w.bullet, w.listed = true, true
}

func (w *textWriter) lines(n int) {
	if !w.bullet { // a paragraph that opens a list item stays beside its mark
		w.breaks = max(w.breaks, n)
	}
}

func (w *textWriter) text(s string) {
	if w.breaks > 0 || w.bullet {
		if strings.TrimSpace(s) == "" {
			return
		}
		w.b.WriteString("\n\n"[:w.breaks])
		if w.bullet {
			w.b.WriteString("- ")
		}
		w.breaks, w.bullet = 0, false
	}
	w.b.WriteString(s)
}

func spaceForBreak(r rune) rune {
	if r == '\n' || r == '\r' {
		return ' '
	}
	return r
}

func isParagraph(tag atom.Atom) bool {
	switch tag {
	case atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return true
	}
	return false
}

// Block reports whether an element begins and ends on a line of its own, as browsers show it; br counts as one.
func Block(tag atom.Atom) bool {
	switch tag {
	case atom.Br, atom.Div, atom.Li, atom.Ul, atom.Ol, atom.Tr, atom.Table, atom.Section, atom.Article, atom.Hr,
		atom.Blockquote, atom.Pre, atom.Dl, atom.Dt, atom.Dd, atom.Header, atom.Footer, atom.Main, atom.Form,
		atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Figure, atom.Aside, atom.Nav, atom.Address:
		return true
	}
	return false
}

// hasTag reports whether s holds an element of HTML.
func hasTag(s string) bool { return anyTag(s, func(a atom.Atom) bool { return a != 0 }) }

// hasBlock reports whether s holds an element that breaks lines.
func hasBlock(s string) bool { return anyTag(s, Block) }

func anyTag(s string, is func(atom.Atom) bool) bool {
	for {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			return false
		}
		s = s[i+1:]
		name := strings.TrimPrefix(s, "/")
		n := 0
		for n < len(name) && n < 16 && (name[n]|0x20 >= 'a' && name[n]|0x20 <= 'z' || n > 0 && name[n] >= '0' && name[n] <= '9') {
			n++
		}
		if n > 0 && n < len(name) && strings.IndexByte(" \t\r\n/>", name[n]) >= 0 && is(atom.Lookup([]byte(strings.ToLower(name[:n])))) {
			return true
		}
	}
}
