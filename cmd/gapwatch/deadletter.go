package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/gapwatch/gapwatch/internal/kafka"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// deadletterCmd looks at messages that were set aside.
type deadletterCmd struct {
	List   deadletterListCmd   `cmd:"" help:"List the messages that wait to be replayed."`
	Replay deadletterReplayCmd `cmd:"" help:"Send them to their topics again."`
}

// deadletterGroup remembers how far the dead letters have been replayed.
const deadletterGroup = "deadletter"

// pending hands every dead letter that was not replayed yet to each; a message that failed again after a replay
// is a new one.
func pending(env *environment, each func(talent.DeadLetter) error) (b *backend, at kafka.Offsets, err error) {
	cfg, logger, err := env.loadExisting()
	if err != nil {
		return nil, nil, err
	}
	b, err = attach(env.ctx, cfg, logger)
	if err != nil {
		return nil, nil, err
	}
	at, err = b.kafka.Scan(env.ctx, deadletterGroup, talent.TopicDeadLetter, func(r kafka.Record) error {
		var d talent.DeadLetter
		if err := json.Unmarshal(r.Value, &d); err != nil {
			return fmt.Errorf("decode dead letter %d/%d: %w", r.Partition, r.Offset, err)
		}
		return each(d)
	})
	if err != nil {
		return nil, nil, errors.Join(err, b.Close())
	}
	return b, at, nil
}

// deadletterListCmd lists.
type deadletterListCmd struct {
	JSON bool `help:"One JSON object a line, with the bytes."`
}

// Help is shown under the flags.
func (deadletterListCmd) Help() string { return "Example: gapwatch deadletter list" }

// Run lists the pending dead letters.
func (c deadletterListCmd) Run(env *environment) error {
	table := tabwriter.NewWriter(env.stdout, 0, 4, 2, ' ', 0)
	encoder := json.NewEncoder(env.stdout)
	n := 0
	b, _, err := pending(env, func(d talent.DeadLetter) error {
		n++
		if c.JSON {
			return encoder.Encode(d)
		}
		if n == 1 {
			fmt.Fprintln(table, "ORIGIN\tAT\tBYTES\tREASON")
		}
		_, err := fmt.Fprintf(table, "%s/%d/%d\t%s\t%d\t%s\n", d.Topic, d.Partition, d.Offset, d.At.Format("2006-01-02 15:04:05"), len(d.Value), d.Reason)
		return err
	})
	if err != nil {
		return err
	}
	if n == 0 && !c.JSON {
		fmt.Fprintln(env.stdout, "no dead letters")
	}
	return errors.Join(table.Flush(), b.Close())
}

// deadletterReplayCmd replays.
type deadletterReplayCmd struct{}

// Help is shown under the flags.
func (deadletterReplayCmd) Help() string {
	return "After the cause was mended. Example: gapwatch deadletter replay"
}

// Run sends every pending dead letter to its topic and remembers that it did.
func (deadletterReplayCmd) Run(env *environment) error {
	var letters []talent.DeadLetter
	b, at, err := pending(env, func(d talent.DeadLetter) error { letters = append(letters, d); return nil })
	if err != nil {
		return err
	}
	for _, d := range letters {
		if err := b.kafka.Write(env.ctx, d.Topic, kafka.Message{Key: d.Key, Value: d.Value}); err != nil {
			return errors.Join(err, b.Close())
		}
	}
	if err := b.kafka.Commit(env.ctx, deadletterGroup, talent.TopicDeadLetter, at); err != nil {
		return errors.Join(err, b.Close())
	}
	fmt.Fprintf(env.stdout, "replayed %d messages\n", len(letters))
	return b.Close()
}
