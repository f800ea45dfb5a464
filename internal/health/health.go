package health

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

const (
	// answerWithin bounds a check; what has not answered by then is not ready.
	answerWithin = 3 * time.Second
	// sharedFor is how long an answer is given again, so that a flood of questions asks the servers once.
	sharedFor = time.Second
)

// Check is one thing that has to be so for the system to be ready.
type Check struct {
	Name string
	Ask  func(ctx context.Context) error // nil: ready
	// Hint is what /readyz says when Ask fails with anything but a reason: errors of drivers stay in the log.
	Hint string
}

// reason is an error that everybody may read.
type reason struct {
	text  string
	cause error // for the log
}

func (r *reason) Error() string { return r.text }
func (r *reason) Unwrap() error { return r.cause }

// because makes an error whose text is shown to everybody; cause goes to the log.
func because(text string, cause error) error { return &reason{text, cause} }

// Health answers /healthz and /readyz.
type Health struct {
	checks []Check
	logger *slog.Logger

	flight singleflight.Group
	mu     sync.Mutex
	last   Answer
	at     time.Time
	was    map[string]string // what each check said last, so that the log tells changes only
}

// New makes the endpoints for checks, which are asked all at once.
func New(checks []Check, logger *slog.Logger) *Health {
	return &Health{checks: checks, logger: logger, was: map[string]string{}}
}

// Answer is the body of /readyz.
type Answer struct {
	Ready  bool    `json:"ready"`
	Checks []State `json:"checks"`
}

// State is what one check found; Hint says what to do when it is not ready.
type State struct {
	Name  string `json:"name"`
	Ready bool   `json:"ready"`
	Hint  string `json:"hint,omitempty"`
}

// Register adds the endpoints to mux.
func (h *Health) Register(mux *http.ServeMux) {
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte("ok\n"))
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		answer := h.Ready(r.Context())
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		if !answer.Ready {
			w.Header().Set("Retry-After", "5")
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_ = json.NewEncoder(w).Encode(answer)
	})
}

// Ready asks every check, or shares the answer of a question that was asked within the last second or is under way.
func (h *Health) Ready(ctx context.Context) Answer {
	h.mu.Lock()
	last, at := h.last, h.at
	h.mu.Unlock()
	if time.Since(at) < sharedFor {
		return last
	}
	v, _, _ := h.flight.Do("", func() (any, error) {
		asked, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerWithin) // others wait for the same answer
		defer cancel()
		answer := h.ask(asked)
		h.mu.Lock()
		defer h.mu.Unlock()
		h.last, h.at = answer, time.Now()
		return answer, nil
	})
	return v.(Answer)
}

// ask asks all checks at once; one that does not answer in time is not waited for.
func (h *Health) ask(ctx context.Context) Answer {
	errs := make([]error, len(h.checks))
	done := make([]chan struct{}, len(h.checks))
	for i, c := range h.checks {
		done[i] = make(chan struct{})
		go func() {
			defer close(done[i])
			errs[i] = c.Ask(ctx)
		}()
	}
	answer := Answer{Ready: true, Checks: make([]State, len(h.checks))}
	for i, c := range h.checks {
		err := error(nil)
		select {
		case <-done[i]:
			err = errs[i]
		case <-ctx.Done():
			select {
			case <-done[i]: // it had answered while an earlier one was waited for
				err = errs[i]
			default:
				err = ctx.Err()
			}
		}
		s := State{Name: c.Name, Ready: err == nil}
		if err != nil {
			answer.Ready = false
			s.Hint = c.Hint
			if r, ok := errors.AsType[*reason](err); ok {
				s.Hint = r.text
			}
		}
		answer.Checks[i] = s
		h.note(s, err)
	}
	return answer
}

// note logs a check that changed.
func (h *Health) note(s State, err error) {
	h.mu.Lock()
	was := h.was[s.Name]
	h.was[s.Name] = s.Hint
	h.mu.Unlock()
	switch {
	case was == s.Hint:
	case s.Ready:
		h.logger.Info("ready again", "check", s.Name)
	default:
		cause := err
		if r, ok := errors.AsType[*reason](err); ok && r.cause != nil {
			cause = r.cause
		}
		h.logger.Warn("not ready", "check", s.Name, "hint", s.Hint, "error", cause)
	}
}
