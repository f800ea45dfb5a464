package parse

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// JSONLD returns the schema.org JobPosting objects of a page in UTF-8: single, in arrays, in @graph, as mainEntity
// or in an ItemList, of all its scripts. Relative addresses are resolved against base, which may be nil. The error
// joins what is wrong with malformed blocks; the postings of the other blocks are returned all the same.
//
// The page is not parsed as HTML: a scan for script elements finds the blocks at memory speed.
func JSONLD(html []byte, base *url.URL) ([]talent.Posting, error) {
	var (
		postings []talent.Posting
		errs     []error
	)
	for n, block := range scripts(html) {
		if !bytes.Contains(block, []byte("JobPosting")) {
			continue
		}
		tree, err := decodeLoose(block)
		if err != nil {
			errs = append(errs, fmt.Errorf("JSON-LD block %d of the page: %w", n+1, err))
			continue
		}
		more := walkLD(tree, 0, func(o map[string]any) bool {
			if len(postings) == mostPostings {
				return false
			}
			postings = append(postings, jobPosting(o, base))
			return true
		})
		if !more {
			errs = append(errs, fmt.Errorf("JSON-LD block %d of the page: %w", n+1, errManyPostings))
			break
		}
	}
	distinctKeys(postings, base)
	return postings, errors.Join(errs...)
}

// scripts returns the contents of the script elements of type application/ld+json outside comments.
func scripts(html []byte) [][]byte {
	var blocks [][]byte
	for {
		i := indexFold(html, "<script")
		if i < 0 {
			return blocks
		}
		if c := bytes.LastIndex(html[:i], []byte("<!--")); c >= 0 && !bytes.Contains(html[c:i], []byte("-->")) {
			end := bytes.Index(html[i:], []byte("-->"))
			if end < 0 {
				return blocks
			}
			html = html[i+end:]
			continue
		}
		html = html[i+len("<script"):]
		end := bytes.IndexByte(html, '>')
		if end < 0 {
			return blocks
		}
		isLD := indexFold(html[:end], "ld+json") >= 0
		html = html[end+1:]
		end = indexFold(html, "</script")
		if end < 0 {
			end = len(html)
		}
		if isLD {
			blocks = append(blocks, html[:end])
		}
		html = html[end:]
	}
}

// indexFold finds s, which begins with a < or is short and in lower case, in b in any case. It looks at each byte once:
// a search for one case and then for the other would read the rest of the page for every element in the rarer one.
func indexFold(b []byte, s string) int {
	for at := 0; ; {
		i := bytes.IndexByte(b[at:], s[0])
		if s[0] >= 'a' {
			i = bytes.IndexAny(b[at:], s[:1]+strings.ToUpper(s[:1]))
		}
		if i < 0 || at+i+len(s) > len(b) {
			return -1
		}
		if at += i; bytes.EqualFold(b[at:at+len(s)], []byte(s)) {
			return at
		}
		at++
	}
}

// decodeLoose decodes JSON; where the standard is broken only by raw control characters inside strings (line
// breaks of descriptions, the one fault that is common), they are escaped first.
func decodeLoose(block []byte) (any, error) {
	block = trimWrapping(block)
	tree, err := decodeJSON(block)
	if err != nil {
		if fixed, ok := escapeControls(block); ok {
			if t, err2 := decodeJSON(fixed); err2 == nil {
				return t, nil
			}
		}
	}
	return tree, err
}

func decodeJSON(b []byte) (any, error) {
	if err := checkJSON(b); err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var tree any
	if err := d.Decode(&tree); err != nil {
		return nil, err
	}
	if rest := bytes.TrimLeft(b[d.InputOffset():], "; \t\r\n"); len(rest) > 0 {
		return nil, fmt.Errorf("text after the JSON value at byte %d", d.InputOffset())
	}
	return tree, nil
}

// trimWrapping removes the CDATA and comment marks that some pages put around the JSON.
func trimWrapping(b []byte) []byte {
	b = bytes.TrimSpace(b)
	for _, mark := range []string{"//", "/*", "<![CDATA[", "*/", "<!--"} {
		b = bytes.TrimSpace(bytes.TrimPrefix(b, []byte(mark)))
	}
	for _, mark := range []string{"-->", "*/", "]]>", "/*", "//"} {
		b = bytes.TrimSpace(bytes.TrimSuffix(b, []byte(mark)))
	}
	return b
}

// escapeControls escapes raw control characters inside strings; ok is false when there are none.
func escapeControls(b []byte) (out []byte, ok bool) {
	inString, escaped := false, false
	for i, c := range b {
		if inString && c < 0x20 {
			if out == nil {
				out = append(make([]byte, 0, len(b)+64), b[:i]...)
			}
			if escaped { // a backslash before a raw line break
				out = out[:len(out)-1]
				escaped = false
			}
			switch c {
			case '\n':
				out = append(out, `\n`...)
			case '\t':
				out = append(out, `\t`...)
			default:
				out = append(out, ' ')
			}
			continue
		}
		if out != nil {
			out = append(out, c)
		}
		switch {
		case escaped:
			escaped = false
		case inString && c == '\\':
			escaped = true
		case c == '"':
			inString = !inString
		}
	}
	return out, out != nil
}

// deepestLD bounds the nesting that is followed.
const deepestLD = 16

// walkLD calls found for every JobPosting under v, in document order, until it answers false.
func walkLD(v any, depth int, found func(map[string]any) bool) bool {
	if depth > deepestLD {
		return true
	}
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			if !walkLD(e, depth+1, found) {
				return false
			}
		}
	case map[string]any:
		if isJobPosting(v["@type"]) {
			return found(v)
		}
		for _, k := range []string{"@graph", "mainEntity", "itemListElement", "item"} {
			if child, ok := v[k]; ok && !walkLD(child, depth+1, found) {
				return false
			}
		}
	}
	return true
}

func isJobPosting(t any) bool {
	switch t := t.(type) {
	case string:
		return t == "JobPosting" || strings.HasSuffix(t, "/JobPosting") || strings.HasSuffix(t, ":JobPosting")
	case []any:
		return slices.ContainsFunc(t, isJobPosting)
	}
	return false
}

// distinctKeys tells apart the postings of one page that state the same address, or none.
func distinctKeys(postings []talent.Posting, base *url.URL) {
	seen, last := map[string]bool{}, map[string]int{} // last: the number given last to a key
	for i := range postings {
		p := &postings[i]
		if p.Key == "" {
			p.Key = pageURL(base)
		}
		if p.Key == "" {
			p.Key = talent.ContentKey(p.Title, p.Employer, p.Location, p.Text)
		}
		key := p.Key
		for n := max(2, last[key]+1); seen[p.Key]; n++ {
			p.Key = key + "#" + strconv.Itoa(n)
			last[key] = n
		}
		seen[p.Key] = true
	}
}

func pageURL(base *url.URL) string {
	if base == nil {
		return ""
	}
	return base.String()
}
