package aggregate

import (
	"context"
	"errors"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// rollUpChunk is how many periods one INSERT … SELECT recomputes; it bounds the engine's memory.
const rollUpChunk = 120

// unasked is how often a leader looks for dirty periods that it has had no news of: those of a store that was away, or
// of a replica that had them late.
const unasked = 5 * time.Minute

// rollUpLoop rolls dirty periods up while this process leads. It waits for a quiet moment, because a bulk
// import marks the same periods again and again, but never longer than RollUpLatest.
func (a *Aggregator) rollUpLoop(ctx context.Context) error {
	news := a.kafka.Watch(ctx, talent.ChangeFacts, talent.ChangeChecked)
	look, asleep := time.NewTimer(unasked), true
	defer look.Stop()
	var dirtySince, lastChange time.Time
	var newest uint64
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-news:
			if asleep {
				look.Reset(a.cfg.RollUpQuiet / 2)
				asleep = false
			}
			continue
		case <-look.C:
		}
		dirty, err := a.store.DirtyPeriods(ctx)
		if err != nil {
			return err
		}
		now := time.Now()
		a.metrics.dirtyPeriods.Set(float64(len(dirty)))
		if asleep = len(dirty) == 0; asleep {
			dirtySince = time.Time{}
			look.Reset(unasked)
			continue
		}
		look.Reset(a.cfg.RollUpQuiet / 2)
		if dirtySince.IsZero() {
			dirtySince, lastChange, newest = now, now, 0
		}
		for _, d := range dirty {
			if d.Version > newest {
				newest, lastChange = d.Version, now
			}
		}
		if now.Sub(lastChange) < a.cfg.RollUpQuiet && now.Sub(dirtySince) < a.cfg.RollUpLatest {
			continue
		}
		err = a.rollUp(ctx, dirty)
		if errors.Is(err, talent.ErrLost) { // the check has said what is wrong; it goes on once another has said that it is repaired
			asleep = true
			look.Reset(unasked)
			continue
		}
		if err != nil {
			return err
		}
		dirtySince = time.Time{}
	}
}

// RollUpAll rolls up what is dirty now.
func (a *Aggregator) RollUpAll(ctx context.Context) error {
	dirty, err := a.store.DirtyPeriods(ctx)
	if err != nil {
		return err
	}
	return a.rollUp(ctx, dirty)
}

func (a *Aggregator) rollUp(ctx context.Context, dirty []talent.DirtyPeriod) error {
	byGrain := map[talent.Grain][]talent.DirtyPeriod{}
	for _, d := range dirty {
		byGrain[d.Grain] = append(byGrain[d.Grain], d)
	}
	for _, grain := range []talent.Grain{talent.Week, talent.Month} {
		list := byGrain[grain]
		for len(list) > 0 {
			n := min(rollUpChunk, len(list))
			started := time.Now()
			if err := a.store.RollUp(ctx, grain, list[:n]); err != nil {
				return err
			}
			a.metrics.rollUpSeconds.Observe(time.Since(started).Seconds())
			a.metrics.lastRollUp.SetToCurrentTime()
			a.logger.Debug("periods rolled up", "grain", grain, "periods", n, "took", time.Since(started))
			list = list[n:]
		}
	}
	return nil
}

// Drain waits until every message that is in Kafka now is a fact and every fact is rolled up. It fails
// with talent.ErrLost when that cannot be, because stored data was lost.
func (a *Aggregator) Drain(ctx context.Context) error {
	for {
		lag, err := a.kafka.Lag(ctx, Group, talent.TopicPostings, talent.TopicRequests, talent.TopicProgrammes)
		if err != nil {
			return err
		}
		if err := a.store.Intact(ctx); err != nil {
			return err
		}
		if lag == 0 {
			dirty, err := a.store.DirtyPeriods(ctx)
			if err != nil {
				return err
			}
			if len(dirty) == 0 {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}
