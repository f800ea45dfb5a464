package programmes

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/gapwatch/gapwatch/ingest/intake"
	"github.com/gapwatch/gapwatch/internal/cursor"
	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/talent"
)

const path = "/api/v1/programmes"

// ProgrammeView is a programme as everybody sees it.
type ProgrammeView struct {
	ID              string       `json:"id"`
	School          string       `json:"school"`
	Region          string       `json:"region"`
	Name            string       `json:"name"`
	Degree          string       `json:"degree" enum:"bachelor,master,doctor,college"`
	CohortSize      int          `json:"cohort_size"`
	GraduationMonth int          `json:"graduation_month"`
	FirstYear       int          `json:"first_year"`
	Courses         []CourseView `json:"courses" nullable:"false"`
	Closed          bool         `json:"closed" doc:"A closed programme adds no supply."`
}

// CourseView is a course as everybody sees it.
type CourseView struct {
	ID          string   `json:"id"`
	Title       string   `json:"title"`
	Description string   `json:"description,omitempty"`
	Hours       int      `json:"hours,omitempty"`
	Required    bool     `json:"required"`
	Seats       int      `json:"seats,omitempty"`
	Skills      []string `json:"skills,omitempty" doc:"Extracted from title and description, a moment after the course was sent."`
}

func view(p talent.Programme) ProgrammeView {
	v := ProgrammeView{ID: p.ID, School: p.School, Region: p.Region, Name: p.Name, Degree: p.Degree, CohortSize: p.CohortSize,
		GraduationMonth: p.GraduationMonth, FirstYear: p.FirstYear, Closed: p.Closed, Courses: []CourseView{}}
	for _, c := range p.Courses {
		v.Courses = append(v.Courses, CourseView{c.ID, c.Title, c.Description, c.Hours, c.Required, c.Seats, c.Skills})
	}
	return v
}

type listInput struct {
	httpd.PageInput
	Mine bool `query:"mine" doc:"Only those of the key's organisation, closed ones too."`
}

type viewOutput struct{ Body ProgrammeView }

type createOutput struct {
	Location string `header:"Location"`
	Replay   string `header:"Idempotent-Replay" doc:"true when the very same programme was there already."`
	Body     ProgrammeView
}

type listOutput struct {
	Body httpd.Page[ProgrammeView]
}

// Register adds the operations of programmes to the API.
func (s *Service) Register(api *httpd.API) {
	tags := []string{"Programmes"}
	create := httpd.Require(huma.Operation{OperationID: "create-programme", Method: http.MethodPost, Path: path, DefaultStatus: http.StatusCreated, Tags: tags,
		Summary: "Register a degree programme with its courses", MaxBodyBytes: 2 << 20,
		Description: "School, name and degree make the programme: sent twice it is one, sent with other content it is refused with 409.",
		Errors:      []int{http.StatusConflict, http.StatusServiceUnavailable}}, talent.RoleUniversity)
	createBody := httpd.NewJSONBody[ProgrammeInput](api, &create)
	httpd.Register(api, create, func(ctx context.Context, in *intake.BodyInput) (*createOutput, error) {
		return s.create(ctx, createBody, in)
	})
	createBody.Tidy(&create)

	update := httpd.Require(huma.Operation{OperationID: "change-programme", Method: http.MethodPut, Path: path + "/{id}", Tags: tags,
		Summary: "Change a programme of one's own", Description: "Replaces the programme and all its courses; a closed one is open again. School, name and degree must stay.", MaxBodyBytes: 2 << 20,
		Errors: []int{http.StatusNotFound, http.StatusServiceUnavailable}}, talent.RoleUniversity)
	updateBody := httpd.NewJSONBody[ProgrammeInput](api, &update)
	httpd.Register(api, update, func(ctx context.Context, in *intake.UpdateInput) (*viewOutput, error) {
		return s.update(ctx, updateBody, in)
	})
	updateBody.Tidy(&update)

	httpd.Register(api, httpd.AcceptKey(huma.Operation{OperationID: "list-programmes", Method: http.MethodGet, Path: path, Tags: tags,
		Summary: "List programmes", Description: "Public, by school and name, without closed ones."}), s.list)
	httpd.Register(api, httpd.AcceptKey(huma.Operation{OperationID: "get-programme", Method: http.MethodGet, Path: path + "/{id}", Tags: tags,
		Summary: "Read a programme", Description: "Public; a closed one is there for its own organisation only.", Errors: []int{http.StatusNotFound}}), s.get)
	httpd.Register(api, httpd.Require(huma.Operation{OperationID: "close-programme", Method: http.MethodDelete, Path: path + "/{id}", Tags: tags,
		Summary: "Close a programme of one's own", Description: "It no longer adds to supply.", DefaultStatus: http.StatusOK,
		Errors: []int{http.StatusNotFound, http.StatusServiceUnavailable}}, talent.RoleUniversity), s.close)
	s.registerUpload(api)
}

func (s *Service) create(ctx context.Context, body httpd.JSONBody[ProgrammeInput], in *intake.BodyInput) (*createOutput, error) {
	p, err := s.read(body, in)
	if err != nil {
		return nil, err
	}
	who, _ := httpd.PrincipalOf(ctx)
	identify(&p, who.Org)
	old, exists, err := s.store.Programme(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	if exists && same(old, p) {
		return &createOutput{Location: path + "/" + p.ID, Replay: "true", Body: view(old)}, nil
	}
	if exists && !old.Closed {
		return nil, httpd.Problem(http.StatusConflict, "programme_exists", "the school has a programme of this name and degree already: PUT "+path+"/"+p.ID+" changes it")
	}
	p.Version = intake.Version(s.now(), old.Version)
	if err := s.write(ctx, p); err != nil {
		return nil, err
	}
	s.await(ctx, in.Prefer, p)
	return &createOutput{Location: path + "/" + p.ID, Body: view(p)}, nil
}

// read checks a body; the error is a problem that names every wrong field.
func (s *Service) read(body httpd.JSONBody[ProgrammeInput], in *intake.BodyInput) (talent.Programme, error) {
	stated, schema, err := body.Decode(in.ContentType, in.RawBody)
	if err != nil {
		return talent.Programme{}, err
	}
	f := &intake.Fields{Text: s.text[in.Lang()]}
	p := check(stated, s.now(), f)
	if len(schema)+len(f.Wrong) > 0 {
		return talent.Programme{}, httpd.Invalid(schema, f.Details())
	}
	return p, nil
}

// own returns a programme that the caller may change; the error is a problem.
func (s *Service) own(ctx context.Context, id string) (talent.Programme, error) {
	p, ok, err := s.store.Programme(ctx, id)
	if err != nil {
		return talent.Programme{}, err
	}
	if !ok || !owns(ctx, p) {
		return talent.Programme{}, httpd.NotFound("programme " + id)
	}
	return p, nil
}

func (s *Service) update(ctx context.Context, body httpd.JSONBody[ProgrammeInput], in *intake.UpdateInput) (*viewOutput, error) {
	old, err := s.own(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	p, err := s.read(body, &in.BodyInput)
	if err != nil {
		return nil, err
	}
	identify(&p, old.Org)
	if p.ID != old.ID {
		return nil, renamed(old, p)
	}
	p.Version = intake.Version(s.now(), old.Version)
	if err := s.write(ctx, p); err != nil {
		return nil, err
	}
	s.await(ctx, in.Prefer, p)
	return &viewOutput{view(p)}, nil
}

// renamed refuses a change of what makes the programme: an uploaded table would register it a second time.
func renamed(old, p talent.Programme) error {
	var fields []*huma.ErrorDetail
	for _, f := range []struct{ name, was, is string }{{"school", old.School, p.School}, {"name", old.Name, p.Name}, {"degree", old.Degree, p.Degree}} {
		if !strings.EqualFold(f.was, f.is) {
			fields = append(fields, httpd.Field("body."+f.name, "must stay "+f.was, f.is))
		}
	}
	return httpd.Problem(http.StatusUnprocessableEntity, "programme_renamed",
		"school, name and degree make the programme and cannot be changed: close this one and register the other", fields...)
}

func (s *Service) close(ctx context.Context, in *intake.IDInput) (*viewOutput, error) {
	p, err := s.own(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if p.Closed {
		return &viewOutput{view(p)}, nil
	}
	p.Closed, p.Version = true, intake.Version(s.now(), p.Version)
	for i := range p.Courses {
		p.Courses[i].Skills = nil // the aggregator's
	}
	if err := s.write(ctx, p); err != nil {
		return nil, err
	}
	s.await(ctx, in.Prefer, p)
	return &viewOutput{view(p)}, nil
}

func (s *Service) get(ctx context.Context, in *intake.IDInput) (*viewOutput, error) {
	p, ok, err := s.store.Programme(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if !ok || p.Closed && !owns(ctx, p) {
		return nil, httpd.NotFound("programme " + in.ID)
	}
	return &viewOutput{view(p)}, nil
}

// owns reports whether the request's key is that of a programme's organisation, or an admin's.
func owns(ctx context.Context, p talent.Programme) bool {
	who, ok := httpd.PrincipalOf(ctx)
	return ok && (p.Org == who.Org || who.Role == talent.RoleAdmin)
}

func (s *Service) list(ctx context.Context, in *listInput) (*listOutput, error) {
	org := ""
	if in.Mine {
		who, ok := httpd.PrincipalOf(ctx)
		if !ok {
			return nil, httpd.Problem(http.StatusUnauthorized, "key_missing", "mine=true needs an API key: send it as \"Authorization: Bearer gw_…\"")
		}
		org = who.Org
	}
	got, next, err := s.page(ctx, org, in.Cursor, in.Limit)
	if errors.Is(err, cursor.ErrUnknown) {
		return nil, httpd.Invalid([]*huma.ErrorDetail{httpd.Field("query.cursor", err.Error(), in.Cursor)})
	}
	if err != nil {
		return nil, err
	}
	items := make([]ProgrammeView, len(got))
	for i, p := range got {
		items[i] = view(p)
	}
	return &listOutput{httpd.NewPage(items, next)}, nil
}

// The bounds of a page of programmes: one may hold up to a megabyte of text.
const (
	maxPage  = 4 << 20 // bytes of text, after which the page ends
	pageStep = 20      // programmes read at a time
)

// page reads at most limit programmes, and fewer when they are long.
func (s *Service) page(ctx context.Context, org, cursor string, limit int) (all []talent.Programme, next string, err error) {
	next = cursor
	for size := 0; len(all) < limit && size < maxPage; {
		var got []talent.Programme
		if got, next, err = s.store.ProgrammesByOrg(ctx, org, next, min(pageStep, limit-len(all))); err != nil {
			return nil, "", err
		}
		all = append(all, got...)
		for _, p := range got {
			for _, c := range p.Courses {
				size += len(c.Title) + len(c.Description)
			}
		}
		if next == "" {
			break
		}
	}
	return all, next, nil
}

// registered are all programmes of an organisation by id, closed ones too: one question for all rows of a table.
func (s *Service) registered(ctx context.Context, org string) (map[string]talent.Programme, error) {
	byID := make(map[string]talent.Programme)
	for cursor := ""; ; {
		got, next, err := s.store.ProgrammesByOrg(ctx, org, cursor, 10*pageStep)
		if err != nil {
			return nil, err
		}
		for _, p := range got {
			byID[p.ID] = p
		}
		if cursor = next; cursor == "" {
			return byID, nil
		}
	}
}
