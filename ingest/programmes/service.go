// Package programmes takes the programmes and courses of universities by API, CSV and XLSX and writes them to
// Kafka.
package programmes

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/gapwatch/gapwatch/ingest/intake"
	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/kafka"
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/words"
)

// Config bounds the service.
type Config intake.Config

// DefaultConfig takes tables of 10,000 rows.
func DefaultConfig() Config { return Config(intake.DefaultConfig(10_000)) }

// Validate names the first setting that cannot work.
func (c Config) Validate() error { return intake.Config(c).Check("supply") }

// Store reads programmes as the aggregator stored them.
type Store interface {
	Programme(ctx context.Context, id string) (talent.Programme, bool, error)
	ProgrammesByOrg(ctx context.Context, org, cursor string, limit int) ([]talent.Programme, string, error)
}

// Service is the API of programmes and courses.
type Service struct {
	cfg    Config
	store  Store
	text   map[string]words.Messages // by language
	writer intake.Writer
	logger *slog.Logger
	now    func() time.Time
}

// New makes the service. text is the catalogue by language.
func New(cfg Config, store Store, text map[string]words.Messages, writer intake.Writer, logger *slog.Logger) (*Service, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return &Service{cfg: cfg, store: store, text: text, writer: writer, logger: logger, now: time.Now}, nil
}

// maxMessage keeps a programme below the brokers' usual limit of 1 MB a message.
const maxMessage = 900_000

// write sends versions of programmes and returns when the brokers have them. Its error is a problem.
func (s *Service) write(ctx context.Context, programmes ...talent.Programme) error {
	msgs := make([]kafka.Message, len(programmes))
	for i, p := range programmes {
		m, err := kafka.JSON(p.ID, p)
		if err != nil {
			return err
		}
		if len(m.Value) > maxMessage {
			return httpd.Problem(http.StatusUnprocessableEntity, "too_large", "the programme "+p.Name+" has more text than a message may hold: shorten the descriptions of its courses",
				httpd.Field("body.courses", "too much text in all", len(m.Value)))
		}
		msgs[i] = m
	}
	return intake.Write(ctx, s.writer, s.cfg.WriteTimeout, s.logger, talent.TopicProgrammes,
		"the message queue does not answer: send the same again in a minute; a programme is not counted twice", msgs...)
}

// await waits until the store has the written versions, for at most the configured time: the brokers have the
// programmes, and the aggregator will store them.
func (s *Service) await(ctx context.Context, prefer string, written ...talent.Programme) {
	intake.Await(ctx, s.cfg.VisibleWait, prefer, func(ctx context.Context) bool {
		for len(written) > 0 {
			got, ok, err := s.store.Programme(ctx, written[0].ID)
			if err != nil {
				return true
			}
			if !ok || got.Version < written[0].Version {
				return false
			}
			written = written[1:]
		}
		return true
	})
}
