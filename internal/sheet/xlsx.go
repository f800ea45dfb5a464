package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/gapwatch/gapwatch/internal/budget"
)

// A workbook is a ZIP archive of XML parts (ECMA-376). Four of them are read, each as a stream: the list of sheets,
// where the sheets are, the shared strings, and the first sheet. Styles, merged cells, names, comments and pictures
// are never opened, so it does not matter how many there are. encoding/xml knows no entities but the five of XML.

// book is a workbook that is being read.
type book struct {
	files  map[string]*zip.File
	budget *budget.Budget // of all parts together
}

// openXLSX returns a reader of the rows of a workbook's first sheet, with values as they are stored.
func openXLSX(data []byte, maxRows int) (func() (int, []string, error), error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("the workbook cannot be read: %w", err)
	}
	if len(z.File) > maxParts {
		return nil, fmt.Errorf("the workbook cannot be read: %w", budget.Over("parts", maxParts))
	}
	b := &book{files: make(map[string]*zip.File, len(z.File)),
		budget: budget.New(budget.Limits{Bytes: maxUnpacked, Values: int64(maxRows+maxSkipped) * rowElements, Longest: 4 * maxCell, Time: maxReading})}
	for _, f := range z.File {
		b.files[strings.ToLower(strings.TrimPrefix(path.Clean("/"+f.Name), "/"))] = f
	}
	sheet, err := b.firstSheet()
	if err != nil {
		return nil, fmt.Errorf("the workbook cannot be read: %w", err)
	}
	texts, err := b.sharedStrings()
	if err != nil {
		return nil, fmt.Errorf("the workbook's texts cannot be read: %w", err)
	}
	d, err := b.open(sheet)
	if err != nil {
		return nil, fmt.Errorf("the first sheet cannot be read: %w", err)
	}
	rows := &rows{d: d, texts: texts}
	return func() (int, []string, error) {
		number, cells, err := rows.next()
		if err != nil && !errors.Is(err, io.EOF) {
			return number, nil, fmt.Errorf("row %d of the first sheet cannot be read: %w", number, err)
		}
		return number, cells, err
	}, nil
}

// open opens a part as XML.
func (b *book) open(name string) (*xml.Decoder, error) {
	f := b.files[strings.ToLower(name)]
	if f == nil {
		return nil, fmt.Errorf("the file has no part %s: is it an Excel workbook", name)
	}
	r, err := f.Open() // needs no Close: it reads from memory
	if err != nil {
		return nil, fmt.Errorf("unpack %s: %w", name, err)
	}
	most := int64(1<<20) + maxRatio*int64(min(f.CompressedSize64, maxUnpacked))
	return xml.NewDecoder(b.budget.XML(budget.New(budget.Limits{Bytes: most}).Reader(r))), nil
}

// firstSheet is the name of the part that holds the first sheet.
func (b *book) firstSheet() (string, error) {
	const folder = "xl/"
	id := ""
	err := b.elements(folder+"workbook.xml", func(e xml.StartElement) bool {
		if e.Name.Local == "sheet" && id == "" {
			id = attr(e, "id") // r:id; the sheet's own number is sheetId
		}
		return id == ""
	})
	if err != nil {
		return "", err
	}
	if id == "" {
		return "", errors.New("the workbook has no sheet")
	}
	target := ""
	err = b.elements(folder+"_rels/workbook.xml.rels", func(e xml.StartElement) bool {
		if e.Name.Local == "Relationship" && attr(e, "Id") == id {
			target = attr(e, "Target")
		}
		return target == ""
	})
	if err != nil {
		return "", err
	}
	if strings.HasPrefix(target, "/") {
		return strings.TrimPrefix(path.Clean(target), "/"), nil
	}
	return strings.TrimPrefix(path.Clean("/"+folder+target), "/"), nil
}

// elements calls each for the elements of a part until it answers false.
func (b *book) elements(name string, each func(xml.StartElement) bool) error {
	d, err := b.open(name)
	if err != nil {
		return err
	}
	for {
		tok, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if e, ok := tok.(xml.StartElement); ok && !each(e) {
			return nil
		}
	}
}

// sharedStrings reads the texts that cells refer to by number; a workbook may have none.
func (b *book) sharedStrings() ([]string, error) {
	const name = "xl/sharedStrings.xml"
	if b.files[strings.ToLower(name)] == nil {
		return nil, nil
	}
	d, err := b.open(name)
	if err != nil {
		return nil, err
	}
	var out []string
	for {
		tok, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		if e, ok := tok.(xml.StartElement); ok && e.Name.Local == "si" {
			s, err := content(d, "si")
			if err != nil {
				return nil, err
			}
			if out = append(out, s); len(out) > maxStrings {
				return nil, budget.Over("shared strings", maxStrings)
			}
		}
	}
}

// content is what the t and v elements hold up to the end of the element named until; phonetic hints (rPh) are not
// part of it.
func content(d *xml.Decoder, until string) (string, error) {
	var b strings.Builder
	inside, hint := false, false
	for {
		tok, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return "", io.ErrUnexpectedEOF
		}
		if err != nil {
			return "", err
		}
		switch e := tok.(type) {
		case xml.StartElement:
			inside = e.Name.Local == "t" || e.Name.Local == "v"
			hint = hint || e.Name.Local == "rPh"
		case xml.EndElement:
			inside = false
			if e.Name.Local == "rPh" {
				hint = false
			}
			if e.Name.Local == until {
				return b.String(), nil
			}
		case xml.CharData:
			if !inside || hint {
				continue
			}
			if b.Len()+len(e) > maxCell {
				return "", budget.Over("bytes in one cell", maxCell)
			}
			b.Write(e)
		}
	}
}
