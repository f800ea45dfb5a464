package table

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"
)

// Mapping says which columns of a dump hold the fields of a posting. A field takes the first of its columns that is
// not empty; Text joins all of its columns with blank lines. In JSONL a column is a key, or a path of keys with dots
// (company.name). A field without columns is not read.
type Mapping struct {
	Key, URL, Title, Employer, Location, Industry, Education, Experience, Salary, Openings, Date, ValidThrough, Text []string

	// DateLayout is Go's reference layout of Date and ValidThrough ("02.01.2006"); empty: the forms that Date reads.
	DateLayout string
	// Reference is the day the dump was made: relative dates and dates without a year are counted from it.
	Reference time.Time
	// ReferenceColumn holds that day in each row; it goes before Reference.
	ReferenceColumn []string
	// HeadLine reads employer, title and place from a first line "Company | Role | Place | …" of the text.
	HeadLine bool
}

// fields gives every mapped field its name as it is written in "field=column".
func (m *Mapping) fields() map[string]*[]string {
	return map[string]*[]string{
		"key": &m.Key, "url": &m.URL, "title": &m.Title, "employer": &m.Employer, "location": &m.Location,
		"industry": &m.Industry, "education": &m.Education, "experience": &m.Experience, "salary": &m.Salary,
		"openings": &m.Openings, "date": &m.Date, "valid_through": &m.ValidThrough, "text": &m.Text,
		"reference": &m.ReferenceColumn,
	}
}

// FieldNames lists what can stand before the = of a mapping, sorted.
func FieldNames() []string {
	var m Mapping
	names := make([]string, 0, 14)
	for n := range m.fields() {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

// With returns m with the assignments "field=column" put in. The first assignment of a field replaces what m has for
// it, later ones add columns: "text=duties" "text=requirements". "field=" empties a field.
func (m Mapping) With(assignments ...string) (Mapping, error) {
	fields := m.fields()
	replaced := map[string]bool{}
	for _, a := range assignments {
		name, column, ok := strings.Cut(a, "=")
		name = strings.TrimSpace(name)
		f := fields[name]
		if !ok || f == nil {
			return m, fmt.Errorf("mapping %q: want FIELD=COLUMN, FIELD being one of %s", a, strings.Join(FieldNames(), ", "))
		}
		if !replaced[name] {
			*f, replaced[name] = nil, true
		} else {
			*f = slices.Clone(*f)
		}
		if column = strings.TrimSpace(column); column != "" {
			*f = append(*f, column)
		}
	}
	return m, nil
}

// empty reports whether no field of a posting is mapped.
func (m Mapping) empty() bool {
	for name, f := range m.fields() {
		if name != "reference" && len(*f) > 0 {
			return false
		}
	}
	return true
}

// columns lists every column that m names, sorted.
func (m Mapping) columns() []string {
	var all []string
	for _, f := range m.fields() {
		for _, c := range *f {
			if !slices.Contains(all, c) {
				all = append(all, c)
			}
		}
	}
	sort.Strings(all)
	return all
}

// Validate reports a mapping that cannot give postings.
func (m Mapping) Validate() error {
	if !m.empty() && len(m.Title) == 0 && len(m.Text) == 0 {
		return errors.New("mapping: a posting needs a title or a text: add title=COLUMN or text=COLUMN")
	}
	return nil
}

// Preset returns the mapping of a dump that is known by name: "hn" (JSONL id,time,text of a monthly hiring thread),
// "lagou" and "liepin" (CSV of two Chinese boards).
func Preset(name string) (Mapping, error) {
	switch name {
	case "hn":
		return Mapping{Key: []string{"id"}, Date: []string{"time"}, Text: []string{"text"}, HeadLine: true}, nil
	case "lagou":
		return Mapping{Key: []string{"职位编码"}, Title: []string{"职位名称"}, Location: []string{"所在城市"}, Date: []string{"发布日期"},
			Salary: []string{"薪资待遇"}, Employer: []string{"公司全称", "公司名称"}}, nil
	case "liepin":
		return Mapping{Key: []string{"job_url"}, URL: []string{"job_url"}, Title: []string{"title"}, Employer: []string{"company_name"},
			Location: []string{"location"}, Salary: []string{"salary"}, Experience: []string{"experience"}, Education: []string{"education"},
			Openings: []string{"recruit_count"}, Industry: []string{"company_industry"}, Date: []string{"update_time"},
			ReferenceColumn: []string{"crawl_time"}, Text: []string{"job_description"}}, nil
	}
	return Mapping{}, fmt.Errorf("unknown preset %q: want one of %s, or map the columns with FIELD=COLUMN", name, strings.Join(Presets(), ", "))
}

// Presets lists the names that Preset knows.
func Presets() []string { return []string{"hn", "lagou", "liepin"} }

// aliases are the column names that a dump without a mapping is understood by, in order of preference.
func aliases() map[string][]string {
	return map[string][]string{
		"key":           {"key", "id", "job_id", "jobid", "posting_id", "职位编码", "职位id", "职位编号"},
		"url":           {"url", "job_url", "link", "applyurl", "职位链接", "链接"},
		"title":         {"title", "job_title", "职位名称", "岗位名称", "职位", "岗位"},
		"employer":      {"employer", "company", "company_name", "公司全称", "公司名称", "企业名称", "公司"},
		"location":      {"location", "locations", "city", "place", "工作地点", "所在城市", "工作城市", "城市", "地点"},
		"industry":      {"industry", "company_industry", "行业", "所属行业"},
		"education":     {"education", "degree", "学历", "学历要求"},
		"experience":    {"experience", "经验", "工作经验", "经验要求"},
		"salary":        {"salary", "薪资", "薪资待遇", "薪酬", "工资", "月薪"},
		"openings":      {"openings", "recruit_count", "headcount", "招聘人数"},
		"date":          {"posted_at", "date_posted", "dateposted", "postedat", "published_at", "created_at", "date", "time", "发布日期", "发布时间", "日期"},
		"valid_through": {"valid_through", "validthrough", "closing_date", "截止日期"},
		"text":          {"text", "description", "job_description", "body", "content", "职位描述", "岗位描述", "岗位职责", "任职要求"},
		"reference":     {"crawl_time", "crawled_at", "scraped_at", "scrapedat", "抓取时间", "采集时间"},
	}
}

// guessMapping maps columns by their names; ok is false when neither title nor text is among them. Of a text spread
// over several columns, all are taken.
func guessMapping(columns []string, m Mapping) (Mapping, bool) {
	byName := map[string]string{}
	for _, c := range columns {
		byName[strings.ToLower(strings.TrimSpace(c))] = c
	}
	known := aliases()
	for field, f := range m.fields() {
		for _, alias := range known[field] {
			if c, ok := byName[alias]; ok && (len(*f) == 0 || field == "text") {
				*f = append(*f, c)
			}
		}
	}
	return m, len(m.Title) > 0 || len(m.Text) > 0
}

// settle completes a mapping with the columns at hand, or says which are missing.
func settle(m Mapping, columns []string, has func(string) bool) (Mapping, error) {
	if m.empty() {
		guessed, ok := guessMapping(columns, m)
		if !ok {
			return m, unmapped(columns)
		}
		return guessed, nil
	}
	var absent []string
	for _, c := range m.columns() {
		if !has(c) {
			absent = append(absent, c)
		}
	}
	if len(absent) > 0 {
		return m, missing(absent, columns)
	}
	return m, nil
}
