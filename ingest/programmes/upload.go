package programmes

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/gapwatch/gapwatch/ingest/intake"
	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/sheet"
	"github.com/gapwatch/gapwatch/internal/talent"
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

type uploadInput struct {
	ContentType string `header:"Content-Type"`
	Prefer      string `header:"Prefer" doc:"respond-async: answer at once."`
	RawBody     []byte
}

// ProgrammeUpload says what became of an uploaded table of programmes.
type ProgrammeUpload struct {
	Accepted  int               `json:"accepted" doc:"Programmes that are new or changed."`
	Unchanged int               `json:"unchanged" doc:"Programmes that say what is registered already."`
	Rejected  int               `json:"rejected" doc:"Programmes with an error in any of their rows; nothing of them was taken."`
	IDs       []string          `json:"ids" nullable:"false" doc:"Ids of the accepted and unchanged programmes."`
	Errors    []intake.RowError `json:"errors" nullable:"false" doc:"The first 50; the last entry counts the others."`
}

type uploadOutput struct{ Body ProgrammeUpload }

func (s *Service) registerUpload(api *httpd.API) {
	op := httpd.Require(huma.Operation{OperationID: "upload-programmes", Path: path + "/csv", Tags: []string{"Programmes"},
		Summary: "Upload a table of programmes and courses",
		Description: "CSV (UTF-8, UTF-16 or GBK; comma, semicolon or tab) or XLSX, as the body or as the file of a form: one row a course, the columns of the programme repeated in each. " +
			"A programme whose rows are all good replaces what is registered of it; the answer names what is wrong with the others. 422 when no programme is good."}, talent.RoleUniversity)
	intake.RegisterTable(api, op, s.upload, huma.Operation{OperationID: "programmes-template", Summary: "An empty table of programmes to fill in"}, intake.Template{
		File: "programmes.csv",
		EN: "school,name,degree,region,cohort_size,graduation_month,first_year,course,description,hours,required,seats\r\n" +
			"# one row a course; repeat the first seven columns,,bachelor | master | doctor | college,GB/T 2260 code or name,graduates a year,1 to 12,year,title,what is taught,hours,yes | no,of an elective\r\n",
		ZH: "学院,专业,学历,地区,毕业生人数,毕业月份,首届毕业年份,课程,课程简介,学时,必修,名额\r\n" +
			"# 每门课程一行，前七列重复填写,,本科 | 硕士 | 博士 | 大专,行政区划代码或名称,每年人数,1 至 12,年份,名称,教学内容,学时,是 | 否,选修课名额\r\n",
	})
}

// draft is a programme of a table while its rows are read.
type draft struct {
	programme talent.Programme
	first     sheet.Row
	broken    bool
}

// parse reads a table into programmes; one with an error in any row is left out, because a version of a
// programme replaces all its courses.
func parse(data []byte, org string, maxRows int, now time.Time) (good []talent.Programme, rejected int, errs *intake.RowErrors, err error) {
	rows, err := sheet.Read(data, columns(), maxRows)
	if err != nil {
		return nil, 0, nil, intake.Unreadable(err, path+"/csv")
	}
	errs = &intake.RowErrors{}
	drafts := make(map[string]*draft)
	var order []*draft
	for _, row := range rows {
		in, rowErrs := rowInput(row)
		p, wrong := check(in, now, "")
		for _, w := range wrong {
			field := strings.TrimPrefix(w.Location, "courses[0].")
			if field == "title" {
				field = "course"
			}
			rowErrs = append(rowErrs, intake.RowError{Row: row.Number, Field: field, Message: w.Message, Value: w.Value})
		}
		rowErrs = distinct(rowErrs)
		identify(&p, org)
		d := drafts[p.ID]
		if d == nil {
			d = &draft{programme: p, first: row}
			d.programme.Courses = nil
			drafts[p.ID] = d
			order = append(order, d)
		} else {
			rowErrs = append(rowErrs, contradictions(d.first, row)...)
		}
		d.programme.Courses = append(d.programme.Courses, p.Courses...)
		d.broken = d.broken || len(rowErrs) > 0
		for _, e := range rowErrs {
			errs.Add(e.Row, e.Field, e.Message, e.Value)
		}
		if len(d.programme.Courses) == maxCourses+1 {
			d.broken = true
			errs.Add(row.Number, "course", "is the 201st of its programme; 200 are the most", nil)
		}
	}
	for _, d := range order {
		if d.broken {
			rejected++
			continue
		}
		identifyCourses(&d.programme)
		good = append(good, d.programme)
	}
	return good, rejected, errs, nil
}

// rowInput reads the cells of a row.
func rowInput(row sheet.Row) (ProgrammeInput, []intake.RowError) {
	var errs []intake.RowError
	if row.Err != "" {
		errs = append(errs, intake.RowError{Row: row.Number, Message: row.Err})
	}
	number := func(column string, ifEmpty int) int {
		c := row.Cells[column]
		if c == "" {
			return ifEmpty
		}
		n, err := strconv.Atoi(c)
		if err != nil {
			errs = append(errs, intake.RowError{Row: row.Number, Field: column, Message: "must be a whole number", Value: c})
		}
		return n
	}
	c := row.Cells
	in := ProgrammeInput{School: c["school"], Region: c["region"], Name: c["name"], Degree: c["degree"], CohortSize: number("cohort_size", 0),
		GraduationMonth: number("graduation_month", 0), FirstYear: number("first_year", 0)}
	course := CourseInput{Title: c["course"], Description: c["description"], Hours: number("hours", 0), Seats: number("seats", 0)}
	switch strings.ToLower(c["required"]) {
	case "", "no", "n", "false", "0", "否", "选修", "elective":
	case "yes", "y", "true", "1", "是", "必修", "required":
		course.Required = true
	default:
		errs = append(errs, intake.RowError{Row: row.Number, Field: "required", Message: "must be yes or no (是, 否)", Value: c["required"]})
	}
	if course != (CourseInput{}) { // a programme may be registered without courses
		in.Courses = []CourseInput{course}
	}
	return in, errs
}

// distinct keeps the first error of each field: "not a number" and "out of range" say the same.
func distinct(errs []intake.RowError) []intake.RowError {
	seen := make(map[string]bool)
	var out []intake.RowError
	for _, e := range errs {
		if e.Field == "" || !seen[e.Field] {
			out = append(out, e)
		}
		seen[e.Field] = true
	}
	return out
}

// contradictions names the columns in which a later row says another thing of its programme than the first.
func contradictions(first, row sheet.Row) []intake.RowError {
	var errs []intake.RowError
	for _, c := range columns()[:programmeColumns] {
		if a, b := first.Cells[c.Name], row.Cells[c.Name]; !strings.EqualFold(a, b) {
			errs = append(errs, intake.RowError{Row: row.Number, Field: c.Name, Message: fmt.Sprintf("differs from line %d, which says %q of the same programme", first.Number, httpd.Cut(a, 100)), Value: b})
		}
	}
	return errs
}

func (s *Service) upload(ctx context.Context, in *uploadInput) (*uploadOutput, error) {
	who, _ := httpd.PrincipalOf(ctx)
	data, err := sheet.Upload(in.ContentType, in.RawBody)
	if err != nil {
		return nil, httpd.Problem(http.StatusBadRequest, "unreadable_form", err.Error())
	}
	good, rejected, errs, err := parse(data, who.Org, s.cfg.MaxRows, s.now())
	if err != nil {
		return nil, err
	}
	if len(good) == 0 {
		return nil, errs.Problem("no programme of the table can be taken; errors names what is wrong, by line of the file")
	}
	out := ProgrammeUpload{Rejected: rejected, Errors: errs.List(), IDs: make([]string, len(good))}
	stored, err := s.registered(ctx, who.Org)
	if err != nil {
		return nil, err
	}
	var fresh []talent.Programme
	for i, p := range good {
		out.IDs[i] = p.ID
		old, exists := stored[p.ID]
		if exists && same(old, p) {
			out.Unchanged++
			continue
		}
		p.Version = s.next(old)
		fresh = append(fresh, p)
	}
	if len(fresh) > 0 {
		if err := s.write(ctx, fresh...); err != nil {
			return nil, err
		}
		s.await(ctx, in.Prefer, fresh...)
	}
	out.Accepted = len(fresh)
	return &uploadOutput{out}, nil
}
