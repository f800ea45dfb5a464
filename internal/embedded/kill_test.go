package embedded

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
)

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
	w := &kafka.Writer{Addr: kafka.TCP(KafkaName), Transport: &kafka.Transport{Dial: e.DialKafka}, Topic: "k", RequiredAcks: kafka.RequireAll, BatchTimeout: time.Millisecond}
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
	client := &kafka.Client{Addr: kafka.TCP(KafkaName), Transport: &kafka.Transport{Dial: e.DialKafka}}
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
