// Package hostile makes bodies that once cost a server far more than they cost their sender: the tests throw them at
// every operation, and the attacks at a running system.
package hostile

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Body is what an attacker sends.
type Body struct {
	Name        string
	ContentType string
	Data        []byte
}

// The kinds of bodies.
const (
	JSON = "json"
	CSV  = "csv"
	Form = "form"
	XLSX = "xlsx"
)

// Bodies of about size bytes each, but for the packed ones, which are smaller; of the kinds asked for, or of all.
func Bodies(size int, kinds ...string) []Body {
	var all []Body
	for _, k := range []struct {
		kind string
		make func(size int) []Body
	}{{JSON, jsons}, {CSV, tables}, {Form, forms}, {XLSX, workbooks}} {
		if len(kinds) == 0 || slices.Contains(kinds, k.kind) {
			all = append(all, k.make(size)...)
		}
	}
	return all
}

func fill(before, unit, after string, size int) []byte {
	return []byte(before + strings.Repeat(unit, max(1, size/len(unit))) + after)
}

func numbered(before, unit, after string, size int) []byte {
	var b strings.Builder
	b.WriteString(before)
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, unit, i)
	}
	b.WriteString(after)
	return []byte(b.String())
}

func jsons(size int) []Body {
	const kind = "application/json"
	return []Body{
		{"json: lists in lists", kind, fill("", "[", "", size)},
		{"json: lists in lists, closed", kind, append(fill("", "[", "", size/2), fill("", "]", "", size/2)...)},
		{"json: objects in objects", kind, fill("", `{"a":`, "", size)},
		{"json: a list of objects with unknown keys", kind, fill(`[{"x":1}`, `,{"x":1}`, "]", size)},
		{"json: courses with unknown keys", kind, fill(`{"courses":[{"x":1}`, `,{"x":1}`, "]}", size)},
		{"json: courses that are lists", kind, fill(`{"courses":[[]`, `,[]`, "]}", size)},
		{"json: skills that are unknown", kind, numbered(`{"skills":["x"`, `,"x%d"`, "]}", size)},
		{"json: unknown keys", kind, numbered(`{"a":0`, `,"k%d":0`, "}", size)},
		{"json: one key again and again", kind, fill(`{"skill":"a"`, `,"skill":"a"`, "}", size)},
		{"json: a long text", kind, fill(`{"skill":"`, "x", `","heads":1}`, size)},
		{"json: a long key", kind, fill(`{"`, "x", `":[{},{},{},{},{},{}]}`, size)},
		{"json: a long number", kind, fill(`{"heads":1`, "0", "}", size)},
		{"json: escapes", kind, fill(`{"skill":"`, `\u0000`, `"}`, size)},
		{"json: empty texts", kind, fill(`{"regions":[""`, `,""`, "]}", size)},
		{"json: angle brackets", kind, fill(`{"region":"`, `<`, `"}`, size)},
	}
}

// Headings of the tables that the API takes.
const (
	requests   = "skill,heads,tier,region,industry,needed_by,note\n"
	programmes = "school,name,degree,region,cohort_size,graduation_month,first_year,course,description,hours,required,seats\n"
)

func tables(size int) []Body {
	const kind = "text/csv"
	return []Body{
		{"csv: a heading of commas", kind, fill("skill", ",", "\n", size)},
		{"csv: a heading of names", kind, numbered("skill", ",c%d", "\n", size)},
		{"csv: a row of commas", kind, fill(requests+"pytorch,1", ",", "\n", size)},
		{"csv: a long cell", kind, fill(requests+"pytorch,1,,,,,", "x", "\n", size)},
		{"csv: a quote without an end", kind, fill(requests+`"`, "x\n", "", size)},
		{"csv: requests that are all wrong", kind, fill(requests, "x\n", "", size)},
		{"csv: requests with seven wrong cells", kind, fill(requests, "x,x,x,x,x,x,x\n", "", size)},
		{"csv: programmes that are all wrong", kind, fill(programmes, "x\n", "", size)},
		{"csv: programmes that contradict themselves", kind, numbered(programmes, "s,n,master,CN,%d,6,2024,c,,,,\n", "", size)},
		{"csv: empty lines", kind, fill(requests, "\n", "pytorch,1\n", size)},
		{"csv: lines of blanks", kind, fill(requests, " ,\n", "pytorch,1\n", size)},
		{"csv: remarks", kind, fill(requests, "#\n", "pytorch,1\n", size)},
		{"csv: quotes", kind, fill(requests, `"`, "", size)},
		{"csv: bytes of no charset", kind, fill(requests, "\xff\xfe\x80", "", size)},
		{"csv: UTF-16", kind, fill("\xff\xfe", "x\x00,\x00", "", size)},
	}
}

func forms(size int) []Body {
	const kind = "multipart/form-data; boundary=b"
	part := "--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n\r\n"
	return []Body{
		{"form: many parts", kind, fill("", part, "--b--\r\n", size)},
		{"form: many headers", kind, numbered("--b\r\n", "X-%d: 1\r\n", "\r\n\r\n--b--\r\n", size)},
		{"form: no end", kind, fill("--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n", "x", "", size)},
	}
}

// Workbook packs parts into what looks like an XLSX file. The parts that every workbook needs are added.
func Workbook(parts map[string]string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	all := map[string]string{
		"xl/workbook.xml":            `<workbook xmlns:r="r"><sheets><sheet name="a" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>`,
		"[Content_Types].xml":        `<Types/>`,
	}
	maps.Copy(all, parts)
	for name, text := range all {
		w, err := z.Create(name)
		if err != nil {
			panic(err) // writing to memory does not fail
		}
		if _, err := w.Write([]byte(text)); err != nil {
			panic(err)
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func workbooks(size int) []Body {
	const (
		kind    = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
		sheet   = "xl/worksheets/sheet1.xml"
		shared  = "xl/sharedStrings.xml"
		heading = `<worksheet><sheetData><row r="1"><c t="inlineStr"><is><t>skill</t></is></c><c t="inlineStr"><is><t>heads</t></is></c></row>`
		end     = `</sheetData></worksheet>`
		far     = `<row r="%d"><c r="XFD%[1]d"><v>1</v></c></row>`
	)
	unpacked := 30 * size // deflate packs such texts better than this
	book := func(name string, parts map[string]string) Body { return Body{"xlsx: " + name, kind, Workbook(parts)} }
	many := map[string]string{sheet: heading + end}
	for i := range min(size/120, 70_000) {
		many[fmt.Sprintf("xl/media/%d", i)] = ""
	}
	return []Body{
		book("the last column of every row", map[string]string{sheet: string(numbered(heading, far, end, unpacked))}),
		book("wrong rows", map[string]string{sheet: string(fill(heading, `<row><c><v>1</v></c><c><v>1</v></c></row>`, end, unpacked))}),
		book("empty rows", map[string]string{sheet: string(fill(heading, `<row/>`, end, unpacked))}),
		book("row numbers without end", map[string]string{sheet: string(fill(heading, `<row r="2147483647"><c r="A2147483647"><v>1</v></c></row>`, end, unpacked))}),
		book("empty cells", map[string]string{sheet: string(fill(heading+"<row>", `<c/>`, "</row>"+end, unpacked))}),
		book("attributes", map[string]string{sheet: string(numbered(heading+"<row ", `a%d="" `, "/>"+end, unpacked))}),
		book("elements in elements", map[string]string{sheet: string(fill(heading+"<row><c>", `<x>`, end, unpacked))}),
		book("a long text", map[string]string{sheet: heading + end, shared: string(fill("<sst><si><t>", "x", "</t></si></sst>", unpacked))}),
		book("many texts", map[string]string{sheet: heading + end, shared: string(fill("<sst>", "<si><t/></si>", "</sst>", unpacked))}),
		book("one text in all rows", map[string]string{
			sheet:  string(fill(heading, `<row><c t="s"><v>0</v></c><c t="s"><v>0</v></c></row>`, end, unpacked)),
			shared: "<sst><si><t>" + strings.Repeat("x", 32_000) + "</t></si></sst>"}),
		book("entities", map[string]string{sheet: `<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>` +
			string(fill(heading+"<row><c><v>", "&b;", "</v></c></row>"+end, unpacked))}),
		book("styles, names and merged cells", map[string]string{sheet: heading + end,
			"xl/styles.xml": string(fill("<styleSheet>", "<xf/>", "</styleSheet>", unpacked))}),
		book("many sheets", map[string]string{sheet: heading + end,
			"xl/workbook.xml": string(numbered("<workbook><sheets>", `<sheet name="%d"/>`, "</sheets></workbook>", unpacked))}),
		book("many parts", many),
		book("zeros", map[string]string{sheet: string(make([]byte, 4*unpacked))}),
	}
}
