package programmes

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gapwatch/gapwatch/ingest/intake"
	"github.com/gapwatch/gapwatch/internal/clickhouse"
	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/httpd/apitest"
	"github.com/gapwatch/gapwatch/internal/kafka"
	"github.com/gapwatch/gapwatch/internal/org"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

// campus is a running API with real store and broker, and no aggregator: tests store what they need themselves.
type campus struct {
	*apitest.Client
	t     *testing.T
	store *clickhouse.Store
	kafka *kafka.Client
	down  bool
}

func (c *campus) Write(ctx context.Context, topic string, msgs ...kafka.Message) error {
	if c.down {
		return errors.New("no broker")
	}
	return c.kafka.Write(ctx, topic, msgs...)
}

func start(t *testing.T) *campus {
	t.Helper()
	c := &campus{t: t, store: testenv.Store(t), kafka: testenv.Kafka(t)}
	if err := c.store.PutSkills(t.Context(), []talent.Skill{
		{ID: "machine-learning", NameEN: "Machine learning", NameZH: "机器学习"}, {ID: "pytorch", NameEN: "PyTorch"}}, 1); err != nil {
		t.Fatal(err)
	}
	cfg := DefaultConfig()
	cfg.VisibleWait = 0
	text, _ := testenv.Words(t)
	s, err := New(cfg, c.store, text, c, testenv.Logger(t))
	if err != nil {
		t.Fatal(err)
	}
	c.Client = apitest.Start(t, c.store, s.Register)
	return c
}

func (c *campus) key(name string, role talent.Role) string {
	c.t.Helper()
	_, key, err := org.CreateKey(c.t.Context(), c.store, name, role, "")
	if err != nil {
		c.t.Fatal(err)
	}
	return key
}

// messages reads all of programmes.v1, of which there must be n; it plays the aggregator and stores them.
func (c *campus) messages(n int) []talent.Programme {
	c.t.Helper()
	var out []talent.Programme
	_, err := c.kafka.Scan(c.t.Context(), "", talent.TopicProgrammes, func(r kafka.Record) error {
		var p talent.Programme
		if err := json.Unmarshal(r.Value, &p); err != nil {
			return err
		}
		if string(r.Key) != p.ID {
			c.t.Errorf("key %q of programme %s", r.Key, p.ID)
		}
		out = append(out, p)
		return nil
	})
	if err != nil || len(out) != n {
		c.t.Fatalf("%d messages, want %d: %v", len(out), n, err)
	}
	slices.SortFunc(out, func(a, b talent.Programme) int { return int(a.Version/1000) - int(b.Version/1000) })
	stored := slices.Clone(out)
	for i := range stored {
		stored[i].Courses = slices.Clone(stored[i].Courses)
		for j := range stored[i].Courses {
			stored[i].Courses[j].Skills = []string{"pytorch"} // the aggregator's part
		}
	}
	if err := c.store.PutProgrammes(c.t.Context(), "", stored, "test"); err != nil {
		c.t.Fatal(err)
	}
	return out
}

const good = `{"school":"Lakeside University","region":"杭州市","name":"人工智能","degree":"本科","cohort_size":120,"graduation_month":6,"first_year":2024,
 "courses":[{"title":"深度学习","description":"用 PyTorch 训练网络","hours":48,"required":true},{"title":"Robotics","seats":40}]}`

func TestLifeOfAProgramme(t *testing.T) {
	c := start(t)
	key, other := c.key("Lakeside University", talent.RoleUniversity), c.key("Hill College", talent.RoleUniversity)
	a := c.Call("POST", path, key, good)
	if a.Status != http.StatusCreated {
		t.Fatalf("status %d: %s", a.Status, a.Body)
	}
	var made ProgrammeView
	a.Into(t, &made)
	sent := c.messages(1)[0]
	id := org.ID("Lakeside University")
	want := talent.Programme{ID: made.ID, Org: id, School: "Lakeside University", Region: "330100", Name: "人工智能", Degree: "bachelor",
		CohortSize: 120, GraduationMonth: 6, FirstYear: 2024, Version: sent.Version, Courses: []talent.Course{
			{ID: sent.Courses[0].ID, Title: "深度学习", Description: "用 PyTorch 训练网络", Hours: 48, Required: true},
			{ID: sent.Courses[1].ID, Title: "Robotics", Seats: 40}}}
	if d := cmp.Diff(want, sent); d != "" {
		t.Errorf("message (-want +got):\n%s", d)
	}
	// Everybody may read it, with the skills that the aggregator found, and without the organisation's id.
	got := c.Call("GET", path+"/"+made.ID, "", "")
	if !strings.Contains(string(got.Body), `"skills":["pytorch"]`) || strings.Contains(string(got.Body), id) {
		t.Errorf("public view: %s", got.Body)
	}
	// Sent again it is the same one; with other content it is refused.
	if a := c.Call("POST", path, key, good); a.Status != 201 || a.Header.Get("Idempotent-Replay") != "true" {
		t.Errorf("again: %d %s", a.Status, a.Body)
	}
	bigger := strings.Replace(good, "120", "150", 1)
	if a := c.Call("POST", path, key, bigger); a.Status != http.StatusConflict {
		t.Errorf("other content: %d %s", a.Status, a.Body)
	}
	c.messages(1)
	for _, method := range []string{"PUT", "DELETE"} {
		if a := c.Call(method, path+"/"+made.ID, other, map[string]string{"PUT": bigger}[method]); a.Status != http.StatusNotFound {
			t.Errorf("%s by another university: %d %s", method, a.Status, a.Body)
		}
	}
	if a := c.Call("PUT", path+"/"+made.ID, key, strings.Replace(bigger, "人工智能", "数据科学", 1)); a.Status != 422 {
		t.Errorf("rename: %d %s", a.Status, a.Body)
	}
	// A course that a later version does not list is gone.
	if a := c.Call("PUT", path+"/"+made.ID, key, strings.Replace(bigger, `,{"title":"Robotics","seats":40}`, "", 1)); a.Status != 200 {
		t.Fatalf("change: %d %s", a.Status, a.Body)
	}
	c.messages(2)
	var now ProgrammeView
	c.Call("GET", path+"/"+made.ID, "", "").Into(t, &now)
	if now.CohortSize != 150 || len(now.Courses) != 1 || now.Courses[0].ID != made.Courses[0].ID {
		t.Errorf("changed: %+v", now)
	}
	if a := c.Call("DELETE", path+"/"+made.ID, key, ""); a.Status != 200 {
		t.Fatalf("close: %d %s", a.Status, a.Body)
	}
	c.messages(3)
	var public, mine httpd.Page[ProgrammeView]
	c.Call("GET", path, "", "").Into(t, &public)
	c.Call("GET", path+"?mine=true", key, "").Into(t, &mine)
	if len(public.Items) != 0 || len(mine.Items) != 1 || !mine.Items[0].Closed {
		t.Errorf("closed: public %+v, mine %+v", public.Items, mine.Items)
	}
	// By its id, too, a closed one is there for its owner only.
	for _, who := range []struct {
		key    string
		status int
	}{{"", 404}, {other, 404}, {key, 200}, {c.key("Operator", talent.RoleAdmin), 200}} {
		if a := c.Call("GET", path+"/"+made.ID, who.key, ""); a.Status != who.status {
			t.Errorf("closed, by id: %d, want %d: %s", a.Status, who.status, a.Body)
		}
	}
	if a := c.Call("GET", path+"?mine=true", "", ""); a.Status != 401 {
		t.Errorf("mine without a key: %d", a.Status)
	}
	if a := c.Call("GET", path, "gw_0_0", ""); a.Status != 401 {
		t.Errorf("list with a wrong key: %d", a.Status)
	}
	if a := c.Call("POST", path, key, good); a.Status != 201 { // open again
		t.Errorf("reopen: %d %s", a.Status, a.Body)
	}
	if a := c.Call("POST", path, c.key("Nebula Robotics", talent.RoleEnterprise), good); a.Status != 403 {
		t.Errorf("enterprise: %d", a.Status)
	}
}

func TestInvalidProgrammeNamesEveryField(t *testing.T) {
	c := start(t)
	key := c.key("Lakeside University", talent.RoleUniversity)
	_, places := c.Call("POST", path, key, `{"school":" ","region":"Atlantis","degree":"diploma","cohort_size":0,"graduation_month":13,"first_year":24,
		"courses":[{"title":"ok"},{"title":"","hours":-1,"seats":"many"}],"colour":1}`).Problem(t)
	slices.Sort(places)
	want := []string{"body.cohort_size", "body.colour", "body.courses[1].hours", "body.courses[1].seats", "body.courses[1].title", "body.degree",
		"body.first_year", "body.graduation_month", "body.name", "body.region", "body.school"}
	if d := cmp.Diff(want, places); d != "" {
		t.Errorf("places (-want +got):\n%s", d)
	}
	c.down = true
	if a := c.Call("POST", path, key, good); a.Status != 503 {
		t.Errorf("broker down: %d %s", a.Status, a.Body)
	}
}

func TestListOfProgrammesPages(t *testing.T) {
	c := start(t)
	var all []talent.Programme
	for i := range 5 {
		all = append(all, talent.Programme{ID: talent.NewID("p", strconv.Itoa(i)), Org: "o", School: "S", Name: "same", Degree: "master", Region: "110000", CohortSize: i + 1, Version: 1})
	}
	if err := c.store.PutProgrammes(t.Context(), "t", all, "test"); err != nil {
		t.Fatal(err)
	}
	seen := make(map[int]bool)
	cursor := ""
	for range 3 {
		var p httpd.Page[ProgrammeView]
		c.Call("GET", path+"?limit=2&cursor="+cursor, "", "").Into(t, &p)
		for _, v := range p.Items {
			seen[v.CohortSize] = true
		}
		cursor = p.NextCursor
	}
	if len(seen) != 5 || cursor != "" {
		t.Errorf("saw %v, cursor %q at the end", seen, cursor)
	}
}

func TestUploadOfProgrammes(t *testing.T) {
	c := start(t)
	key := c.key("Lakeside University", talent.RoleUniversity)
	head := "学院,专业,学历,地区,毕业生人数,毕业月份,首届毕业年份,课程,课程简介,学时,必修\n"
	table := head +
		"Lake,AI,本科,浙江,120,6,2024,深度学习,\"PyTorch, 网络\",48,是\n" +
		"Lake,AI,本科,浙江,120,6,2024,Ethics,,16,否\n" +
		"Lake,Data,硕士,浙江,30,7,2025,,,,\n" +
		"Lake,Robots,本科,浙江,40,6,2024,Control,,x,maybe\n" +
		"Lake,Robots,本科,北京,41,6,2024,Vision,,,\n"
	var u intake.Upload
	c.Call("POST", path+"/csv?preview=true", key, table, "Content-Type", "text/csv", "Accept-Language", "zh").Into(t, &u)
	if u.Accepted != 2 || u.Rejected != 1 || len(u.Rows) != 5 || u.Rows[0].State != intake.New || u.Rows[0].Cells["degree"] != "本科" || u.Rows[0].Cells["region"] != "浙江省" {
		t.Errorf("preview: %+v", u)
	}
	// The first row of Robots is as wrong as its second: nothing of the programme would be taken.
	if first, second := u.Rows[3], u.Rows[4]; first.State != intake.Wrong || second.State != intake.Wrong || second.Errors[0].Message != "与第 5 行不一致：同一专业在该行为“浙江”" {
		t.Errorf("preview: %+v %+v", first, second)
	}
	c.messages(0)
	a := c.Call("POST", path+"/csv", key, table, "Content-Type", "text/csv")
	a.Into(t, &u)
	type place struct {
		Row   int
		Field string
	}
	var got []place
	for _, e := range u.Errors {
		got = append(got, place{e.Row, e.Field})
	}
	if d := cmp.Diff([]place{{5, "hours"}, {5, "required"}, {6, "region"}, {6, "cohort_size"}}, got); d != "" {
		t.Errorf("errors (-want +got):\n%s", d)
	}
	if a.Status != 200 || u.Accepted != 2 || u.Rejected != 1 || len(u.IDs) != 2 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	sent := c.messages(2)
	slices.SortFunc(sent, func(a, b talent.Programme) int { return strings.Compare(a.Name, b.Name) })
	if ai := sent[0]; len(ai.Courses) != 2 || ai.Courses[0].Description != "PyTorch, 网络" || !ai.Courses[0].Required || ai.Courses[1].Hours != 16 || ai.Region != "330000" {
		t.Errorf("%+v", ai)
	}
	if len(sent[1].Courses) != 0 || sent[1].Degree != "master" {
		t.Errorf("%+v", sent[1])
	}
	c.Call("POST", path+"/csv", key, table, "Content-Type", "text/csv").Into(t, &u)
	if u.Accepted != 0 || u.Unchanged != 2 {
		t.Errorf("same upload: %+v", u)
	}
	c.Call("POST", path+"/csv", key, strings.Replace(table, ",48,", ",64,", 1), "Content-Type", "text/csv").Into(t, &u)
	if u.Accepted != 1 || u.Unchanged != 1 {
		t.Errorf("changed upload: %+v", u)
	}
	a = c.Call("POST", path+"/csv", key, "school,course\nx,y\n", "Content-Type", "text/csv")
	if code, _ := a.Problem(t); a.Status != 422 || code != "wrong_columns" {
		t.Errorf("wrong columns: %d %s", a.Status, a.Body)
	}
	for _, lang := range []string{"zh", "en"} { // what is offered to fill in is accepted
		template := string(c.Call("GET", path+"/csv?lang="+lang, "", "").Body)
		a := c.Call("POST", path+"/csv", key, template+"\r\nLake,T "+lang+",master,330000,9,6,2026,C,,,yes,\r\n", "Content-Type", "text/csv")
		if a.Into(t, &u); u.Accepted != 1 {
			t.Errorf("template %s: %d %s", lang, a.Status, a.Body)
		}
	}
}
