package embedded

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"go.uber.org/goleak"
)

// Some tests need a process of their own, because a process has one engine, or because it is killed.
// They run this test program again with the name of a helper and a directory in its environment.

func runHelper(name string) error {
	dir := os.Getenv("GAPWATCH_TEST_DIR")
	switch name {
	case "write":
		return helpWrite(dir)
	case "count":
		return helpCount(dir)
	case "reopen":
		return helpReopen(dir)
	case "close":
		return helpClose(dir)
	case "full":
		return helpFull(dir)
	case "start":
		e, err := Start(context.Background(), testConfig(dir), quiet())
		if err != nil {
			return err
		}
		return e.Close()
	}
	return fmt.Errorf("no helper %q", name)
}

func helper(t *testing.T, name, dir string) *exec.Cmd {
	t.Helper()
	start(t) // skips without the library
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe)
	cmd.Env = append(os.Environ(), "GAPWATCH_TEST_HELPER="+name, "GAPWATCH_TEST_DIR="+dir)
	return cmd
}

func runHelperProcess(t *testing.T, name, dir string) (string, error) {
	t.Helper()
	var stderr bytes.Buffer
	cmd := helper(t, name, dir)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return string(out), fmt.Errorf("%w: %s", err, stderr.String())
	}
	return string(out), nil
}

// helpWrite inserts and produces until it is killed, and says what was acknowledged.
func helpWrite(dir string) error {
	ctx := context.Background()
	e, err := Start(ctx, testConfig(dir), quiet())
	if err != nil {
		return err
	}
	conn, err := connect(e)
	if err != nil {
		return err
	}
	if err := conn.Exec(ctx, "CREATE DATABASE IF NOT EXISTS k"); err != nil {
		return err
	}
	if err := conn.Exec(ctx, "CREATE TABLE IF NOT EXISTS k.t (x UInt64, s String) ENGINE = MergeTree ORDER BY x"); err != nil {
		return err
	}
	w := &kafka.Writer{Addr: kafka.TCP(e.Brokers()...), Topic: "k", RequiredAcks: kafka.RequireAll, BatchTimeout: time.Millisecond}
	if err := createTopic(ctx, e, "k", 4); err != nil && !errors.Is(err, kafka.TopicAlreadyExists) {
		return err
	}
	failed := make(chan error, 2)
	go func() {
		for {
			batch, err := conn.PrepareBatch(ctx, "INSERT INTO k.t")
			if err != nil {
				failed <- err
				return
			}
			for i := range 100 {
				if err := batch.Append(uint64(i), strings.Repeat("a", i)); err != nil {
					failed <- err
					return
				}
			}
			if err := batch.Send(); err != nil {
				failed <- err
				return
			}
			fmt.Println("rows 100")
		}
	}()
	go func() {
		messages := make([]kafka.Message, 20)
		for i := range messages {
			messages[i].Value = []byte(strings.Repeat("m", 100))
		}
		for {
			if err := w.WriteMessages(ctx, messages...); err != nil {
				failed <- err
				return
			}
			fmt.Println("messages 20")
		}
	}()
	return <-failed
}

// helpCount says what is there.
func helpCount(dir string) error {
	ctx := context.Background()
	e, err := Start(ctx, testConfig(dir), quiet())
	if err != nil {
		return err
	}
	conn, err := connect(e)
	if err != nil {
		return err
	}
	var rows uint64
	if err := conn.QueryRow(ctx, "SELECT count() FROM k.t").Scan(&rows); err != nil {
		return err
	}
	var messages int64
	client := &kafka.Client{Addr: kafka.TCP(e.Brokers()...)}
	var wanted []kafka.OffsetRequest
	for p := range 4 {
		wanted = append(wanted, kafka.LastOffsetOf(p))
	}
	resp, err := client.ListOffsets(ctx, &kafka.ListOffsetsRequest{Topics: map[string][]kafka.OffsetRequest{"k": wanted}})
	if err != nil {
		return err
	}
	for _, p := range resp.Topics["k"] {
		if p.Error != nil {
			return p.Error
		}
		messages += p.LastOffset
	}
	fmt.Println("rows", rows)
	fmt.Println("messages", messages)
	return errors.Join(conn.Close(), e.Close())
}

// counts adds up the lines of the two helpers.
func counts(out string) (rows, messages int) {
	for line := range strings.Lines(out) {
		var n int
		if _, err := fmt.Sscanf(line, "rows %d\n", &n); err == nil {
			rows += n
		} else if _, err := fmt.Sscanf(line, "messages %d\n", &n); err == nil {
			messages += n
		}
	}
	return rows, messages
}

func TestKill(t *testing.T) {
	dir := t.TempDir()
	rounds := 4
	if testing.Short() {
		rounds = 1
	}
	rows, messages := 0, 0
	for round := range rounds {
		cmd := helper(t, "write", dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		var text strings.Builder
		var once bool
		for lines.Scan() {
			text.WriteString(lines.Text() + "\n")
			if r, m := counts(text.String()); !once && r > 0 && m > 0 {
				once = true
				time.AfterFunc(time.Duration(mathrand.IntN(900))*time.Millisecond, func() { _ = cmd.Process.Kill() })
			}
		}
		_ = cmd.Wait()
		r, m := counts(text.String())
		if r == 0 || m == 0 {
			t.Fatalf("the helper wrote nothing: %s", stderr.String())
		}
		rows, messages = rows+r, messages+m
		found, err := runHelperProcess(t, "count", dir)
		if err != nil {
			t.Fatal(err)
		}
		r, m = counts(found)
		t.Logf("round %d: %d rows and %d messages acknowledged, %d and %d found", round, rows, messages, r, m)
		if r < rows || m < messages {
			t.Fatalf("acknowledged data are lost")
		}
		rows, messages = r, m // what was stored just before its acknowledgement counts from now on
	}
}

func TestSecondProcessIsRefused(t *testing.T) {
	e := start(t)
	_, err := runHelperProcess(t, "start", e.directory.path)
	if err == nil || !strings.Contains(err.Error(), ErrInUse.Error()) || !strings.Contains(err.Error(), fmt.Sprintf("pid %d", os.Getpid())) {
		t.Errorf("a second process: %v", err)
	}
	if _, err := Start(t.Context(), testConfig(e.directory.path), quiet()); !errors.Is(err, ErrInUse) {
		t.Errorf("the same process: %v", err)
	}
	if _, err := Start(t.Context(), testConfig(t.TempDir()), quiet()); err == nil {
		t.Error("a second engine in the same process")
	} else {
		t.Log(err)
	}
}

// helpReopen starts, closes and starts again in one process, on the same directory and on another.
func helpReopen(dir string) error {
	ctx := context.Background()
	for round, sub := range []string{"a", "a", "b", "a"} {
		cfg := testConfig(filepath.Join(dir, sub))
		e, err := Start(ctx, cfg, quiet())
		if err != nil {
			return fmt.Errorf("round %d: %w", round, err)
		}
		conn, err := connect(e)
		if err != nil {
			return err
		}
		for _, sql := range []string{"CREATE DATABASE IF NOT EXISTS k", "CREATE TABLE IF NOT EXISTS k.t (x UInt64) ENGINE = MergeTree ORDER BY x", "INSERT INTO k.t VALUES (1)"} {
			if err := conn.Exec(ctx, sql); err != nil {
				return fmt.Errorf("round %d: %w", round, err)
			}
		}
		var n uint64
		if err := conn.QueryRow(ctx, "SELECT count() FROM k.t").Scan(&n); err != nil {
			return err
		}
		fmt.Print(sub, n, " ")
		if err := errors.Join(conn.Close(), e.Close()); err != nil {
			return fmt.Errorf("round %d: %w", round, err)
		}
	}
	if err := checkSignals(); err != nil {
		return err
	}
	return goleak.Find(goleak.IgnoreTopFunction("os/signal.loop"))
}

// checkSignals holds that the library leaves the Go runtime's signal handlers alone: a SIGTERM is
// delivered, and a nil pointer is a panic that can be recovered.
func checkSignals() (err error) {
	got := make(chan os.Signal, 1)
	signal.Notify(got, syscall.SIGTERM)
	defer signal.Stop(got)
	if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-got:
	case <-time.After(5 * time.Second):
		return errors.New("SIGTERM did not arrive")
	}
	defer func() {
		if recover() == nil {
			err = errors.New("a nil pointer did not panic")
		}
	}()
	var nothing *Config
	_ = nothing.Dir
	return nil
}

// helpClose closes while a statement runs and a client is connected to everything.
func helpClose(dir string) error {
	ctx := context.Background()
	e, err := Start(ctx, testConfig(dir), quiet())
	if err != nil {
		return err
	}
	runCtx, cancel := context.WithCancel(ctx)
	defer cancel()
	running := make(chan error, 1)
	go func() { running <- e.Run(runCtx) }()
	conn, err := connect(e)
	if err != nil {
		return err
	}
	if err := conn.Ping(ctx); err != nil {
		return err
	}
	failed := make(chan error, 2)
	for _, sql := range []string{
		"SELECT count() FROM numbers_mt(1000000000000) WHERE NOT ignore(sipHash64(number))",
		"INSERT INTO FUNCTION null('n UInt64') SELECT number FROM numbers(1000000000000)",
	} {
		go func() { failed <- conn.Exec(ctx, sql) }()
	}
	time.Sleep(300 * time.Millisecond)
	began := time.Now()
	if err := e.Close(); err != nil {
		return err
	}
	if took := time.Since(began); took > 8*time.Second {
		return fmt.Errorf("closing took %s", took)
	}
	for range 2 {
		if err := <-failed; err == nil {
			return errors.New("a statement that was cut off has no error")
		}
	}
	if err := conn.Ping(ctx); err == nil {
		return errors.New("ping after close")
	}
	if err := e.broker.ApplyRetention(ctx); err != nil {
		return err
	}
	cancel()
	return errors.Join(<-running, conn.Close())
}

func TestCloseWhileBusy(t *testing.T) {
	if _, err := runHelperProcess(t, "close", t.TempDir()); err != nil {
		t.Error(err)
	}
}

func TestReopenInOneProcess(t *testing.T) {
	out, err := runHelperProcess(t, "reopen", t.TempDir())
	if err != nil || out != "a1 a2 b1 a3 " {
		t.Errorf("%q %v", out, err)
	}
}

// helpFull stands in for a full disk: for the broker with a limit on the size of files, which needs no
// special rights, for the engine with a floor of free space that no disk has.
func helpFull(dir string) error {
	ctx := context.Background()
	signal.Ignore(syscall.SIGXFSZ)
	for _, full := range []bool{false, true, false} {
		cfg := testConfig(dir)
		if full {
			cfg.ClickHouse.MinFree = 1 << 60
		}
		if err := fill(ctx, cfg, full); err != nil {
			return fmt.Errorf("full %t: %w", full, err)
		}
	}
	return nil
}

func fill(ctx context.Context, cfg Config, full bool) error {
	e, err := Start(ctx, cfg, quiet())
	if err != nil {
		return err
	}
	conn, err := connect(e)
	if err != nil {
		return err
	}
	w := &kafka.Writer{Addr: kafka.TCP(e.Brokers()...), Topic: "k", RequiredAcks: kafka.RequireAll, BatchTimeout: time.Millisecond, MaxAttempts: 2}
	if !full {
		for _, sql := range []string{"CREATE DATABASE IF NOT EXISTS k", "CREATE TABLE IF NOT EXISTS k.t (x UInt64) ENGINE = MergeTree ORDER BY x"} {
			if err := conn.Exec(ctx, sql); err != nil {
				return err
			}
		}
		if err := createTopic(ctx, e, "k", 1); err != nil && !errors.Is(err, kafka.TopicAlreadyExists) {
			return err
		}
	}
	insert := func() error {
		batch, err := conn.PrepareBatch(ctx, "INSERT INTO k.t")
		if err != nil {
			return err
		}
		if err := batch.Append(uint64(1)); err != nil {
			return err
		}
		return batch.Send()
	}
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		return err
	}
	insertErr := insert()
	if full {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 1 << 19, Max: before.Max}); err != nil {
			return err
		}
	}
	noise := make([]byte, 900<<10)
	_, _ = rand.Read(noise)
	produceErr := w.WriteMessages(ctx, kafka.Message{Value: noise})
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		return err
	}
	fmt.Println("insert:", insertErr, "produce:", produceErr)
	if full != (exceptionCode(insertErr) == 243) || full != (produceErr != nil) {
		return fmt.Errorf("insert: %w, produce: %w", insertErr, produceErr)
	}
	if full {
		if err := conn.Exec(ctx, "INSERT INTO k.t SELECT 1"); exceptionCode(err) != 243 {
			return fmt.Errorf("insert from a select: %w", err)
		}
		if err := conn.Exec(ctx, "ALTER TABLE k.t DROP PARTITION tuple()"); err != nil {
			return fmt.Errorf("freeing space: %w", err)
		}
	}
	var n uint64
	if err := conn.QueryRow(ctx, "SELECT count() FROM k.t").Scan(&n); err != nil {
		return err
	}
	if n > 1 || !full && n != 1 {
		return fmt.Errorf("%d rows", n)
	}
	return errors.Join(w.Close(), conn.Close(), e.Close())
}

func TestDiskFull(t *testing.T) {
	out, err := runHelperProcess(t, "full", t.TempDir())
	t.Log(out)
	if err != nil {
		t.Error(err)
	}
}
