package talent

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// NewID derives a 32-digit hexadecimal id from parts. Equal parts give equal ids, so a message that is
// delivered or produced twice names the same row; parts are length-delimited, so ("a","bc") ≠ ("ab","c").
func NewID(parts ...string) string {
	h := sha256.New()
	var n [4]byte
	for _, p := range parts {
		l := len(p)
		n[0], n[1], n[2], n[3] = byte(l>>24), byte(l>>16), byte(l>>8), byte(l)
		h.Write(n[:])
		h.Write([]byte(p))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
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
