package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

func columns() []Column {
	return []Column{{Name: "skill", Aliases: []string{"技能"}, Required: true}, {Name: "needed_by"}, {Name: "note", Aliases: []string{"备注"}}}
}

// The same table is read from every encoding and format that spreadsheets write.
func TestFormats(t *testing.T) {
	const table = "技能,Needed by,备注\r\n机器学习,2027-03-01,\"a, \"\"b\"\"\n次行\"\r\n# help,,\r\n,,\r\npytorch\r\n"
	gbk, err := simplifiedchinese.GB18030.NewEncoder().String(table)
	if err != nil {
		t.Fatal(err)
	}
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(table)
	if err != nil {
		t.Fatal(err)
	}
	f := excelize.NewFile()
	records, err := csv.NewReader(strings.NewReader(strings.Replace(table, "\r\npytorch", "\r\npytorch,,", 1))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range records {
		cell, err := excelize.CoordinatesToCellName(1, i+1)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.SetSheetRow("Sheet1", cell, &r); err != nil {
			t.Fatal(err)
		}
	}
	var book bytes.Buffer
	if err := f.Write(&book); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{"utf-8": table, "bom": "\ufeff" + table, "gbk": gbk, "utf-16": utf16,
		"xlsx": book.String(), "leading empty lines": "\r\n\r\n" + table} {
		rows, err := Read([]byte(data), columns(), 10)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(rows) != 2 || rows[0].Cells["skill"] != "机器学习" || rows[0].Cells["note"] != "a, \"b\"\n次行" || rows[0].Cells["needed_by"] != "2027-03-01" || rows[1].Cells["skill"] != "pytorch" {
			t.Errorf("%s: %+v", name, rows)
		}
	}
	for name, data := range map[string]string{"semicolon": "skill;note\npytorch;a,b\n", "tab": "skill\tnote\npytorch\ta,b\n"} {
		rows, err := Read([]byte(data), columns(), 10)
		if err != nil || len(rows) != 1 || rows[0].Cells["note"] != "a,b" || rows[0].Number != 2 {
			t.Errorf("%s: %+v %v", name, rows, err)
		}
	}
}

func TestWrongHeadings(t *testing.T) {
	_, err := Read([]byte("note,备注,when\nx,y,z\n"), columns(), 10)
	var wrong *ColumnsError
	if !errors.As(err, &wrong) {
		t.Fatal(err)
	}
	want := ColumnsError{Expected: []string{"skill", "needed_by", "note"}, Found: []string{"note", "备注", "when"}, Missing: []string{"skill"}, Unknown: []string{"when"}, Double: []string{"备注"}}
	if d := cmp.Diff(want, *wrong); d != "" {
		t.Error(d)
	}
}

func TestUnreadable(t *testing.T) {
	for _, c := range []struct{ data, says string }{
		{"", "empty"}, {"\n\n", "empty"}, {"skill\n", "no rows"}, {"skill\na\nb\nc\n", "more than 2 rows"},
		{"skill\n\"a\n", "line"}, {"PK\x03\x04nonsense", "workbook"}, {"\xd0\xcf\x11\xe0\xa1\xb1", ".xlsx"}, {"skill\n\xff\xff\xff", "UTF-8"}, {"skill\na\x00b", "not a table"},
	} {
		if _, err := Read([]byte(c.data), columns(), 2); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%q: %v", c.data, err)
		}
	}
	rows, err := Read([]byte("skill,note\na,b,c\na,b,,\n"), columns(), 10)
	if err != nil || rows[0].Err == "" || rows[1].Err != "" {
		t.Errorf("%+v %v", rows, err)
	}
}

func TestUpload(t *testing.T) {
	form := "--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n1\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\nskill\r\n--b--\r\n"
	if got, err := Upload("multipart/form-data; boundary=b", []byte(form)); err != nil || string(got) != "skill" {
		t.Errorf("%q %v", got, err)
	}
	if got, err := Upload("text/csv", []byte("skill")); err != nil || string(got) != "skill" {
		t.Errorf("%q %v", got, err)
	}
	for _, bad := range []string{"--b--\r\n", "--b\r\nx", ""} {
		if _, err := Upload("multipart/form-data; boundary=b", []byte(bad)); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

// Whatever is uploaded, reading it ends with rows or with an error, and rows hold known columns only.
func FuzzRead(f *testing.F) {
	f.Add([]byte("skill,note\npytorch,x\n"))
	f.Add([]byte("\xef\xbb\xbf技能;备注\r\n\"a\"\"b\";\r\n"))
	f.Add([]byte("\xff\xfes\x00k\x00"))
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, err := Read(data, columns(), 100)
		if err == nil && len(rows) == 0 {
			t.Error("neither rows nor an error")
		}
		for _, r := range rows {
			for name := range r.Cells {
				if name != "skill" && name != "needed_by" && name != "note" {
					t.Errorf("column %q", name)
				}
			}
		}
	})
}
