package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gapwatch/gapwatch/cmd/gapwatch/config"
	"github.com/gapwatch/gapwatch/ingest/crawl"
	"github.com/gapwatch/gapwatch/internal/durable"
	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/org"
	"github.com/gapwatch/gapwatch/internal/sample"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// sampleMarket is the fictional market beside the system: a board, a mailbox, and organisations that use the API.
type sampleMarket struct {
	board   net.Listener
	handler http.Handler
	mailbox *sample.Mailbox
}

// sampleFile marks a data directory of sample data and keeps the market's anchor, so that a market that is opened
// again is the same one.
func sampleFile(dir string) string { return filepath.Join(dir, "sample.json") }

// isSample tells whether a data directory holds sample data. One without the mark holds real data.
func isSample(dir string) bool {
	_, err := os.Stat(sampleFile(dir))
	return err == nil
}

// checkSampleData refuses to mix sample data with real data.
func checkSampleData(dir string, wanted bool) error {
	has := isSample(dir)
	_, err := os.Stat(filepath.Join(dir, "clickhouse"))
	used := err == nil
	switch {
	case wanted && used && !has:
		return fmt.Errorf("%s holds real data: give the sample market a data directory of its own with --data", dir)
	case !wanted && has:
		return fmt.Errorf("%s holds sample data: add --sample, or choose another data directory with --data", dir)
	}
	return nil
}

// refuseSample keeps what is real out of a data directory of sample data.
func refuseSample(cfg config.Config, what string) error {
	if !cfg.Dashboards.Sample {
		return nil
	}
	return usageError{fmt.Errorf("%s holds sample data, %s are not mixed with it: choose another data directory with --data", cfg.Embedded.Dir, what)}
}

// sampleAnchor is when the market of a data directory was first opened.
func sampleAnchor(dir string) (time.Time, error) {
	var kept struct {
		Anchor time.Time `json:"anchor"`
	}
	b, err := os.ReadFile(sampleFile(dir))
	if err == nil {
		if err := json.Unmarshal(b, &kept); err != nil {
			return time.Time{}, fmt.Errorf("read %s: %w", sampleFile(dir), err)
		}
		return kept.Anchor, nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return time.Time{}, fmt.Errorf("read %s: %w", sampleFile(dir), err)
	}
	if err := durable.MkdirAll(dir, 0o700); err != nil {
		return time.Time{}, fmt.Errorf("make the data directory: %w", err)
	}
	kept.Anchor = time.Now().UTC().Truncate(time.Second)
	if b, err = json.Marshal(kept); err != nil {
		return time.Time{}, fmt.Errorf("encode %s: %w", sampleFile(dir), err)
	}
	if err := durable.WriteFile(sampleFile(dir), b, 0o600); err != nil {
		return time.Time{}, fmt.Errorf("keep the sample market's beginning: %w", err)
	}
	return kept.Anchor, nil
}

// openSample opens the market's servers and points the configuration at them: its board is a source like any
// other, its mailbox an SMTP server like any other.
func openSample(ctx context.Context, s *stage, anchor time.Time) (*sampleMarket, error) {
	board, err := listenBoard(ctx, s.cfg.Embedded.Dir)
	if err != nil {
		return nil, fmt.Errorf("open the sample board: %w", err)
	}
	mailbox, err := sample.OpenMailbox(ctx, filepath.Join(s.cfg.Embedded.Dir, "mailbox"))
	if err != nil {
		return nil, errors.Join(err, board.Close())
	}
	if err := durable.WriteFile(boardFile(s.cfg.Embedded.Dir), []byte(board.Addr().String()), 0o600); err != nil {
		return nil, fmt.Errorf("keep the sample board's address: %w", err)
	}
	host, port, err := net.SplitHostPort(mailbox.Addr())
	if err != nil {
		return nil, fmt.Errorf("address of the sample mailbox: %w", err)
	}
	cfg := &s.cfg
	cfg.Fetch.AllowPrivate = append(cfg.Fetch.AllowPrivate, board.Addr().String())
	cfg.Sources = []crawl.Source{{Name: "sample-board", Kind: crawl.KindSite, URL: "http://" + board.Addr().String() + "/", Rate: 5000,
		MaxPages: 100_000, Include: `/jobs/\d+$`, TrustLastMod: true, Schedule: "@every 15s", Note: "示例数据 · sample data: a fictional board inside this process"}}
	cfg.Alerts.Channels.Email.Host, cfg.Alerts.Channels.Email.TLS, cfg.Alerts.Channels.Email.User = host, "none", ""
	if cfg.Alerts.Channels.Email.Port, err = strconv.Atoi(port); err != nil {
		return nil, fmt.Errorf("port of the sample mailbox: %w", err)
	}
	cfg.Alerts.Judge.Schedule, cfg.Alerts.Judge.Settle, cfg.Alerts.Judge.SettleLatest = "@every 30s", 3*time.Second, time.Minute
	cfg.Dashboards.MailboxPath = "/mailbox"
	market := sample.New(sample.Config{Seed: 1, Anchor: anchor})
	return &sampleMarket{board: board, handler: sample.NewBoard(market, time.Now), mailbox: mailbox}, nil
}

func boardFile(dir string) string { return filepath.Join(dir, "board") }

// listenBoard takes the port that the board had before, so that its pages keep their URLs; else any.
func listenBoard(ctx context.Context, dir string) (net.Listener, error) {
	var lc net.ListenConfig
	if before, err := os.ReadFile(boardFile(dir)); err == nil {
		if ln, err := lc.Listen(ctx, "tcp", string(before)); err == nil {
			return ln, nil
		}
	}
	return lc.Listen(ctx, "tcp", "127.0.0.1:0")
}

// register adds the mailbox's pages.
func (m *sampleMarket) register(mux *http.ServeMux) error {
	return m.mailbox.Register(mux, func(r *http.Request) string { return httpd.Nonce(r.Context()) })
}

// Run serves board and mailbox until ctx ends.
func (m *sampleMarket) Run(ctx context.Context) error {
	server := &http.Server{Handler: m.handler, ReadHeaderTimeout: 5 * time.Second}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return m.mailbox.Run(ctx) })
	group.Go(func() error {
		stop := context.AfterFunc(ctx, func() { _ = server.Close() })
		defer stop()
		if err := server.Serve(m.board); err != nil && !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve the sample board: %w", err)
		}
		return nil
	})
	return group.Wait()
}

// act lets the market's organisations use the API, each with a key of its own. Failures are logged: the
// market must not end the system.
func (m *sampleMarket) act(ctx context.Context, s *stage, address string) {
	client := &http.Client{Timeout: 30 * time.Second}
	var readers []string
	for _, a := range sample.Actors(time.Now().Year()) {
		role, _ := talent.ParseRole(a.Role)
		_, key, err := org.CreateKey(ctx, s.backend.store, a.Name, role, a.Region)
		if err == nil {
			err = a.Act(ctx, sample.Client{Base: address, Key: key, HTTP: client})
		}
		if err == nil && a.Email() != "" {
			readers = append(readers, a.Email())
		}
		if err != nil && ctx.Err() == nil {
			s.logger.Error("sample organisation could not act", "org", a.Name, "error", err)
		}
	}
	if err := m.mailbox.Answer(ctx, client, readers); err != nil && ctx.Err() == nil {
		s.logger.Error("sample readers could not confirm their addresses", "error", err)
	}
}
