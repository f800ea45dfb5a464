package programmes

import (
	"testing"
	"time"

	"github.com/gapwatch/gapwatch/internal/sheet"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

// Whatever table is uploaded, its programmes are sound, and no row is lost.
func FuzzTable(f *testing.F) {
	const head = "school,name,degree,region,cohort_size,graduation_month,first_year,course,description,hours,required,seats\n"
	for _, s := range []string{
		head + "Lakeside,AI,bachelor,330100,120,6,2024,ML,PyTorch,48,yes,\nLakeside,AI,bachelor,330100,120,6,2024,NLP,,,,30\n",
		head + "a,b,c,d,e,f,g,h,i,j,k,l\n", head + "\"a\",,,,,,,,,,,,,\n", "学院,专业,学历,地区,毕业生人数,毕业月份,首届毕业年份\n湖滨大学,人工智能,本科,杭州市,9999999999999999999,6,2024\n",
	} {
		f.Add([]byte(s))
	}
	now := time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)
	text, _ := testenv.Words(f)
	s := &Service{text: text, now: func() time.Time { return now }}
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, err := sheet.Read(data, columns(), 50)
		if err != nil {
			return
		}
		read := table{s, "o"}.Read(rows, "zh")
		if len(read.Lines) != len(rows) {
			t.Errorf("%d lines of %d rows", len(read.Lines), len(rows))
		}
		for _, item := range read.Items {
			p := item.Value
			if p.School == "" || p.Name == "" || p.Region == "" || p.CohortSize < 1 || p.CohortSize > maxCohort || len(p.Courses) > maxCourses {
				t.Errorf("%+v", p)
			}
		}
	})
}
