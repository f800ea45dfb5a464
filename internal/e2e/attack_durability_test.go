//go:build e2e

package e2e

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"
)

// durabilityAttacks cut the power.
func durabilityAttacks() []attack {
	return []attack{{
		name:   "power cut under load",
		before: "no fsync: 20 requests answered 201 and 3,319 postings gone, 25 parts detached, once no start at all",
		run:    func(t *testing.T, v *victim) string { return powerCuts(t, v.p, 4) },
	}}
}

// TestPowerCut is the long version: GAPWATCH_CUTS is how often the power is cut, GAPWATCH_SEED repeats a run's dice.
func TestPowerCut(t *testing.T) {
	text := os.Getenv("GAPWATCH_CUTS")
	if text == "" {
		t.Skip("GAPWATCH_CUTS=100 cuts the power a hundred times; TestAttack does it a few times")
	}
	cuts, err := strconv.Atoi(text)
	if err != nil || cuts < 1 {
		t.Fatalf("GAPWATCH_CUTS: want a number of cuts, not %q", text)
	}
	t.Log(powerCuts(t, newProgram(t), cuts))
}

// dice are random numbers whose seed is printed.
func dice(t *testing.T) *rand.Rand {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("GAPWATCH_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("seed: GAPWATCH_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, seed))
}

// unavailable skips, and fails in CI, where nothing is skipped.
func unavailable(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatal(why)
	}
	t.Skip(why)
}
