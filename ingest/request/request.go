// Package request takes enterprises' direct skill requests by API, CSV and XLSX and writes them to Kafka. A
// request is acknowledged when the brokers have it; the aggregator stores it, which is why an answer waits a
// moment for it to become visible.
package request

import (
	"context"
	"log/slog"
	"time"

	"github.com/gapwatch/gapwatch/ingest/intake"
	"github.com/gapwatch/gapwatch/internal/kafka"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/terms"
	"github.com/gapwatch/gapwatch/internal/words"
)

// Config bounds the service.
type Config intake.Config

// DefaultConfig takes tables of 5000 rows.
func DefaultConfig() Config { return Config(intake.DefaultConfig(5000)) }

// Validate names the first setting that cannot work.
func (c Config) Validate() error { return intake.Config(c).Check("requests") }

// Store reads requests as the aggregator stored them.
type Store interface {
	Request(ctx context.Context, id string) (talent.Request, bool, error)
	RequestsByID(ctx context.Context, ids []string) ([]talent.Request, error)
	RequestedByMonth(ctx context.Context, org string) (map[time.Time]int, error)
	RequestsByOrg(ctx context.Context, org, cursor string, limit int) ([]talent.Request, string, error)
}

// Claims keeps idempotency keys; see talent.Claim.
type Claims interface {
	FindClaim(ctx context.Context, org, key string) (talent.Claim, bool, error)
	Claim(ctx context.Context, c talent.Claim) (talent.Claim, error)
	FinishClaim(ctx context.Context, c talent.Claim, response string) error
}

// Service is the API of requests.
type Service struct {
	cfg    Config
	store  Store
	claims Claims
	skills *terms.Skills
	text   map[string]words.Messages // by language
	writer intake.Writer
	logger *slog.Logger
	now    func() time.Time
	holder *holder
}

// Deps are what the service works with. One clickhouse.Store serves as Store and Claims.
type Deps struct {
	Store  Store
	Claims Claims
	Skills *terms.Skills
	Text   map[string]words.Messages // by language
	Writer intake.Writer
	Logger *slog.Logger
}

// New makes the service.
func New(cfg Config, d Deps) (*Service, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return &Service{cfg: cfg, store: d.Store, claims: d.Claims, skills: d.Skills, text: d.Text, writer: d.Writer, logger: d.Logger, now: time.Now,
		holder: newHolder(d.Store, time.Now)}, nil
}

// requestView is a request as its owner sees it.
type requestView struct {
	ID        string `json:"id"`
	Skill     string `json:"skill" doc:"Id of the taxonomy."`
	Heads     int    `json:"heads"`
	Tier      string `json:"tier,omitempty"`
	Region    string `json:"region,omitempty"`
	Industry  string `json:"industry,omitempty"`
	NeededBy  string `json:"needed_by,omitempty" format:"date"`
	Note      string `json:"note,omitempty"`
	CreatedAt string `json:"created_at" format:"date-time"`
	Withdrawn bool   `json:"withdrawn" doc:"A withdrawn request counts no heads."`
	State     string `json:"state" enum:"counted,held,refused,withdrawn" doc:"held: waits for the operator and counts nothing until then; refused: the operator found that it is not to count."`
	Why       string `json:"held_because,omitempty" enum:"unknown_organisation,sudden_size" doc:"unknown_organisation: more than 100 heads in a month, and nothing of the organisation was counted in an earlier one; sudden_size: more than 100 heads in a month and more than three times its largest earlier one."`
	Next      string `json:"next,omitempty" doc:"What happens next with a request that does not count."`
}

// next says what happens with a request that does not count.
func next(r talent.Request) string {
	switch r.StateWord() {
	case "held":
		return "The request is stored and counts nothing yet: its size is sudden, so the operator of this system looks at it first. You need not do anything; change or withdraw it if a number is wrong."
	case "refused":
		return "The operator found that the request is not to count. Ask the operator, or post a new one."
	}
	return ""
}

func view(r talent.Request) requestView {
	v := requestView{ID: r.ID, Skill: r.Skill, Heads: r.Heads, Tier: string(r.Tier), Region: r.Region, Industry: r.Industry, Note: r.Note,
		CreatedAt: r.CreatedAt.UTC().Format(time.RFC3339Nano), Withdrawn: r.Withdrawn, State: r.StateWord(), Next: next(r)}
	if r.State == talent.RequestHeld {
		v.Why = string(r.HoldReason)
	}
	if !r.NeededBy.IsZero() {
		v.NeededBy = r.NeededBy.Format(time.DateOnly)
	}
	return v
}

// write sends versions of requests and returns when the brokers have them. Its error is a problem.
func (s *Service) write(ctx context.Context, requests ...talent.Request) error {
	msgs := make([]kafka.Message, len(requests))
	for i, r := range requests {
		m, err := kafka.JSON(r.ID, r)
		if err != nil {
			return err
		}
		msgs[i] = m
	}
	if err := intake.Write(ctx, s.writer, s.cfg.WriteTimeout, s.logger, talent.TopicRequests,
		"the message queue does not answer, nothing was taken: send the same again in a minute, with the same Idempotency-Key so that it cannot count twice", msgs...); err != nil {
		s.holder.forget(requests[0].Org)
		return err
	}
	held := 0
	for _, r := range requests {
		if r.State == talent.RequestHeld && !r.Withdrawn {
			held++
		}
	}
	if held > 0 {
		s.logger.Warn("requests wait for a decision: gapwatch request list --held", "org", requests[0].Org, "held", held)
	}
	return nil
}

// await waits until the store has the written versions, for at most the configured time: the brokers have the
// requests, and the aggregator will store them.
func (s *Service) await(ctx context.Context, prefer string, written ...talent.Request) {
	if len(written) == 0 {
		return
	}
	if len(written) > 100 { // a sample will do
		written = append(written[:50:50], written[len(written)-50:]...)
	}
	want := make(map[string]uint64, len(written))
	ids := make([]string, len(written))
	for i, r := range written {
		want[r.ID], ids[i] = r.Version, r.ID
	}
	intake.Await(ctx, s.cfg.VisibleWait, prefer, func(ctx context.Context) bool {
		got, err := s.store.RequestsByID(ctx, ids)
		if err != nil {
			if ctx.Err() == nil {
				s.logger.Warn("written requests not read back", "error", err)
			}
			return true
		}
		for _, r := range got {
			if r.Version >= want[r.ID] {
				delete(want, r.ID)
			}
		}
		return len(want) == 0
	})
}
