package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
)

// TestShare: another process of the same user comes in through the data directory, however deep that lies.
func TestShare(t *testing.T) {
	if out, err := runHelperProcess(t, "share", filepath.Join(t.TempDir(), strings.Repeat("deep/", 40))); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// helpShare runs in a process of its own, because a process has one engine.
func helpShare(dir string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cfg := testConfig(dir)
	cfg.ClickHouse.Listen, cfg.Kafka.Listen = "", ""
	if At(dir).Answers(ctx) {
		return errors.New("somebody answers before there is anybody")
	}
	for round := range 2 { // the clients of the first round find the second by themselves
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		old := filepath.Join(dir, "run.json")
		if err := os.WriteFile(old, []byte(`{"password":"of an earlier version"}`), 0o600); err != nil {
			return err
		}
		e, err := Start(ctx, cfg, quiet())
		if err != nil {
			return err
		}
		if At(dir).Answers(ctx) {
			return errors.New("open before Share")
		}
		if err := e.Share(ctx); err != nil {
			return err
		}
		if !At(dir).Answers(ctx) {
			return errors.New("nobody answers after Share")
		}
		if _, err := os.Stat(old); !errors.Is(err, os.ErrNotExist) {
			return errors.New("the password of an earlier version is still there")
		}
		if err := useRemote(ctx, At(dir), round); err != nil {
			return errors.Join(fmt.Errorf("round %d: %w", round, err), e.Close())
		}
		if err := e.Close(); err != nil {
			return err
		}
		for _, name := range []string{"kafka.sock", "clickhouse.sock"} {
			if _, err := os.Lstat(filepath.Join(dir, name)); !errors.Is(err, os.ErrNotExist) {
				return fmt.Errorf("%s stays after Close: %w", name, err)
			}
		}
	}
	return nil
}

func useRemote(ctx context.Context, r Remote, round int) error {
	transport := &kafka.Transport{Dial: r.DialKafka}
	defer transport.CloseIdleConnections()
	client := &kafka.Client{Addr: kafka.TCP(KafkaName), Transport: transport, Timeout: 10 * time.Second}
	topic := fmt.Sprint("t", round)
	made, err := client.CreateTopics(ctx, &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{{Topic: topic, NumPartitions: 1, ReplicationFactor: 1}}})
	if err := errors.Join(err, made.Errors[topic]); err != nil {
		return err
	}
	w := &kafka.Writer{Addr: kafka.TCP(KafkaName), Topic: topic, RequiredAcks: kafka.RequireAll, BatchTimeout: time.Millisecond, Transport: transport}
	if err := errors.Join(w.WriteMessages(ctx, kafka.Message{Value: []byte("hello")}), w.Close()); err != nil {
		return err
	}
	reader := kafka.NewReader(kafka.ReaderConfig{Brokers: []string{KafkaName}, Dialer: &kafka.Dialer{DialFunc: r.DialKafka}, GroupID: "g", Topic: topic, StartOffset: kafka.FirstOffset, MaxWait: 100 * time.Millisecond})
	m, err := reader.ReadMessage(ctx)
	if err := errors.Join(err, reader.Close()); err != nil || string(m.Value) != "hello" {
		return fmt.Errorf("read %q: %w", m.Value, err)
	}
	conn, err := connectBy(r.DialClickHouse)
	if err != nil {
		return err
	}
	defer conn.Close()
	for _, sql := range []string{"CREATE DATABASE IF NOT EXISTS k", "CREATE TABLE IF NOT EXISTS k.private_things (x UInt64) ENGINE = MergeTree ORDER BY x", "INSERT INTO k.private_things VALUES (1)"} {
		if err := conn.Exec(ctx, sql); err != nil {
			return err
		}
	}
	var n uint64
	if err := conn.QueryRow(ctx, "SELECT count() FROM k.private_things").Scan(&n); err != nil || n != uint64(round+1) {
		return fmt.Errorf("%d rows: %w", n, err)
	}
	return nil
}
