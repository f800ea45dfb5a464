package embedded

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
)

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
	w := &kafka.Writer{Addr: kafka.TCP(KafkaName), Transport: &kafka.Transport{Dial: e.DialKafka}, Topic: "k", RequiredAcks: kafka.RequireAll, BatchTimeout: time.Millisecond, MaxAttempts: 2}
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
