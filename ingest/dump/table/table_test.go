package table_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/gapwatch/gapwatch/ingest/dump/table"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

func dumpOf(body string, format table.Format, m table.Mapping) ([]talent.Posting, table.Stats, error) {
	var got []talent.Posting
	stats, err := table.Read(strings.NewReader(body), format, m, func(p talent.Posting) error {
		got = append(got, p)
		return nil
	})
	return got, stats, err
}

func mapping(t testing.TB, assignments ...string) table.Mapping {
	t.Helper()
	m, err := table.Mapping{}.With(assignments...)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestDump(t *testing.T) {
	day := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	ref := mapping(t, "key=n", "title=t", "date=d")
	ref.Reference = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	layout := mapping(t, "key=n", "title=t", "date=d")
	layout.DateLayout = "02.01.2006"
	cook := talent.Posting{Key: "1", Title: "Cook", PostedAt: day}
	for _, c := range []struct {
		name   string
		format table.Format
		body   string
		m      table.Mapping
		want   []talent.Posting
		bad    []table.RowError
	}{
		{"csv by names", table.CSV, "id,title,company,city,posted_at,headcount\n1,Cook,Sample Works,Graz,2026-03-01,招2人\n", table.Mapping{},
			[]talent.Posting{{Key: "1", Title: "Cook", Employer: "Sample Works", Location: "Graz", PostedAt: day, Openings: 2}}, nil},
		{"csv of chinese names", table.CSV, "职位编码,职位名称,公司名称,工作城市,发布日期,薪资,学历要求,岗位职责,任职要求\n1,厨师,示例餐饮,成都,2026/3/1,8-10k,大专,做饭,三年\n", table.Mapping{},
			[]talent.Posting{{Key: "1", Title: "厨师", Employer: "示例餐饮", Location: "成都", PostedAt: day, Salary: "8-10k", Education: "大专", Text: "做饭\n\n三年"}}, nil},
		{"csv with breaks, quotes, mark, crlf", table.CSV, "\xef\xbb\xbfid,title,text\r\n1,\"Cook, \"\"chef\"\"\",\"one\r\ntwo\"\r\n", table.Mapping{},
			[]talent.Posting{{Key: "1", Title: `Cook, "chef"`, Text: "one\ntwo"}}, nil},
		{"csv mapped", table.CSV, "n,t,a,b,d\n1,Cook,one,two,1772323200\n", mapping(t, "key=n", "title=t", "text=a", "text=b", "date=d"),
			[]talent.Posting{{Key: "1", Title: "Cook", Text: "one\n\ntwo", PostedAt: day}}, nil},
		{"relative dates", table.CSV, "n,t,d\n1,Cook,昨天\n", ref, []talent.Posting{cook}, nil},
		{"date layout", table.CSV, "n,t,d\n1,Cook,01.03.2026\n2,Baker,2026-03-01\n", layout, []talent.Posting{cook}, []table.RowError{{Line: 3, Reason: "02.01.2006"}}},
		{"bad rows", table.CSV, "id,title,date\n1,Cook,2026-03-01\n2,Cook\n3,,\n4,Cook,soon\n5,\"Co\"ok,\n6,Cook,今天\n\n7,Cook,\n", table.Mapping{},
			[]talent.Posting{cook, {Key: "7", Title: "Cook"}},
			[]table.RowError{{3, "2 fields"}, {4, "neither"}, {5, "soon"}, {6, `"`}, {7, "reference date"}}},
		{"tsv", table.TSV, "id\ttitle\ttext\n1\tCook\t\"say \"\"hi\"\"\"\n2\t\"Baker\tx\n3\tBrewer\t\n", table.Mapping{},
			[]talent.Posting{{Key: "1", Title: "Cook", Text: `say "hi"`}, {Key: "2", Title: `"Baker`, Text: "x"}, {Key: "3", Title: "Brewer"}}, nil},
		{"jsonl", table.JSONL, "{\"id\":17,\"title\":\"Cook\",\"company\":{\"name\":\"Sample Works\"},\"locations\":[\"Graz\",{\"name\":\"Linz\"}],\"date\":1772323200000,\"salary\":null}\n\n{\"id\":\"x\",\"text\":\"t\"}", table.Mapping{},
			[]talent.Posting{{Key: "17", Title: "Cook", Employer: "Sample Works", Location: "Graz / Linz", PostedAt: day}, {Key: "x", Text: "t"}}, nil},
		{"jsonl with paths", table.JSONL, `{"job":{"ref":{"n":1},"t":"Cook"},"a.b":"Graz"}`, mapping(t, "key=job.ref.n", "title=job.t", "location=a.b"),
			[]talent.Posting{{Key: "1", Title: "Cook", Location: "Graz"}}, nil},
		{"jsonl bad rows", table.JSONL, "{\"id\":1,\"title\":\"Cook\",\"date\":\"2026-03-01\"}\n{\"id\":2\nnull\n[1]\n{\"id\":3,\"title\":\"x\"} {}\n", table.Mapping{},
			[]talent.Posting{cook}, []table.RowError{{2, "not a JSON object"}, {3, "null"}, {4, "not a JSON object"}, {5, "not a JSON object"}}},
		{"html in the text", table.JSONL, `{"id":1,"text":"<p>one</p><p>two &amp; three</p>"}`, table.Mapping{}, []talent.Posting{{Key: "1", Text: "one\n\ntwo & three"}}, nil},
		{"first column that is not empty", table.CSV, "id,title,full,short\n1,Cook,,Works\n2,Cook,Sample Works,Works\n", mapping(t, "key=id", "title=title", "employer=full", "employer=short"),
			[]talent.Posting{{Key: "1", Title: "Cook", Employer: "Works"}, {Key: "2", Title: "Cook", Employer: "Sample Works"}}, nil},
	} {
		got, stats, err := dumpOf(c.body, c.format, c.m)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if d := cmp.Diff(c.want, got, cmpopts.EquateEmpty()); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
		if stats.Postings != len(c.want) || stats.Bad != len(c.bad) || stats.Rows != stats.Postings+stats.Bad || len(stats.Errors) != len(c.bad) {
			t.Fatalf("%s: %+v", c.name, stats)
		}
		for i, e := range stats.Errors {
			if e.Line != c.bad[i].Line || !strings.Contains(e.Reason, c.bad[i].Reason) {
				t.Errorf("%s: row error %v, want line %d, %q", c.name, e, c.bad[i].Line, c.bad[i].Reason)
			}
		}
	}
}

func TestDumpCharsets(t *testing.T) {
	rows := strings.Repeat("7,厨师,熟悉川菜，能吃苦耐劳，三年以上工作经验\n", 3000) // beyond what is looked at first
	for _, charset := range []string{"utf-8", "gbk", "gb18030", "utf-16"} {
		got, _, err := dumpOf(string(testenv.Encode(t, "id,职位名称,职位描述\n"+rows, charset)), table.CSV, table.Mapping{})
		if err != nil || len(got) != 3000 || got[2999].Title != "厨师" || got[2999].Text != "熟悉川菜，能吃苦耐劳，三年以上工作经验" {
			t.Errorf("%s: %d postings, %v", charset, len(got), err)
		}
	}
	// ASCII first, GBK long after: each row is decoded by itself.
	late := "id,title,text\n" + strings.Repeat("1,Cook,a plain text\n", 5000) + string(testenv.Encode(t, "2,厨师,熟悉川菜，能吃苦耐劳\n", "gbk"))
	got, _, err := dumpOf(late, table.CSV, table.Mapping{})
	if err != nil || got[len(got)-1].Text != "熟悉川菜，能吃苦耐劳" {
		t.Errorf("late GBK: %+v, %v", got[len(got)-1], err)
	}
}

func TestDumpRefuses(t *testing.T) {
	for _, c := range []struct {
		name, body string
		format     table.Format
		m          table.Mapping
		want       string
	}{
		{"wrong columns", "id,name\n1,Cook\n", table.CSV, mapping(t, "key=id", "title=title"), `expects "title", which the dump does not have; its columns are: "id", "name"`},
		{"unknown columns", "alpha,beta\n1,2\n", table.CSV, table.Mapping{}, `"alpha", "beta"`},
		{"wrong keys", `{"id":1,"name":"Cook"}`, table.JSONL, mapping(t, "key=id", "title=title"), `expects "title"`},
		{"unknown keys", `{"alpha":1}`, table.JSONL, table.Mapping{}, `"alpha"`},
		{"all bad", "id,title\n1\n2\n", table.CSV, table.Mapping{}, "none of the 2 rows"},
		{"all dates relative", "id,title,date\n1,Cook,今天\n", table.CSV, table.Mapping{}, "reference date"},
		{"quote not closed", "id,title\n1,Cook\n2,\"Baker\n3,Brewer\n4,Tailor\n", table.CSV, table.Mapping{}, "line 3: a quoted field that begins here is not closed"},
		{"endless record", "id,title\n1,\"" + strings.Repeat("x\n", 9<<20), table.CSV, table.Mapping{}, "longer than 16 MiB"},
		{"mapping without text", "id\n1\n", table.CSV, mapping(t, "key=id"), "title"},
		{"format", "x", "xml", table.Mapping{}, "xml"},
	} {
		if _, _, err := dumpOf(c.body, c.format, c.m); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	for _, body := range []string{"", " \n", "\xef\xbb\xbf", "id,title\n"} {
		if _, _, err := dumpOf(body, table.CSV, table.Mapping{}); !errors.Is(err, table.ErrEmpty) {
			t.Errorf("%q: %v, want that it is empty", body, err)
		}
	}
	stop := errors.New("stop")
	if _, err := table.Read(strings.NewReader("id,title\n1,Cook\n"), table.CSV, table.Mapping{}, func(talent.Posting) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("error of the receiver: %v", err)
	}
}

func TestDumpLongLine(t *testing.T) {
	body := `{"id":1,"title":"Cook"}` + "\n" + `{"id":2,"title":"` + strings.Repeat("x", 17<<20) + `"}` + "\n" + `{"id":3,"title":"Baker"}`
	got, stats, err := dumpOf(body, table.JSONL, table.Mapping{})
	if err != nil || len(got) != 2 || got[1].Key != "3" || stats.Bad != 1 || stats.Errors[0].Line != 2 {
		t.Errorf("%d postings, %+v, %v", len(got), stats, err)
	}
}

func TestDumpKeepsTwentyErrors(t *testing.T) {
	_, stats, err := dumpOf("id,title\n"+strings.Repeat("1\n", 500)+"1,Cook\n", table.CSV, table.Mapping{})
	if err != nil || stats.Bad != 500 || len(stats.Errors) != 20 || stats.Errors[19].Line != 21 {
		t.Errorf("%d bad, %d kept, %v", stats.Bad, len(stats.Errors), err)
	}
}

// TestDumpKeyOfContent: rows without a key have one that only their content decides.
func TestDumpKeyOfContent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.StringMatching(`[A-Za-z]{1,8}`), 1, 8).Draw(t, "titles")
		body := "title,city\n"
		for _, w := range words {
			body += w + ",Graz\n"
		}
		got, _, err := dumpOf(body, table.CSV, table.Mapping{})
		if err != nil {
			t.Fatal(err)
		}
		keys := map[string]string{}
		for i, p := range got {
			if k, ok := keys[words[i]]; ok && k != p.Key {
				t.Fatalf("equal rows, keys %s and %s", k, p.Key)
			}
			keys[words[i]] = p.Key
		}
		distinct := map[string]bool{}
		for _, k := range keys {
			distinct[k] = true
		}
		if len(distinct) != len(keys) {
			t.Fatalf("different rows share a key: %v", keys)
		}
	})
}

func TestMapping(t *testing.T) {
	for _, bad := range []string{"title", "colour=x", "=x", ""} {
		if _, err := (table.Mapping{}).With(bad); err == nil || !strings.Contains(err.Error(), "valid_through") {
			t.Errorf("%q: %v, want the fields", bad, err)
		}
	}
	m, err := preset(t, "lagou").With("employer=公司名称", "salary=")
	if err != nil || strings.Join(m.Employer, " ") != "公司名称" || len(m.Salary) != 0 || len(m.Title) != 1 {
		t.Errorf("%+v, %v", m, err)
	}
	if _, err := table.Preset("monster"); err == nil || !strings.Contains(err.Error(), "hn, lagou, liepin") {
		t.Errorf("unknown preset: %v", err)
	}
	for name, want := range map[string]table.Format{"a.jsonl": table.JSONL, "b.NDJSON.GZ": table.JSONL, "c.csv.gz": table.CSV, "d.tsv": table.TSV, "e.xlsx": "", "csv": "", ".gz": ""} {
		if got := table.FormatOf(name); got != want {
			t.Errorf("%s: format %q, want %q", name, got, want)
		}
	}
}

func TestHeadLine(t *testing.T) {
	for _, c := range []struct{ head, employer, title, place, pay string }{
		{"Sample Works | Data Engineer | Graz, Austria | Full-time | https://works.example", "Sample Works", "Data Engineer", "Graz, Austria", ""},
		{"Sample Works (https://works.example) | REMOTE | Senior Go Developer | $120k-$150k", "Sample Works", "Senior Go Developer", "REMOTE", "$120k-$150k"},
		{"Sample Works (YC S12) | ONSITE | Zürich | Full Time | Machine Learning", "Sample Works", "Machine Learning", "Zürich", ""},
		{"示例科技 | 算法工程师 | 成都 | 全职", "示例科技", "算法工程师", "成都", ""},
		{"Works| Linz |Multiple positions", "Works", "Multiple positions", "Linz", ""},
		// not the shape: nothing is read
		{"Sample Works is hiring a data engineer in Graz", "", "", "", ""},
		{"Sample Works | Graz", "", "", "", ""},
		{"Senior Backend Developer | Sample Works | Graz", "", "", "", ""},
		{"REMOTE | Sample Works | Data Engineer", "", "", "", ""},
		{"https://works.example | Graz | Data Engineer", "", "", "", ""},
		{"Full-time | Graz | Data Engineer", "", "", "", ""},
		{"We are a small company that does very many things indeed for everybody | a | b", "", "", "", ""},
	} {
		m := preset(t, "hn")
		got, _, err := dumpOf(fmt.Sprintf(`{"id":1,"time":"2026-03-01T00:00:00Z","text":%q}`, c.head+"\nWe use PyTorch."), table.JSONL, m)
		if err != nil {
			t.Fatal(err)
		}
		p := got[0]
		if p.Employer != c.employer || p.Title != c.title || p.Location != c.place || p.Salary != c.pay {
			t.Errorf("%q: employer %q, title %q, place %q, pay %q", c.head, p.Employer, p.Title, p.Location, p.Salary)
		}
	}
}

func FuzzDump(f *testing.F) {
	f.Add("id,title,date\n1,\"Cook\n\",2026-03-01\n", uint8(0))
	f.Add("id\ttitle\n1\tCook\n", uint8(1))
	f.Add(`{"id":1,"title":"Cook","a":{"b":[1,[2]]}}`+"\n{", uint8(2))
	f.Fuzz(func(t *testing.T, body string, format uint8) {
		formats := []table.Format{table.CSV, table.TSV, table.JSONL}
		got, stats, err := dumpOf(body, formats[int(format)%len(formats)], table.Mapping{})
		if stats.Rows != stats.Postings+stats.Bad || stats.Postings != len(got) || err == nil && len(got) == 0 {
			t.Fatalf("%+v of %d postings, %v", stats, len(got), err)
		}
		for _, p := range got {
			testenv.CheckPosting(t, p)
		}
	})
}
