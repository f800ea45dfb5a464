//go:build e2e

package e2e

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gapwatch/gapwatch/internal/powercut"
)

// powerCuts runs the whole system under load on a disk that records what is written, cuts the power at random
// moments, starts the system again on what is left and compares it with what had been acknowledged.
func powerCuts(t *testing.T, p program, cuts int) string {
	t.Helper()
	random := dice(t)

	// What the test can see at all: without syncs, a cut loses what was acknowledged.
	control := newBench(t, p, random, "lose_seconds_on_power_cut: true, ")
	control.load(2 * time.Second)
	unsafe := control.cut(control.disk.Position(), 0)
	control.close()
	if unsafe.lost.sum() == 0 && unsafe.notStarted == 0 {
		t.Errorf("without syncs nothing of %s was lost: the cut cut nothing", unsafe.wanted)
	}
	t.Logf("without syncs: of %s lost %s%s", unsafe.wanted, unsafe.lost, unsafe.refused)

	b := newBench(t, p, random, "")
	lasting := time.Duration(min(4+cuts/4, 30)) * time.Second
	b.load(lasting / 2)
	b.load(lasting / 2) // after a kill -9
	end := b.disk.Position()
	// Any moment may be the one; the hardest is right after an answer has left.
	positions, answered := []int{end}, b.acked.moments()
	for i := range cuts - 1 {
		at := random.IntN(end)
		if i%2 == 0 && len(answered) > 0 {
			at = answered[random.IntN(len(answered))]
		}
		positions = append(positions, at)
	}
	slices.Sort(positions)
	var all outcome
	for i, at := range positions {
		// A drive loses all that was under way, some of it, or nothing.
		got := b.cut(at, []float64{0, random.Float64(), 0, 1}[i%4])
		t.Logf("cut %d of %d at %d of %d, %d of %d blocks under way lost: acknowledged %s, lost %d", i+1, cuts, at, end, got.blocksLost, got.blocks, got.wanted, got.lost.sum())
		all.add(got)
	}
	last := b.acked.before(end)
	b.close()
	if all.notStarted+all.lost.sum()+all.doubled+all.unknown+all.detached > 0 {
		t.Error("a power cut got through")
	}
	return fmt.Sprintf("%d cuts in the life of %s: %d lost, %d doubled, %d unknown, %d parts detached, %d times no start (without syncs, one cut: of %s lost %s%s)",
		cuts, last, all.lost.sum(), all.doubled, all.unknown, all.detached, all.notStarted, unsafe.wanted, unsafe.lost, unsafe.refused)
}

// bench is a recorded disk with a system on it.
type bench struct {
	t      *testing.T
	p      program
	random *rand.Rand
	disk   *powercut.Disk
	dir    string // holds everything
	at     string // where the disk is mounted
	config string
	key    string
	acked  ledger
}

func newBench(t *testing.T, p program, random *rand.Rand, settings string) *bench {
	t.Helper()
	b := &bench{t: t, p: p, random: random, dir: t.TempDir()}
	b.at = filepath.Join(b.dir, "mnt")
	if err := os.Mkdir(b.at, 0o700); err != nil {
		t.Fatal(err)
	}
	var err error
	if b.disk, err = powercut.New(b.dir, 1<<30); err == nil {
		t.Cleanup(func() { _ = b.disk.Close() }) // when the test ends early
		err = b.disk.Mount(b.at)
	}
	if errors.Is(err, powercut.ErrUnavailable) {
		unavailable(t, err.Error())
	}
	if err != nil {
		t.Fatal(err)
	}
	b.p.command = b.disk.Command
	b.config = writeConfig(t, fmt.Sprintf("http: {listen: '127.0.0.1:0'}\nembedded: {%skafka: {segment_bytes: %d, retention_bytes: %d}}\n", settings, 1<<20, 4<<20))
	return b
}

// load starts the system, uses it for a while and kills it.
func (b *bench) load(lasting time.Duration) {
	b.t.Helper()
	data := filepath.Join(b.at, "data")
	up := b.p.start(b.t, "up", "--config", b.config, "--data", data)
	base := up.ready(b.t, "Gapwatch is ready: ")
	if b.key == "" {
		b.key = enterpriseKey(b.t, b.p, data)
	}
	b.acked.use(b.t, base, b.disk.View(data), b.key, b.disk.Position, lasting)
	up.kill()
}

// enterpriseKey is a new key of a new enterprise.
func enterpriseKey(t testing.TB, p program, data string) string {
	t.Helper()
	out, _, _ := p.run(t, 0, "key", "create", "--data", data, "--org", "Cut", "--role", "enterprise")
	fields := strings.Fields(out)
	return fields[len(fields)-1]
}

// close takes the disk away.
func (b *bench) close() {
	b.t.Helper()
	if err := errors.Join(b.disk.Unmount(b.at), b.disk.Close()); err != nil {
		b.t.Error(err)
	}
}

// cut cuts the power at a position and says what a start on the rest found.
func (b *bench) cut(position int, keep float64) outcome {
	b.t.Helper()
	o := outcome{wanted: b.acked.before(position)}
	image, at := filepath.Join(b.dir, "cut"), filepath.Join(b.dir, "after")
	var err error
	if o.blocks, o.blocksLost, err = b.disk.Cut(position, keep, b.random, image); err != nil {
		b.t.Fatal(err)
	}
	if err := os.MkdirAll(at, 0o700); err != nil {
		b.t.Fatal(err)
	}
	if err := b.disk.MountImage(image, at); err != nil {
		b.t.Fatal(err)
	}
	data := filepath.Join(at, "data")
	up := b.p.start(b.t, "up", "--config", b.config, "--data", data)
	if started(up) {
		b.acked.compare(b.t, b.disk.View(data), position, &o)
	} else {
		o.notStarted++
		o.refused = ", no start"
		b.t.Logf("no start after a cut at %d: %s", position, tail(up.stderr.String()))
	}
	up.kill()
	if err := b.disk.Unmount(at); err != nil {
		b.t.Fatal(err)
	}
	return o
}

// started waits until the system answers, or ends.
func started(up *process) bool {
	for {
		if strings.Contains(up.stdout.String(), "Gapwatch is ready: ") {
			return true
		}
		select {
		case <-up.done:
			return false
		case <-time.After(50 * time.Millisecond):
		}
	}
}
