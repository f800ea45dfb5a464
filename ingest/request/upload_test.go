package request

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/gapwatch/gapwatch/ingest/intake"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

func upload(t *testing.T, m *market, key, body string, headers ...string) intake.Upload {
	t.Helper()
	a := m.Call("POST", path+"/csv", key, body, append([]string{"Content-Type", "text/csv"}, headers...)...)
	if a.Status != http.StatusOK {
		t.Fatalf("status %d: %s", a.Status, a.Body)
	}
	var u intake.Upload
	a.Into(t, &u)
	return u
}

func TestUpload(t *testing.T) {
	m := start(t)
	key := m.key("Nebula Robotics", talent.RoleEnterprise)
	table := "skill,heads,tier,region\n" +
		"pytorch,3,lead,110000\n" +
		"alchemy,0,,\n" + // both fields wrong
		"\n" +
		"机器学习,2,后备,上海市\n" +
		"pytorch,3,lead,110000\n" + // the same demand a second time is a second request
		"pytorch,three,,nowhere\n" +
		"pytorch,1,lead,110000,x\n"
	u := upload(t, m, key, "\ufeff"+table)
	type place struct {
		Row   int
		Field string
	}
	var got []place
	for _, e := range u.Errors {
		got = append(got, place{e.Row, e.Field})
	}
	want := []place{{3, "skill"}, {3, "heads"}, {7, "heads"}, {7, "region"}, {8, ""}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("errors (-want +got):\n%s", d)
	}
	if u.Accepted != 3 || u.Rejected != 3 || u.Unchanged != 0 || len(u.IDs) != 3 {
		t.Errorf("%+v", u)
	}
	m.messages(3)

	// Corrected, in GBK, with one row more.
	fixed := strings.NewReplacer("alchemy,0,,", "computer-vision,1,,", "three,,nowhere", "3,,Beijing", ",110000,x", ",110000").Replace(table)
	gbk, err := simplifiedchinese.GBK.NewEncoder().String(fixed)
	if err != nil {
		t.Fatal(err)
	}
	second := upload(t, m, key, gbk)
	if second.Accepted != 3 || second.Unchanged != 3 || second.Rejected != 0 {
		t.Errorf("corrected upload: %+v", second)
	}
	m.messages(6)
	if again := upload(t, m, key, gbk); again.Accepted != 0 || again.Unchanged != 6 {
		t.Errorf("same upload: %+v", again)
	}
	if other := upload(t, m, key, gbk, "Idempotency-Key", "october"); other.Accepted != 6 {
		t.Errorf("upload of another series: %+v", other)
	}
	m.messages(12)
}

func TestUploadOfAWrongTable(t *testing.T) {
	m := start(t)
	key := m.key("Nebula Robotics", talent.RoleEnterprise)
	for _, c := range []struct{ name, body, code, says string }{
		{"columns", "skill,number\npytorch,1\n", "wrong_columns", "missing: heads; unknown: number"},
		{"no heading", "pytorch,1\n", "wrong_columns", "expected skill, heads"},
		{"twice", "skill,heads,技能\npytorch,1,a\n", "wrong_columns", "twice: 技能"},
		{"only heading", "skill,heads\n", "unreadable_table", "no rows"},
		{"quote", "skill,heads\npy\"torch,1\n", "unreadable_table", "line 2"},
		{"picture", "\x89PNG\r\n\x1a\n\x00\x00", "unreadable_table", "CSV"},
		{"no good row", "skill,heads\npytorch,0\n", "invalid", "no row"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := m.Call("POST", path+"/csv", key, c.body, "Content-Type", "text/csv")
			code, _ := a.Problem(t)
			if a.Status != 422 || code != c.code || !strings.Contains(string(a.Body), c.says) {
				t.Errorf("%d %s", a.Status, a.Body)
			}
		})
	}
	if _, places := m.Call("POST", path+"/csv", key, "skill,heads\npytorch,0\n", "Content-Type", "text/csv").Problem(t); len(places) != 1 || places[0] != "body.rows[2].heads" {
		t.Errorf("places %v", places)
	}
	m.messages(0)
}

func TestUploadOfAWorkbookInAForm(t *testing.T) {
	m := start(t)
	key := m.key("Nebula Robotics", talent.RoleEnterprise)
	f := excelize.NewFile()
	day := time.Now().UTC().AddDate(0, 3, 0).Truncate(24 * time.Hour)
	for i, row := range [][]any{{"技能", "人数", "需求日期"}, {"机器学习", 4, day}} {
		if err := f.SetSheetRow("Sheet1", []string{"A1", "A2"}[i], &row); err != nil {
			t.Fatal(err)
		}
	}
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("file", "需求.xlsx")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Write(part); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if u := upload(t, m, key, form.String(), "Content-Type", w.FormDataContentType()); u.Accepted != 1 {
		t.Fatalf("%+v", u)
	}
	if r := m.messages(1)[0]; r.Skill != "machine-learning" || r.Heads != 4 || !r.NeededBy.Equal(day) {
		t.Errorf("%+v", r)
	}
}

// The template that is offered is one that is accepted, in both languages.
func TestTemplate(t *testing.T) {
	m := start(t)
	key := m.key("Nebula Robotics", talent.RoleEnterprise)
	for i, lang := range []string{"zh", "en"} {
		a := m.Call("GET", path+"/csv?lang="+lang, "", "")
		if a.Status != 200 || a.Header.Get("Content-Type") != "text/csv; charset=utf-8" {
			t.Fatalf("%d %v", a.Status, a.Header)
		}
		if u := upload(t, m, key, string(a.Body)+"\r\npytorch,"+string(rune('1'+i))+",,,,,\r\n"); u.Accepted != 1 {
			t.Errorf("%s: %+v", lang, u)
		}
	}
}

func TestCheckOfDays(t *testing.T) {
	text, skills := testenv.Words(t)
	now := time.Date(2026, 11, 24, 23, 30, 0, 0, time.UTC)
	for _, c := range []struct {
		day string
		ok  bool
	}{
		{"", true}, {"2026-11-23", true}, {"2026-11-22", false}, {"2029-11-24", true}, {"2029-11-25", false},
		{"2027/3/1", true}, {"2027年3月1日", true}, {"46447", true}, {"12", false}, {"2027-02-30", false}, {"soon", false},
	} {
		f := &intake.Fields{Text: text["en"]}
		check(requestInput{Skill: "pytorch", Heads: 1, NeededBy: c.day}, skills, "en", now, f)
		if (len(f.Wrong) == 0) != c.ok {
			t.Errorf("%q: %v", c.day, f.Wrong)
		}
	}
}
