package parse

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"github.com/gapwatch/gapwatch/internal/budget"
)

// What one document may hold. Its bytes are bounded where it is fetched; these bound what its bytes can become. A
// document beyond them gives the postings that came before, with a *budget.Exceeded.
const (
	mostPostings = 20_000    // of one document
	mostValues   = 1_000_000 // JSON values, or tags
	mostParts    = 64        // of a field that is a list, such as places
	deepestJSON  = 64
	deepestXML   = 64
	longestRun   = 2 << 20 // bytes between two tags
)

var errManyPostings = budget.Over("postings in one document", mostPostings)

func documentLimits(depth int) budget.Limits {
	return budget.Limits{Values: mostValues, Depth: depth, Longest: longestRun}
}

// checkJSON refuses a text that would take far more memory than its size when it is decoded.
func checkJSON(text []byte) error { return budget.New(documentLimits(deepestJSON)).JSON(text) }

// newXML returns a decoder that forgives what is met in the wild (bare ampersands, HTML entities). The input is
// UTF-8 already, so an encoding that the document still declares is not applied again. Entities that a document
// defines are never expanded.
func newXML(r io.Reader) *xml.Decoder {
	d := xml.NewDecoder(budget.New(documentLimits(0)).XML(r))
	d.Strict = false
	d.Entity = xml.HTMLEntity
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	return d
}

// errDeepXML is answered for elements in elements without end.
var errDeepXML = budget.Over("levels of nesting", deepestXML)

// checkXML reads a feed as its parser will and refuses one that is too deep or has too many items: the parser itself
// descends by recursion and holds every item. Anything that is not XML is left to the parser to report.
func checkXML(body []byte) error {
	d := newXML(bytes.NewReader(body))
	depth, items := 0, 0
	for {
		tok, err := d.Token()
		if err != nil {
			if budget.Is(err) {
				return err
			}
			return nil //nolint:nilerr // the parser says it better
		}
		switch t := tok.(type) {
		case xml.StartElement:
			if depth++; depth > deepestXML {
				return errDeepXML
			}
			if strings.EqualFold(t.Name.Local, "item") || strings.EqualFold(t.Name.Local, "entry") {
				if items++; items > mostPostings {
					return errManyPostings
				}
			}
		case xml.EndElement:
			depth--
		}
	}
}

// tooMany reports whether err is about the number of postings, which leaves those before it good.
func tooMany(err error) bool { return errors.Is(err, errManyPostings) }
