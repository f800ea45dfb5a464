// Package request takes enterprises' direct skill requests by API, CSV and XLSX and writes them to Kafka. A
// request is acknowledged when the brokers have it; the aggregator stores it, which is why an answer waits a
// moment for it to become visible.
package request

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/gapwatch/gapwatch/ingest/intake"
	"github.com/gapwatch/gapwatch/internal/kafka"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/terms"
)

// Config bounds the service.
type Config struct {
	WriteTimeout time.Duration `yaml:"write_timeout"` // for the brokers' acknowledgement
	VisibleWait  time.Duration `yaml:"visible_wait"`  // for the aggregator to store what was written; 0 does not wait
	MaxRows      int           `yaml:"max_rows"`      // of an uploaded table
}

// DefaultConfig waits two seconds for a request to become visible.
func DefaultConfig() Config {
	return Config{WriteTimeout: 10 * time.Second, VisibleWait: 2 * time.Second, MaxRows: 5000}
}

// Validate names the first setting that cannot work.
func (c Config) Validate() error {
	if c.WriteTimeout <= 0 || c.VisibleWait < 0 || c.VisibleWait > 30*time.Second {
		return errors.New("requests: write_timeout must be positive, visible_wait between 0s and 30s")
	}
	if c.MaxRows < 1 || c.MaxRows > 100_000 {
		return errors.New("requests.max_rows: give 1 to 100000")
	}
	return nil
}

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
	writer intake.Writer
	logger *slog.Logger
	now    func() time.Time
	holder *holder
}

// New makes the service. One clickhouse.Store serves as store, claims and source of skills.
func New(cfg Config, store Store, claims Claims, skills *terms.Skills, writer intake.Writer, logger *slog.Logger) (*Service, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return &Service{cfg: cfg, store: store, claims: claims, skills: skills, writer: writer, logger: logger, now: time.Now,
		holder: newHolder(store, time.Now)}, nil
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
