package request

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gapwatch/gapwatch/ingest/intake"
	"github.com/gapwatch/gapwatch/internal/kafka"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// The errors of Decide that a caller tells apart.
var (
	ErrNoRequest = errors.New("no such request")
	ErrWithdrawn = errors.New("the request was withdrawn by its organisation and does not count")
	ErrNotHeld   = errors.New("the request counts, there is nothing to release")
)

// Reader reads one request; clickhouse.Store does.
type Reader interface {
	Request(ctx context.Context, id string) (talent.Request, bool, error)
}

// Decide writes the operator's decision about a request as its next version: RequestCounted releases one that is held
// or was refused, RequestRefused refuses any. by is who decided. It returns the request as it then stands, and false
// when it had been decided so before and nothing was written. Roll-up and alerts follow as after any change.
func Decide(ctx context.Context, store Reader, w intake.Writer, id string, state talent.RequestState, by string, now time.Time) (talent.Request, bool, error) {
	r, ok, err := store.Request(ctx, id)
	switch {
	case err != nil:
		return r, false, err
	case !ok:
		return r, false, fmt.Errorf("%w: %q; gapwatch request list prints the ids", ErrNoRequest, id)
	case r.Withdrawn:
		return r, false, ErrWithdrawn
	case r.State == state && r.DecidedBy != "":
		return r, false, nil
	case r.State == state: // counted from the beginning
		return r, false, ErrNotHeld
	}
	r.State, r.DecidedBy, r.DecidedAt = state, by, now.UTC().Truncate(time.Millisecond)
	r.Version = intake.Version(now, r.Version)
	m, err := kafka.JSON(r.ID, r)
	if err != nil {
		return r, false, err
	}
	if err := w.Write(ctx, talent.TopicRequests, m); err != nil {
		return r, false, fmt.Errorf("write the decision: %w", err)
	}
	return r, true, nil
}
