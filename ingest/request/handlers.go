package request

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/gapwatch/gapwatch/ingest/intake"
	"github.com/gapwatch/gapwatch/internal/cursor"
	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/talent"
)

func (s *Service) create(ctx context.Context, body httpd.JSONBody[requestInput], in *createInput) (*createOutput, error) {
	p, _ := httpd.PrincipalOf(ctx)
	stated, schema, err := body.Decode(in.ContentType, in.RawBody)
	if err != nil {
		return nil, err
	}
	if in.Key == "" {
		return s.createOnce(ctx, p.Org, in, stated, schema)
	}
	hash, err := hashOf(stated)
	if err != nil {
		return nil, err
	}
	// A replay is answered before its fields are checked: what was valid then may not be valid today.
	standing, found, err := s.claims.FindClaim(ctx, p.Org, claimKey(in.Key))
	if err != nil {
		return nil, err
	}
	if found && standing.BodyHash != hash {
		return nil, reused()
	}
	if found && standing.Done {
		return replay(standing)
	}
	r, err := s.valid(in.Lang(), stated, schema)
	if err != nil {
		return nil, err
	}
	r.Org, r.ID = p.Org, talent.NewID("request", p.Org, in.Key)
	if !found {
		// The claims of long ago are gone, the requests they made are not.
		old, exists, err := s.store.Request(ctx, r.ID)
		if err != nil {
			return nil, err
		}
		if exists && !same(old, r) {
			return nil, reused()
		}
		if exists {
			return &createOutput{Location: path + "/" + old.ID, Replay: "true", Body: view(old)}, nil
		}
	}
	mine := talent.Claim{Org: p.Org, Key: claimKey(in.Key), BodyHash: hash, Resource: r.ID, At: s.now().UTC()}
	if !found {
		if err := s.decide(ctx, &r, mine.At); err != nil {
			return nil, err
		}
		mine.Draft = string(r.HoldReason)
	}
	if standing, err = s.claims.Claim(ctx, mine); err != nil {
		return nil, err
	}
	if standing.BodyHash != hash {
		return nil, reused()
	}
	if standing.Done {
		return replay(standing)
	}
	// Times and decision come from the claim: calls that race, and a retry after a failed write, send the same message.
	stamp(&r, standing.At)
	r.State, r.HoldReason = talent.RequestCounted, talent.HoldReason(standing.Draft)
	if r.HoldReason != talent.HoldNone {
		r.State = talent.RequestHeld
	}
	if err := s.write(ctx, r); err != nil {
		return nil, err
	}
	out := &createOutput{Location: path + "/" + r.ID, Body: view(r)}
	if found || !standing.At.Equal(mine.At) {
		out.Replay = "true"
	}
	answer, err := json.Marshal(out.Body)
	if err != nil {
		return nil, fmt.Errorf("encode answer: %w", err)
	}
	if err := s.claims.FinishClaim(ctx, standing, string(answer)); err != nil {
		// The request is taken; a replay writes the same message again.
		s.logger.Warn("idempotency key not marked as done", "request", r.ID, "error", err)
	}
	s.await(ctx, in.Prefer, r)
	return out, nil
}

// createOnce posts a request without an idempotency key.
func (s *Service) createOnce(ctx context.Context, org string, in *createInput, stated requestInput, schema []*huma.ErrorDetail) (*createOutput, error) {
	r, err := s.valid(in.Lang(), stated, schema)
	if err != nil {
		return nil, err
	}
	r.Org, r.ID = org, talent.NewID("request", org, rand.Text())
	if err := s.decide(ctx, &r, s.now().UTC()); err != nil {
		return nil, err
	}
	if err := s.write(ctx, r); err != nil {
		return nil, err
	}
	s.await(ctx, in.Prefer, r)
	return &createOutput{Location: path + "/" + r.ID, Body: view(r)}, nil
}

// stamp gives a new request its times; the store keeps milliseconds.
func stamp(r *talent.Request, at time.Time) {
	r.CreatedAt, r.Version = at.Truncate(time.Millisecond), uint64(at.UnixNano())
}

// decide gives a new request its times and says whether it counts.
func (s *Service) decide(ctx context.Context, r *talent.Request, at time.Time) error {
	stamp(r, at)
	decided := []talent.Request{*r}
	err := s.holder.decide(ctx, decided, nil)
	*r = decided[0]
	return err
}

// valid resolves what was stated; the error is a problem that names every wrong field.
func (s *Service) valid(lang string, stated requestInput, schema []*huma.ErrorDetail) (talent.Request, error) {
	f := &intake.Fields{Text: s.text[lang]}
	r := check(stated, s.skills, lang, s.now(), f)
	if len(schema)+len(f.Wrong) > 0 {
		return talent.Request{}, httpd.Invalid(schema, f.Details())
	}
	return r, nil
}

func claimKey(key string) string { return "request:" + key }

// hashOf is the same for bodies that differ in spacing and order only.
func hashOf(in requestInput) (string, error) {
	b, err := json.Marshal(in)
	if err != nil {
		return "", fmt.Errorf("encode body: %w", err)
	}
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:]), nil
}

func replay(c talent.Claim) (*createOutput, error) {
	out := &createOutput{Location: path + "/" + c.Resource, Replay: "true"}
	if err := json.Unmarshal([]byte(c.Response), &out.Body); err != nil {
		return nil, fmt.Errorf("read the answer kept under an idempotency key: %w", err)
	}
	return out, nil
}

func reused() error {
	return httpd.Problem(http.StatusUnprocessableEntity, "idempotency_key_reused",
		"this Idempotency-Key was used with another body: use a new key for a new request, or send the first body again; to change the request that the key made, PUT "+path+"/{id}",
		httpd.Field("header.Idempotency-Key", "was used with another body", nil))
}

// own returns a request that the caller may see; the error is a problem.
func (s *Service) own(ctx context.Context, id string) (talent.Request, error) {
	p, _ := httpd.PrincipalOf(ctx)
	r, ok, err := s.store.Request(ctx, id)
	if err != nil {
		return talent.Request{}, err
	}
	if !ok || (r.Org != p.Org && p.Role != talent.RoleAdmin) {
		return talent.Request{}, httpd.NotFound("request " + id)
	}
	return r, nil
}

func (s *Service) get(ctx context.Context, in *intake.IDInput) (*viewOutput, error) {
	r, err := s.own(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &viewOutput{view(r)}, nil
}

func (s *Service) list(ctx context.Context, in *httpd.PageInput) (*listOutput, error) {
	p, _ := httpd.PrincipalOf(ctx)
	org := p.Org
	if p.Role == talent.RoleAdmin {
		org = ""
	}
	got, next, err := s.store.RequestsByOrg(ctx, org, in.Cursor, in.Limit)
	if errors.Is(err, cursor.ErrUnknown) {
		return nil, httpd.Invalid([]*huma.ErrorDetail{httpd.Field("query.cursor", err.Error(), in.Cursor)})
	}
	if err != nil {
		return nil, err
	}
	items := make([]requestView, len(got))
	for i, r := range got {
		items[i] = view(r)
	}
	return &listOutput{httpd.NewPage(items, next)}, nil
}

func (s *Service) update(ctx context.Context, body httpd.JSONBody[requestInput], in *intake.UpdateInput) (*viewOutput, error) {
	old, err := s.own(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	stated, schema, err := body.Decode(in.ContentType, in.RawBody)
	if err != nil {
		return nil, err
	}
	r, err := s.valid(in.Lang(), stated, schema)
	if err != nil {
		return nil, err
	}
	if old.Withdrawn {
		return nil, httpd.Problem(http.StatusConflict, "withdrawn", "the request was withdrawn and cannot be changed: post a new one")
	}
	if old.State == talent.RequestRefused {
		return nil, httpd.Problem(http.StatusConflict, "refused", "the operator refused the request, so changing it would change nothing: ask the operator, or post a new one")
	}
	r.ID, r.Org, r.CreatedAt, r.Version = old.ID, old.Org, old.CreatedAt, intake.Version(s.now(), old.Version)
	return s.replace(ctx, in.Prefer, old, r)
}

func (s *Service) withdraw(ctx context.Context, in *intake.IDInput) (*viewOutput, error) {
	r, err := s.own(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if r.Withdrawn {
		return &viewOutput{view(r)}, nil
	}
	old := r
	r.Withdrawn, r.Version = true, intake.Version(s.now(), r.Version)
	return s.replace(ctx, in.Prefer, old, r)
}

func (s *Service) replace(ctx context.Context, prefer string, old, r talent.Request) (*viewOutput, error) {
	decided := []talent.Request{r}
	if err := s.holder.decide(ctx, decided, map[string]talent.Request{old.ID: old}); err != nil {
		return nil, err
	}
	r = decided[0]
	if err := s.write(ctx, r); err != nil {
		return nil, err
	}
	s.await(ctx, prefer, r)
	return &viewOutput{view(r)}, nil
}
