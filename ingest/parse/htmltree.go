package parse

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/gapwatch/gapwatch/internal/budget"
	"github.com/gapwatch/gapwatch/internal/text"
)

// The bounds of a page's tree. Selectors such as :nth-child look at all children of a node for each of them, which is
// why their number is bounded, too.
const (
	mostNodes    = 400_000
	mostChildren = 10_000
	deepestHTML  = 512
)

// parseHTML makes a tree of a page, with html, head and body, implied ends of elements (li, p, td …) and implied
// tbody and tr, so that selectors written in a browser fit.
//
// It stands in for html.Parse, which follows the standard in all of its repairs: elements that are opened again in
// every paragraph, text that is joined piece by piece, attributes that are merged. Each of them lets a page of a
// megabyte take gigabytes or hours. Here a token makes at most three nodes and looks at most at 512 open elements.
func parseHTML(page []byte) (*html.Node, error) {
	t := newTree()
	z := html.NewTokenizer(bytes.NewReader(page))
	for {
		kind := z.Next()
		var err error
		switch kind {
		case html.ErrorToken:
			if errors.Is(z.Err(), io.EOF) {
				return t.doc, nil
			}
			return nil, z.Err()
		case html.TextToken:
			err = t.text(string(z.Text()))
		case html.StartTagToken, html.SelfClosingTagToken:
			err = t.start(z.Token())
		case html.EndTagToken:
			name, _ := z.TagName()
			t.end(string(name))
		}
		if err != nil {
			return nil, err
		}
	}
}

// tree is a page in the making.
type tree struct {
	doc, html, head, body *html.Node
	open                  []*html.Node // from html on; the last one takes what comes next
	children              map[*html.Node]int
	inBody                bool
	budget                *budget.Budget
}

func newTree() *tree {
	element := func(a atom.Atom) *html.Node { return &html.Node{Type: html.ElementNode, DataAtom: a, Data: a.String()} }
	t := &tree{doc: &html.Node{Type: html.DocumentNode}, html: element(atom.Html), head: element(atom.Head), body: element(atom.Body),
		children: map[*html.Node]int{}, budget: budget.New(budget.Limits{Values: mostNodes})}
	t.doc.AppendChild(t.html)
	t.html.AppendChild(t.head)
	t.html.AppendChild(t.body)
	t.open = []*html.Node{t.html, t.head}
	return t
}

func (t *tree) top() *html.Node { return t.open[len(t.open)-1] }

// beginBody moves from head to body, whatever was left open there.
func (t *tree) beginBody() {
	if !t.inBody {
		t.inBody = true
		t.open = append(t.open[:1], t.body)
	}
}

func (t *tree) add(n *html.Node) error {
	top := t.top()
	if t.children[top]++; t.children[top] > mostChildren {
		return budget.Over("elements in one element", mostChildren)
	}
	top.AppendChild(n)
	return t.budget.Value(int64(1+len(n.Attr)), 1)
}

func (t *tree) text(s string) error {
	if len(t.open) <= 2 && !t.inBody {
		if strings.TrimSpace(s) == "" {
			return nil
		}
		t.beginBody()
	}
	return t.add(&html.Node{Type: html.TextNode, Data: s})
}

func (t *tree) start(token html.Token) error {
	a := token.DataAtom
	switch a {
	case atom.Html, atom.Head, atom.Body:
		n := map[atom.Atom]*html.Node{atom.Html: t.html, atom.Head: t.head, atom.Body: t.body}[a]
		if n.Attr == nil { // of several, the first one counts
			n.Attr = token.Attr
		}
		if a == atom.Body {
			t.beginBody()
		}
		return t.budget.Value(int64(1+len(token.Attr)), 1)
	}
	if !t.inBody && len(t.open) == 2 && !inHead(a) {
		t.beginBody()
	}
	t.implyEnds(a)
	if err := t.implyParents(a); err != nil {
		return err
	}
	if err := t.push(&html.Node{Type: html.ElementNode, DataAtom: a, Data: token.Data, Attr: token.Attr}); err != nil {
		return err
	}
	if void(a) || token.Type == html.SelfClosingTagToken && t.foreign() {
		t.open = t.open[:len(t.open)-1]
	}
	return nil
}

func (t *tree) push(n *html.Node) error {
	if len(t.open) >= deepestHTML {
		return budget.Over("levels of nesting", deepestHTML)
	}
	if err := t.add(n); err != nil {
		return err
	}
	t.open = append(t.open, n)
	return nil
}

// end closes the innermost open element of a name, and what is open in it. A cell of a table is not left by the end
// of what is outside of it.
func (t *tree) end(name string) {
	a := atom.Lookup([]byte(name))
	switch a {
	case atom.Head:
		t.beginBody()
		return
	case atom.Html, atom.Body:
		return
	}
	for i := len(t.open) - 1; i >= 2; i-- {
		n := t.open[i]
		if n.Data == name {
			t.open = t.open[:i]
			return
		}
		if cell(n.DataAtom) && !tablePart(a) {
			return
		}
	}
}

// closeUntil closes the innermost open element of those named, unless one of stop is met before.
func (t *tree) closeUntil(names, stop []atom.Atom) {
	for i := len(t.open) - 1; i >= 2; i-- {
		switch a := t.open[i].DataAtom; {
		case slices.Contains(names, a):
			t.open = t.open[:i]
			return
		case slices.Contains(stop, a):
			return
		}
	}
}

// implyEnds closes what the start of an element closes.
func (t *tree) implyEnds(a atom.Atom) {
	type atoms = []atom.Atom
	switch {
	case a == atom.Li:
		t.closeUntil(atoms{atom.Li}, atoms{atom.Ul, atom.Ol, atom.Menu, atom.Table, atom.Td, atom.Th})
	case a == atom.Dt || a == atom.Dd:
		t.closeUntil(atoms{atom.Dt, atom.Dd}, atoms{atom.Dl, atom.Table, atom.Td, atom.Th})
	case a == atom.Option || a == atom.Optgroup:
		t.closeUntil(atoms{atom.Option}, atoms{atom.Select, atom.Optgroup, atom.Datalist, atom.Td, atom.Th})
	case cell(a):
		t.closeUntil(atoms{atom.Td, atom.Th}, atoms{atom.Tr, atom.Table})
	case a == atom.Tr:
		t.closeUntil(atoms{atom.Tr}, atoms{atom.Table})
	case tablePart(a) && a != atom.Table:
		t.closeUntil(atoms{atom.Thead, atom.Tbody, atom.Tfoot, atom.Caption, atom.Colgroup}, atoms{atom.Table})
	case a == atom.A:
		t.closeUntil(atoms{atom.A}, atoms{atom.Table, atom.Td, atom.Th, atom.Object})
		return
	}
	if text.Block(a) {
		t.closeUntil(atoms{atom.P}, atoms{atom.Table, atom.Td, atom.Th, atom.Caption, atom.Button, atom.Object})
	}
}

// implyParents opens the tbody and tr that authors leave out.
func (t *tree) implyParents(a atom.Atom) error {
	imply := func(a atom.Atom) error {
		return t.push(&html.Node{Type: html.ElementNode, DataAtom: a, Data: a.String()})
	}
	if (a == atom.Tr || cell(a)) && t.top().DataAtom == atom.Table {
		if err := imply(atom.Tbody); err != nil {
			return err
		}
	}
	switch t.top().DataAtom {
	case atom.Thead, atom.Tbody, atom.Tfoot:
		if cell(a) {
			return imply(atom.Tr)
		}
	}
	return nil
}

// foreign reports whether the open element is one of SVG or MathML, where a slash ends an element.
func (t *tree) foreign() bool {
	return slices.ContainsFunc(t.open, func(n *html.Node) bool { return n.DataAtom == atom.Svg || n.DataAtom == atom.Math })
}

func cell(a atom.Atom) bool { return a == atom.Td || a == atom.Th }

func tablePart(a atom.Atom) bool {
	switch a {
	case atom.Table, atom.Thead, atom.Tbody, atom.Tfoot, atom.Tr, atom.Caption, atom.Colgroup:
		return true
	}
	return cell(a)
}

func inHead(a atom.Atom) bool {
	switch a {
	case atom.Title, atom.Meta, atom.Link, atom.Base, atom.Script, atom.Style, atom.Noscript, atom.Template:
		return true
	}
	return false
}

func void(a atom.Atom) bool {
	switch a {
	case atom.Area, atom.Base, atom.Br, atom.Col, atom.Embed, atom.Hr, atom.Img, atom.Input, atom.Link, atom.Meta, atom.Param,
		atom.Source, atom.Track, atom.Wbr:
		return true
	}
	return false
}
