package programmes

import (
	"context"
	"maps"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/gapwatch/gapwatch/ingest/intake"
	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/sheet"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/text"
	"github.com/gapwatch/gapwatch/internal/words"
)

// programmeColumns are the first columns, which every row of a programme repeats.
const programmeColumns = 7

func columns() []sheet.Column {
	return []sheet.Column{
		{Name: "school", Aliases: []string{"学院", "学校"}, Required: true},
		{Name: "name", Aliases: []string{"programme", "program", "专业"}, Required: true},
		{Name: "degree", Aliases: []string{"学历", "学位"}, Required: true},
		{Name: "region", Aliases: []string{"地区"}, Required: true},
		{Name: "cohort_size", Aliases: []string{"毕业生人数", "人数"}, Required: true},
		{Name: "graduation_month", Aliases: []string{"毕业月份"}, Required: true},
		{Name: "first_year", Aliases: []string{"首届毕业年份"}, Required: true},
		{Name: "course", Aliases: []string{"course_title", "课程"}},
		{Name: "description", Aliases: []string{"课程简介", "简介"}},
		{Name: "hours", Aliases: []string{"学时"}},
		{Name: "required", Aliases: []string{"必修"}},
		{Name: "seats", Aliases: []string{"名额"}},
	}
}

func (s *Service) registerUpload(api *httpd.API) {
	op := httpd.Require(huma.Operation{OperationID: "upload-programmes", Path: path + "/csv", Tags: []string{"Programmes"},
		Summary: "Upload a table of programmes and courses",
		Description: "CSV (UTF-8, UTF-16, GBK or Big5; comma, semicolon or tab) or XLSX, as the body or as the file of a form: one row a course, the columns of the programme repeated in each. " +
			"A programme whose rows are all good replaces what is registered of it; the answer names what is wrong with the others. 422 when no programme is good. With preview=true nothing is taken: the answer shows what would be."}, talent.RoleUniversity)
	intake.RegisterTable(api, op, s.upload, huma.Operation{OperationID: "programmes-template", Summary: "An empty table of programmes to fill in"}, intake.Template{
		File: "programmes.csv",
		EN: "school,name,degree,region,cohort_size,graduation_month,first_year,course,description,hours,required,seats\r\n" +
			"# one row a course; repeat the first seven columns,,bachelor | master | doctor | college,GB/T 2260 code or name,graduates a year,1 to 12,year,title,what is taught,hours,yes | no,of an elective\r\n",
		ZH: "学院,专业,学历,地区,毕业生人数,毕业月份,首届毕业年份,课程,课程简介,学时,必修,名额\r\n" +
			"# 每门课程一行，前七列重复填写,,本科 | 硕士 | 博士 | 大专,行政区划代码或名称,每年人数,1 至 12,年份,名称,教学内容,学时,是 | 否,选修课名额\r\n",
	})
}

func (s *Service) upload(ctx context.Context, in *intake.UploadInput) (*intake.UploadOutput, error) {
	who, _ := httpd.PrincipalOf(ctx)
	return intake.Take(ctx, intake.Table{Path: path + "/csv", Columns: columns(), MaxRows: s.cfg.MaxRows, Text: s.text}, in, table{s, who.Org})
}

// table reads one organisation's uploads.
type table struct {
	*Service
	org string
}

// draft is a programme of a table while its rows are read.
type draft struct {
	programme talent.Programme
	lines     []int // indices
	broken    bool
}

// Read makes programmes of rows; one with an error in any row is left out, because a version of a programme replaces
// all its courses.
func (t table) Read(rows []sheet.Row, lang string) intake.Reading[talent.Programme] {
	var out intake.Reading[talent.Programme]
	drafts := make(map[string]*draft)
	var order []*draft
	for i, row := range rows {
		f := &intake.Fields{Text: t.text[lang]}
		p := check(rowInput(row, f), t.now(), f)
		for i := range f.Wrong {
			w := &f.Wrong[i]
			if w.Field = strings.TrimPrefix(w.Field, "courses[0]."); w.Field == "title" {
				w.Field = "course"
			}
		}
		identify(&p, t.org)
		d := drafts[p.ID]
		if d == nil {
			d = &draft{programme: p}
			d.programme.Courses = nil
			drafts[p.ID] = d
			order = append(order, d)
		} else {
			contradict(rows[d.lines[0]], row, f)
		}
		d.programme.Courses = append(d.programme.Courses, p.Courses...)
		if len(d.programme.Courses) == maxCourses+1 {
			f.Bad("course", nil, "wrong.courses", maxCourses)
		}
		line := intake.NewLine(row, f)
		d.lines = append(d.lines, i)
		d.broken = d.broken || len(line.Wrong) > 0
		out.Lines = append(out.Lines, line)
	}
	for _, d := range order {
		if d.broken {
			out.Rejected++
			continue
		}
		identifyCourses(&d.programme)
		for _, i := range d.lines {
			out.Lines[i].Item = len(out.Items)
		}
		out.Items = append(out.Items, intake.Item[talent.Programme]{ID: d.programme.ID, Value: d.programme})
	}
	return out
}

// rowInput reads the cells of a row.
func rowInput(row sheet.Row, f *intake.Fields) ProgrammeInput {
	number := func(column string) int {
		c := row.Cells[column]
		if c == "" {
			return 0
		}
		n, ok := text.Int(c)
		if !ok {
			f.Bad(column, c, "wrong.whole")
		}
		return n
	}
	c := row.Cells
	in := ProgrammeInput{School: c["school"], Region: c["region"], Name: c["name"], Degree: c["degree"], CohortSize: number("cohort_size"),
		GraduationMonth: number("graduation_month"), FirstYear: number("first_year")}
	course := CourseInput{Title: c["course"], Description: c["description"], Hours: number("hours"), Seats: number("seats")}
	switch strings.ToLower(c["required"]) {
	case "", "no", "n", "false", "0", "否", "选修", "elective":
	case "yes", "y", "true", "1", "是", "必修", "required":
		course.Required = true
	default:
		f.Bad("required", c["required"], "wrong.yesno")
	}
	if course != (CourseInput{}) { // a programme may be registered without courses
		in.Courses = []CourseInput{course}
	}
	return in
}

// contradict notes the columns in which a later row says another thing of its programme than the first.
func contradict(first, row sheet.Row, f *intake.Fields) {
	for _, c := range columns()[:programmeColumns] {
		if a, b := first.Cells[c.Name], row.Cells[c.Name]; !strings.EqualFold(a, b) {
			f.Bad(c.Name, b, "wrong.differs", first.Number, text.Short(a, 100))
		}
	}
}

// Judge tells new and changed programmes from those that say what is registered.
func (t table) Judge(ctx context.Context, items []intake.Item[talent.Programme], _ bool) error {
	stored, err := t.registered(ctx, t.org)
	if err != nil {
		return err
	}
	for i := range items {
		item := &items[i]
		old, exists := stored[item.ID]
		item.State = intake.New
		switch {
		case exists && same(old, item.Value):
			item.State = intake.Unchanged
		case exists && !old.Closed:
			item.State = intake.Changed
		}
		item.Value.Version = intake.Version(t.now(), old.Version)
	}
	return nil
}

// Send registers programmes.
func (t table) Send(ctx context.Context, prefer string, programmes []talent.Programme) error {
	if err := t.write(ctx, programmes...); err != nil {
		return err
	}
	t.await(ctx, prefer, programmes...)
	return nil
}

// Show says by names what a row was understood to mean.
func (t table) Show(p talent.Programme, row sheet.Row, lang string) map[string]string {
	names := words.Names{Lang: lang, Text: t.text[lang]}
	cells := maps.Clone(row.Cells)
	cells["region"], cells["degree"] = names.Region(p.Region), names.Degree(p.Degree)
	return cells
}
