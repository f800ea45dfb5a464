package taxonomy

import (
	"math/bits"
	"strings"
	"unicode/utf8"

	"github.com/mozillazg/go-pinyin"
)

// sound is how a Chinese name is typed in Latin letters.
type sound struct {
	full, initials string     // by the usual reading of each character: damoxing, dmx
	readings       [][]string // of each character all readings, the usual one first: 长 is zhang and chang
}

// soundOf reads a folded name; ok is false when it has no Han character. Other characters stand for themselves.
func soundOf(key string) (s sound, ok bool) {
	if !strings.ContainsFunc(key, isHan) {
		return s, false
	}
	args := pinyin.NewArgs()
	args.Heteronym = true
	args.Fallback = func(r rune, _ pinyin.Args) []string { return []string{string(r)} }
	for _, r := range key {
		all := pinyin.SinglePinyin(r, args)
		if len(all) == 0 {
			all = []string{string(r)}
		}
		s.readings = append(s.readings, all)
		first, _ := utf8.DecodeRuneInString(all[0])
		s.full += all[0]
		s.initials += string(first)
	}
	return s, true
}

// longestTyped is how many bytes of typed pinyin are compared with all readings; a bit of a word stands for each.
const longestTyped = 63

// spelt reports whether typed spells the name, in full or by initials, by any reading of its characters; begun, whether
// it spells the beginning.
func (s sound) spelt(typed string, initials bool) (whole, begun bool) {
	if len(typed) > longestTyped {
		return false, false
	}
	open, end := uint64(1), uint64(1)<<len(typed) // how much of typed the characters so far may have taken
	for _, readings := range s.readings {
		var next uint64
		for left := open; left != 0; left &= left - 1 {
			at := bits.TrailingZeros64(left)
			rest := typed[at:]
			for _, reading := range readings {
				if initials {
					_, width := utf8.DecodeRuneInString(reading)
					reading = reading[:width]
				}
				if strings.HasPrefix(rest, reading) {
					next |= 1 << (at + len(reading))
				} else if strings.HasPrefix(reading, rest) {
					begun = true
				}
			}
		}
		if open = next; open == 0 {
			return false, begun
		}
		begun = begun || open&end != 0
	}
	return open&end != 0, begun
}
