package talent

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"
)

// NewID derives a 32-digit hexadecimal id from parts. Equal parts give equal ids, so a message that is
// delivered or produced twice names the same row; parts are length-delimited, so ("a","bc") ≠ ("ab","c").
func NewID(parts ...string) string { return newID(parts) }

// NewIDOf is NewID for parts that stand in buffers.
func NewIDOf(parts ...[]byte) string { return newID(parts) }

func newID[Part string | []byte](parts []Part) string {
	var small [256]byte
	all := small[:0]
	size := 0
	for _, p := range parts {
		size += 4 + len(p)
	}
	all = slices.Grow(all, size)
	for _, p := range parts {
		all = binary.BigEndian.AppendUint32(all, uint32(len(p)))
		all = append(all, p...)
	}
	sum := sha256.Sum256(all)
	return hex.EncodeToString(sum[:16])
}

// PostingID is the id of the posting that source knows under key.
func PostingID(source, key string) string { return NewID("posting", source, key) }

// hiddenKey begins what stands for a key that holds personal data.
const hiddenKey = "id:"

// HiddenKey stands for the key of a posting where the key itself must not be told: the id, which was made of it.
func HiddenKey(id string) string { return hiddenKey + id }

// IsHiddenKey reports whether key is one that HiddenKey made.
func IsHiddenKey(key string) bool {
	id, ok := strings.CutPrefix(key, hiddenKey)
	if !ok || len(id) != 32 {
		return false
	}
	_, err := hex.DecodeString(id)
	return err == nil
}
