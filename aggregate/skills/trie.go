package skills

import (
	"maps"
	"slices"
)

// none is the absent node or output.
const none int32 = -1

// trie is a read-only prefix tree over folded runes. Nodes are numbered breadth first, so the k-th edge leads to
// node k+1 and only its label is stored; the edges of node n are first[n] … first[n+1]. A walk starts at word
// borders and at Han runes only and most end at once, so it needs no failure links.
type trie struct {
	first []int32
	label []rune
	out   []int32 // index of what ends at a node, or none
	ascii [128]int32
	pages [256]*[256]int32 // roots of the other runes of the basic plane
}

// newTrie builds the tree of keys, which are not empty; the value of a key is its output.
func newTrie(keys map[string]int32) *trie {
	type span struct { // keys with one prefix, of depth runes
		from, to, depth int
	}
	sorted := slices.Sorted(maps.Keys(keys))
	runes := make([][]rune, len(sorted))
	for i, k := range sorted {
		runes[i] = []rune(k)
	}
	t := &trie{}
	size := 1
	for _, k := range runes {
		size += len(k)
	}
	queue := append(make([]span, 0, size), span{0, len(sorted), 0})
	for n := 0; n < len(queue); n++ {
		q := queue[n]
		t.first = append(t.first, int32(len(t.label)))
		out := none
		if q.from < q.to && len(runes[q.from]) == q.depth {
			out = keys[sorted[q.from]]
			q.from++
		}
		t.out = append(t.out, out)
		for i := q.from; i < q.to; {
			r, j := runes[i][q.depth], i+1
			for j < q.to && runes[j][q.depth] == r {
				j++
			}
			t.label = append(t.label, r)
			queue = append(queue, span{i, j, q.depth + 1})
			i = j
		}
	}
	t.first = append(t.first, int32(len(t.label)))
	for i := range t.ascii {
		t.ascii[i] = none
	}
	for k := range t.first[1] {
		r, node := t.label[k], k+1
		if r < 128 {
			t.ascii[r] = node
			continue
		}
		if r > 0xFFFF {
			continue // found by child
		}
		p := t.pages[r>>8]
		if p == nil {
			p = new([256]int32)
			for i := range p {
				p[i] = none
			}
			t.pages[r>>8] = p
		}
		p[r&0xFF] = node
	}
	return t
}

// start returns the node that r leads to from the root.
func (t *trie) start(r rune) int32 {
	switch {
	case r < 128:
		return t.ascii[r]
	case r > 0xFFFF:
		return t.child(0, r)
	}
	if p := t.pages[r>>8]; p != nil {
		return p[r&0xFF]
	}
	return none
}

// child returns the node that r leads to from node n.
func (t *trie) child(n int32, r rune) int32 {
	lo, hi := t.first[n], t.first[n+1]
	for hi-lo > 8 {
		mid := (lo + hi) / 2
		if t.label[mid] <= r {
			lo = mid
		} else {
			hi = mid
		}
	}
	for ; lo < hi; lo++ {
		if t.label[lo] == r {
			return lo + 1
		}
	}
	return none
}
