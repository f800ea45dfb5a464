package skills

import (
	"maps"
	"slices"
)

// none is the absent node or output.
const none int32 = -1

// trie is a read-only prefix tree over folded runes in a double array (J. Aoe, "An efficient digital search
// algorithm by using a double-array structure", 1989): the child of node n by a rune with code c is base[n]+c when
// check of that is n. A walk starts at word borders and at Han runes only, and most end at once, so the tree needs
// no failure links.
type trie struct {
	ascii [128]uint16
	pages [256]*[256]uint16 // codes of the other runes of the basic plane; 0 means none
	nodes []trieNode
	out   []int32 // by node: index of what ends there, or none

	// openings has a bit for the first three runes of each key, or for all of a shorter one: most words of a text
	// begin like none, and are passed without a walk.
	openings [1 << 10]uint64
}

// opening is the bit of openings of a beginning; c, or b and c, are zero of a shorter one.
func opening(a, b, c rune) uint32 {
	return (uint32(a)*0x9E3779B1 ^ uint32(b)*0x85EBCA6B ^ uint32(c)*0xC2B2AE35) * 0x9E3779B1 >> 16
}

func (t *trie) opens(bit uint32) bool { return t.openings[bit>>6]>>(bit&63)&1 != 0 }

// mayBegin reports whether a key may begin where runes begin; there is at least one.
func (t *trie) mayBegin(runes []rune) bool {
	a := runes[0]
	if t.opens(opening(a, 0, 0)) {
		return true
	}
	if len(runes) < 2 {
		return false
	}
	if t.opens(opening(a, runes[1], 0)) {
		return true
	}
	return len(runes) > 2 && t.opens(opening(a, runes[1], runes[2]))
}

type trieNode struct{ base, check int32 }

// newTrie builds the tree of keys, which are not empty and of the basic plane; the value of a key is its output.
func newTrie(keys map[string]int32) *trie {
	t := &trie{}
	sorted := slices.Sorted(maps.Keys(keys))
	alphabet := map[rune]bool{}
	for _, key := range sorted {
		for _, r := range key {
			alphabet[r] = true
		}
	}
	for i, r := range slices.Sorted(maps.Keys(alphabet)) { // codes in the order of the runes keep the keys sorted
		*t.slot(r) = uint16(i + 1)
	}
	coded := make([][]uint16, len(sorted))
	for i, key := range sorted {
		first := append([]rune(key), 0, 0)
		bit := opening(first[0], first[1], first[2])
		t.openings[bit>>6] |= 1 << (bit & 63)
		coded[i] = make([]uint16, 0, len(key))
		for _, r := range key {
			coded[i] = append(coded[i], *t.slot(r))
		}
	}

	type span struct { // keys with one prefix, of depth runes, that lead to node
		from, to, depth int
		node            int32
	}
	grow := func(n int) {
		for len(t.nodes) < n {
			t.nodes = append(t.nodes, trieNode{base: none, check: none})
			t.out = append(t.out, none)
		}
	}
	grow(1)
	free := int32(1) // no free slot before it
	var labels []uint16
	for queue := []span{{0, len(sorted), 0, 0}}; len(queue) > 0; queue = queue[1:] {
		q := queue[0]
		if len(coded[q.from]) == q.depth {
			t.out[q.node] = keys[sorted[q.from]]
			q.from++
		}
		labels = labels[:0]
		for i := q.from; i < q.to; i++ {
			if c := coded[i][q.depth]; len(labels) == 0 || labels[len(labels)-1] != c {
				labels = append(labels, c)
			}
		}
		if len(labels) == 0 {
			continue
		}
		for int(free) < len(t.nodes) && t.nodes[free].check != none {
			free++
		}
		base := max(0, free-int32(labels[0]))
		for !t.fits(base, labels) {
			base++
		}
		t.nodes[q.node].base = base
		grow(int(base) + int(labels[len(labels)-1]) + 1)
		i := q.from
		for _, c := range labels {
			child := base + int32(c)
			t.nodes[child].check = q.node
			j := i
			for j < q.to && coded[j][q.depth] == c {
				j++
			}
			queue = append(queue, span{i, j, q.depth + 1, child})
			i = j
		}
	}
	return t
}

func (t *trie) fits(base int32, labels []uint16) bool {
	for _, c := range labels {
		if at := int(base) + int(c); at < len(t.nodes) && (at == 0 || t.nodes[at].check != none) {
			return false
		}
	}
	return true
}

// slot returns where the code of r is kept.
func (t *trie) slot(r rune) *uint16 {
	if r < 128 {
		return &t.ascii[r]
	}
	p := t.pages[r>>8&0xFF]
	if p == nil {
		p = new([256]uint16)
		t.pages[r>>8&0xFF] = p
	}
	return &p[r&0xFF]
}

// child returns the node that r leads to from node n, or none. The root is node 0.
func (t *trie) child(n int32, r rune) int32 {
	var c uint16
	if r < 128 {
		c = t.ascii[r]
	} else if r <= 0xFFFF {
		if p := t.pages[r>>8]; p != nil {
			c = p[r&0xFF]
		}
	}
	if c == 0 {
		return none
	}
	at := t.nodes[n].base + int32(c)
	if uint(at) < uint(len(t.nodes)) && t.nodes[at].check == n {
		return at
	}
	return none
}
