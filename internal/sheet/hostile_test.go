package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/gapwatch/gapwatch/internal/budget"
	"github.com/gapwatch/gapwatch/internal/testenv/hostile"
)

// A table that is made to cost much is refused with the limit that it went over, and costs little.
func TestHostileTables(t *testing.T) {
	for _, b := range hostile.Bodies(256<<10, hostile.CSV, hostile.XLSX) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		rows, err := Read(b.Data, columns(), 5000)
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; got > 192<<20 {
			t.Errorf("%s: %d MB for %d bytes", b.Name, got>>20, len(b.Data))
		}
		if err != nil && len(err.Error()) > 8<<10 {
			t.Errorf("%s: an error of %d bytes", b.Name, len(err.Error()))
		}
		if err == nil && len(rows) > 5000 {
			t.Errorf("%s: %d rows", b.Name, len(rows))
		}
	}
}

func TestLimitsAreNamed(t *testing.T) {
	const sheet = "xl/worksheets/sheet1.xml"
	const head = `<worksheet><sheetData><row><c t="inlineStr"><is><t>skill</t></is></c></row>`
	for _, c := range []struct {
		data []byte
		says string
	}{
		{[]byte("skill" + strings.Repeat(",", 4_000_000) + "\n"), "columns"},
		{[]byte("skill" + strings.Repeat(",", 100) + "\n"), "more than 64 columns"},
		{[]byte("skill\n" + strings.Repeat("x", 70_000) + "\n"), "bytes in one value"},
		{[]byte("skill\n\"" + strings.Repeat("x\n", 2_000_000)), "quoted cell not closed"},
		{[]byte("skill\n" + strings.Repeat("x\n", 11)), "more than 10 rows"},
		{[]byte("skill\n" + strings.Repeat("#\n", 11_000) + "x\n"), "empty lines"},
		{hostile.Workbook(map[string]string{sheet: head + `<row><c r="XFD2"><v>1</v></c></row>`}), "columns"},
		{hostile.Workbook(map[string]string{sheet: head + strings.Repeat(`<row><c/></row>`, 11_000)}), "empty lines"},
		{hostile.Workbook(map[string]string{sheet: head + `<row><c t="inlineStr"><is><t>` + strings.Repeat("x", 70_000)}), "bytes in one cell"},
		{hostile.Workbook(map[string]string{sheet: strings.Repeat("<a>"+strings.Repeat("x", 1000), 10_000)}), "bytes"},
		{hostile.Workbook(map[string]string{sheet: head + `<row><c t="s"><v>7</v></c></row>`}), "not there"},
		{hostile.Workbook(map[string]string{sheet: head + `<row><c><v>&b;</v></c></row>`}), "entity"},
	} {
		if _, err := Read(c.data, columns(), 10); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%.40q: %v, want %s", c.data, err, c.says)
		}
	}
	_, err := Read([]byte("skill"+strings.Repeat(",", 100)+"\n"), columns(), 10)
	if !budget.Is(err) {
		t.Errorf("%v is not told apart", err)
	}
}

// What spreadsheets write beside the values does no harm: styles, merged cells, formulas, rich text, dates, several
// sheets, a first row further down, cells without references.
func TestRealWorkbook(t *testing.T) {
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		f.SetCellValue("Sheet1", "A3", "技能"), f.SetCellValue("Sheet1", "B3", "备注"), f.SetCellStyle("Sheet1", "A1", "Z40", bold),
		f.SetCellRichText("Sheet1", "A4", []excelize.RichTextRun{{Text: "机器"}, {Text: "学习", Font: &excelize.Font{Bold: true}}}),
		f.SetCellFormula("Sheet1", "B5", `=A4&"x"`), f.SetCellValue("Sheet1", "A5", "pytorch"), f.MergeCell("Sheet1", "A6", "B7"),
		f.SetCellBool("Sheet1", "B4", true), f.SetDefinedName(&excelize.DefinedName{Name: "n", RefersTo: "Sheet1!$A$1"}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.NewSheet("other"); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	rows, err := Read(b.Bytes(), columns(), 10)
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 2 || rows[0].Number != 4 || rows[0].Cells["skill"] != "机器学习" || rows[0].Cells["note"] != "TRUE" || rows[1].Cells["skill"] != "pytorch" {
		t.Errorf("%+v", rows)
	}
}

// Twice the table costs twice the work, not four times.
func TestCostIsLinear(t *testing.T) {
	for name, table := range map[string]func(n int) []byte{
		"csv": func(n int) []byte { return []byte("skill,note\n" + strings.Repeat("pytorch,some words\n", n)) },
		"xlsx": func(n int) []byte {
			return hostile.Workbook(map[string]string{"xl/worksheets/sheet1.xml": `<sheetData><row><c t="str"><v>skill</v></c></row>` +
				strings.Repeat(`<row><c t="str"><v>pytorch</v></c></row>`, n)})
		},
	} {
		cost := func(n int) float64 {
			data := table(n)
			return testing.AllocsPerRun(1, func() {
				if _, err := Read(data, columns(), 100_000); err != nil {
					t.Error(err)
				}
			})
		}
		if one, two := cost(4000), cost(8000); two > 2.5*one {
			t.Errorf("%s: %v allocations for a table, %v for one twice as large", name, one, two)
		}
	}
}

// Whatever a sheet and its texts say, reading ends, and rows stay within the limits.
func FuzzXLSX(f *testing.F) {
	book, text := "", `<sst><si><t>skill</t></si><si><r><t>a</t></r><rPh><t>b</t></rPh></si></sst>`
	for _, s := range []string{
		`<sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="2"><c r="B2"><v>1</v></c></row></sheetData>`,
		`<sheetData><row><c t="inlineStr"><is><t>skill</t></is></c></row><row/><row r="9"><c r="XFD9"/><c r="A9" t="b"><v>1</v></c></row>`,
		`<row><c t="s"><v>99</v></c>`, `<c/><row><row>`, `<row a="<`,
	} {
		f.Add(s, text, book)
	}
	f.Fuzz(func(t *testing.T, sheet, shared, workbook string) {
		parts := map[string]string{"xl/worksheets/sheet1.xml": sheet, "xl/sharedStrings.xml": shared}
		if workbook != "" {
			parts["xl/workbook.xml"] = workbook
		}
		rows, err := Read(hostile.Workbook(parts), columns(), 10)
		if err == nil && (len(rows) == 0 || len(rows) > 10) {
			t.Errorf("%d rows", len(rows))
		}
		for _, r := range rows {
			for name, c := range r.Cells {
				if len(c) > maxCell || name == "" {
					t.Errorf("column %q, %d bytes", name, len(c))
				}
			}
		}
		var wrong *ColumnsError
		if errors.As(err, &wrong) && len(fmt.Sprint(err)) > 32<<10 {
			t.Error("the error is as long as the table")
		}
	})
}

func FuzzUpload(f *testing.F) {
	f.Add("multipart/form-data; boundary=b", []byte("--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nskill\r\n--b--\r\n"))
	f.Add("text/csv", []byte("skill"))
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		if got, err := Upload(contentType, body); err == nil && len(got) > len(body) {
			t.Errorf("%d bytes of %d", len(got), len(body))
		}
	})
}
