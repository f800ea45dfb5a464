//go:build linux

package powercut

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
)

// block is what a drive writes whole or not at all.
const block = 4096

// Cut writes to image what the disk may hold when its power is cut at a position: everything before the last flush,
// and each block that was written after it with probability keep. Positions of successive calls must not fall. It
// returns how many blocks were under way, and how many of them were lost.
func (d *Disk) Cut(position int, keep float64, random *rand.Rand, image string) (underway, lost int, err error) {
	d.mu.Lock()
	ops := d.ops
	d.mu.Unlock()
	if position < d.settled || position > len(ops) {
		return 0, 0, fmt.Errorf("cut at %d: want from %d to %d", position, d.settled, len(ops))
	}
	last := position
	for last > d.settled && ops[last-1].length > 0 {
		last--
	}
	for _, o := range ops[d.settled:last] {
		if _, _, err := d.replay(o, d.durable, 1, random); err != nil {
			return 0, 0, err
		}
	}
	d.settled = last
	if err := copySparse(d.durable.Name(), image); err != nil {
		return 0, 0, err
	}
	to, err := os.OpenFile(image, os.O_RDWR, 0)
	if err != nil {
		return 0, 0, err
	}
	for _, o := range ops[last:position] {
		u, l, err := d.replay(o, to, keep, random)
		if err != nil {
			return 0, 0, errors.Join(err, to.Close())
		}
		underway, lost = underway+u, lost+l
	}
	return underway, lost, to.Close()
}

// replay writes the blocks of an operation, each with probability keep.
func (d *Disk) replay(o op, to *os.File, keep float64, random *rand.Rand) (blocks, lost int, err error) {
	data := make([]byte, o.length)
	if _, err := d.log.ReadAt(data, o.data); err != nil {
		return 0, 0, fmt.Errorf("read the log of the disk: %w", err)
	}
	for start := 0; start < len(data); start += block {
		blocks++
		if keep < 1 && random.Float64() >= keep {
			lost++
			continue
		}
		if _, err := to.WriteAt(data[start:min(start+block, len(data))], o.offset+int64(start)); err != nil {
			return 0, 0, fmt.Errorf("write the image of a cut: %w", err)
		}
	}
	return blocks, lost, nil
}
