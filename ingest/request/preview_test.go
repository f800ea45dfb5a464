package request

import (
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gapwatch/gapwatch/ingest/intake"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/taxonomy"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

// preview asks what would become of a table, page by page.
func preview(t *testing.T, m *market, key, table, lang string) (first intake.Upload, rows []intake.PreviewRow) {
	t.Helper()
	for after := 0; ; {
		a := m.Call("POST", fmt.Sprintf("%s/csv?preview=true&after=%d", path, after), key, table, "Content-Type", "text/csv", "Accept-Language", lang)
		if a.Status != 200 {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
		var u intake.Upload
		if a.Into(t, &u); after == 0 {
			first = u
		}
		rows = append(rows, u.Rows...)
		if after = u.NextRow; after == 0 {
			return first, rows
		}
	}
}

func TestPreviewShowsEveryRowAndTakesNothing(t *testing.T) {
	m := start(t)
	key := m.key("Nebula Robotics", talent.RoleEnterprise)
	const table = "技能,人数,地区\n大模型,2,杭州\nLLMM,零,\n# a remark\ndmx,2,\n"
	u, rows := preview(t, m, key, table, "zh")
	if !u.Preview || u.Accepted != 2 || u.Rejected != 1 || u.Unchanged != 0 || u.Held != 0 {
		t.Errorf("%+v", u)
	}
	want := []intake.PreviewRow{
		{Row: 2, State: intake.New, Cells: map[string]string{"skill": "大语言模型", "heads": "2", "region": "杭州市"}},
		{Row: 3, State: intake.Wrong, Cells: map[string]string{"skill": "LLMM", "heads": "零"}, Errors: []intake.RowError{
			{Row: 3, Field: "heads", Message: "应为 1 至 10000 的整数"}, {Row: 3, Field: "skill", Message: rows[1].Errors[1].Message}}},
		{Row: 5, State: intake.New, Cells: map[string]string{"skill": "大语言模型", "heads": "2"}},
	}
	if d := cmp.Diff(want, rows); d != "" {
		t.Errorf("rows (-want +got):\n%s", d)
	}
	if says := rows[1].Errors[1].Message; !strings.Contains(says, "大语言模型（large-language-models）") {
		t.Errorf("the error offers nothing: %s", says)
	}
	m.messages(0)

	fixed := strings.Replace(table, "LLMM,零", "LLM,500", 1)
	if u, rows = preview(t, m, key, fixed, "en"); u.Accepted != 3 || u.Held != 1 || rows[1].State != intake.Held || rows[1].Cells["skill"] != "Large language models" {
		t.Errorf("corrected: %+v %+v", u, rows)
	}
	// A preview is not remembered: what counts is still decided by what was written.
	sent := upload(t, m, key, fixed)
	if sent.Preview || sent.Accepted != 3 || sent.Held != 1 || len(sent.Rows) != 0 {
		t.Errorf("sent: %+v", sent)
	}
	m.messages(3)
	if u, rows = preview(t, m, key, fixed, "en"); u.Unchanged != 3 || u.Accepted != 0 || rows[0].State != intake.Unchanged {
		t.Errorf("again: %+v %+v", u, rows)
	}
	// A table without a good row is shown too; one that cannot be read is refused, in the language of the caller.
	if u, rows = preview(t, m, key, "skill,heads\nalchemy,0\n", "en"); u.Rejected != 1 || len(rows[0].Errors) != 2 {
		t.Errorf("no good row: %+v %+v", u, rows)
	}
	a := m.Call("POST", path+"/csv?preview=true", key, "技能\n大模型\n", "Content-Type", "text/csv", "Accept-Language", "zh-CN,zh;q=0.9")
	if code, _ := a.Problem(t); code != "wrong_columns" || !strings.Contains(string(a.Body), "缺少：人数") {
		t.Errorf("%d %s", a.Status, a.Body)
	}
}

// Every name and form of every skill is taken in a table as in the search, or named as ambiguous with the right one offered.
func TestEveryNameOfASkillIsTaken(t *testing.T) {
	m := start(t)
	key := m.key("Nebula Robotics", talent.RoleEnterprise)
	_, skills := testenv.Words(t)
	tax, err := taxonomy.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	w := csv.NewWriter(&table)
	write := func(cells ...string) {
		if err := w.Write(cells); err != nil {
			t.Fatal(err)
		}
	}
	write("skill", "heads")
	var want []string // ids
	for _, e := range tax.Entries {
		for _, name := range slices.Concat([]string{e.ID, e.NameEN, e.NameZH}, e.Aliases, e.Exact, e.Guarded, e.Listed) {
			write(name, "1")
			want = append(want, e.ID)
		}
	}
	w.Flush()
	u, rows := preview(t, m, key, table.String(), "en")
	if len(rows) != len(want) || u.Accepted+u.Rejected != len(want) || u.Accepted == 0 {
		t.Fatalf("%d rows of %d, %d accepted, %d rejected", len(rows), len(want), u.Accepted, u.Rejected)
	}
	for i, r := range rows {
		if r.State == intake.Wrong {
			if says := r.Errors[0].Message; !strings.Contains(says, "may mean") || !strings.Contains(says, want[i]) {
				t.Errorf("line %d, %s: %s", r.Row, want[i], says)
			}
		} else if name := skills.Names("en").Skill(want[i]); r.Cells["skill"] != name {
			t.Errorf("line %d is %s, want %s", r.Row, r.Cells["skill"], name)
		}
	}
	t.Logf("%d names, %d taken, %d ambiguous", len(rows), u.Accepted, u.Rejected)
}
