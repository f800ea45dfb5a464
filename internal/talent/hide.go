package talent

import (
	"cmp"
	"math"
	"slices"
)

// LeastParties is k of the rule that no number is public behind which fewer than k employers, or fewer than k
// requesting organisations, stand.
const LeastParties = 3

// Unstated stands for the region, industry or tier of what states none. Such parts are counted, so that it is known
// what the parts that are published leave over, and are never published themselves.
const Unstated = "?"

// Hidden says which numbers of a point are not public.
type Hidden uint8

// The kinds of numbers that are hidden by themselves: postings with everything counted of them, direct requests, and
// what warnings are judged by, which is made of both.
const (
	HiddenOpenings Hidden = 1 << iota
	HiddenRequests
	HiddenJudged
)

// Part is a cell of a market in one period: everything ("", "", ""), a region, an industry, a tier, or an industry in a
// region. Size is an amount that adds up over parts, such as vacancies; Parties are the distinct ones behind it.
type Part struct {
	Region, Industry, Tier string
	Parties                int
	Size                   float64
}

func (p Part) whole() bool { return p.Region == "" && p.Industry == "" && p.Tier == "" }

// unstated reports whether the part is never published.
func (p Part) unstated() bool {
	return p.Region == Unstated || p.Industry == Unstated || p.Tier == Unstated
}

// Hide says which of the parts of one market are not to be published, in the order of parts: those behind which fewer
// than least parties stand, and as many others as it takes that no sum or difference of what is published tells one of
// them. Parts of nobody are true zeros and are published. Equal parts give equal answers.
//
// A table of regions by industries is a graph, its rows and columns the vertices (the totals are a row and a column
// too) and its hidden cells the edges; exactly the bridges of the graph can be computed from the rest (Gusfield, A
// graph theoretic approach to statistical data security, SIAM Journal on Computing 17 (1988) 552-571). So the cheapest
// path that makes a circle is hidden too. Besides, what the published parts of a published total leave over belongs to
// at least least distinct parties. The whole market is hidden only if it is itself a small cell: everything is then.
func Hide(parts []Part, least int) []bool {
	h := hiding{parts: parts, hidden: make([]bool, len(parts)), least: least, of: map[string]int{}}
	if least <= 1 {
		return h.hidden
	}
	order := make([]int, len(parts))
	for i := range parts {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		p, q := parts[a], parts[b]
		return cmp.Or(cmp.Compare(p.Size, q.Size), cmp.Compare(p.Region, q.Region), cmp.Compare(p.Industry, q.Industry), cmp.Compare(p.Tier, q.Tier))
	})
	small := false
	for _, i := range order {
		p := parts[i]
		if p.Parties == 0 {
			continue
		}
		h.hidden[i] = p.unstated() || p.Parties < least
		small = small || p.whole() && h.hidden[i]
		switch {
		case p.Tier != "":
			h.tiers = append(h.tiers, i)
		default:
			h.add(i)
		}
	}
	if small {
		for _, i := range order {
			h.hidden[i] = parts[i].Parties > 0
		}
		return h.hidden
	}
	h.enlarge(h.tiers)
	for h.mend() {
	}
	return h.hidden
}

// hiding is the state of Hide.
type hiding struct {
	parts  []Part
	hidden []bool
	least  int
	tiers  []int          // parts, smallest first
	of     map[string]int // vertices by name
	ends   [][2]int       // vertices of each edge
	edges  []int          // the part that each edge is, smallest first
	at     [][]int        // edges of each vertex, smallest first
}

func (h *hiding) vertex(name string) int {
	v, ok := h.of[name]
	if !ok {
		v = len(h.at)
		h.of[name] = v
		h.at = append(h.at, nil)
	}
	return v
}

// add makes a part an edge between its row and its column.
func (h *hiding) add(i int) {
	p := h.parts[i]
	row, column := h.vertex("r"+p.Region), h.vertex("c"+p.Industry)
	e := len(h.edges)
	h.edges, h.ends = append(h.edges, i), append(h.ends, [2]int{row, column})
	h.at[row], h.at[column] = append(h.at[row], e), append(h.at[column], e)
}

// enlarge hides the smallest of the parts of one published total until what is hidden of them is nothing, or belongs to
// enough parties. The same employer may stand behind several parts, so the parties of the largest part are all that is
// certain of them together; once every part is hidden, what is left over is the total itself.
func (h *hiding) enlarge(parts []int) (changed bool) {
	parties := 0
	for _, i := range parts {
		if h.hidden[i] {
			parties = max(parties, h.parts[i].Parties)
		}
	}
	for _, i := range parts {
		if parties == 0 || parties >= h.least {
			break
		}
		if !h.hidden[i] {
			h.hidden[i], changed = true, true
			parties = max(parties, h.parts[i].Parties)
		}
	}
	return changed
}

// mend hides more of the table where something can be told, and reports whether it did.
func (h *hiding) mend() (changed bool) {
	for v, edges := range h.at {
		total := -1
		var parts []int
		for _, e := range edges {
			if i := h.edges[e]; h.totalOf(e, v) {
				total = i
			} else {
				parts = append(parts, i)
			}
		}
		if total >= 0 && !h.hidden[total] && h.enlarge(parts) {
			changed = true
		}
	}
	if changed {
		return true
	}
	for _, e := range h.bridges() {
		if h.parts[h.edges[e]].Parties < h.least && h.circle(e) {
			return true
		}
	}
	return false
}

// totalOf reports whether an edge is the total of the row or column v.
func (h *hiding) totalOf(e, v int) bool {
	p := h.parts[h.edges[e]]
	if h.ends[e][0] == v {
		return p.Industry == ""
	}
	return p.Region == ""
}

// bridges are the hidden edges that lie on no circle of hidden edges, in order.
func (h *hiding) bridges() []int {
	var out []int
	seen, low := make([]int, len(h.at)), make([]int, len(h.at))
	clock := 0
	var visit func(v, from int)
	visit = func(v, from int) {
		clock++
		seen[v], low[v] = clock, clock
		for _, e := range h.at[v] {
			if e == from || !h.hidden[h.edges[e]] {
				continue
			}
			to := h.ends[e][0] + h.ends[e][1] - v
			if seen[to] == 0 {
				visit(to, e)
				if low[to] > seen[v] {
					out = append(out, e)
				}
			}
			low[v] = min(low[v], low[to])
		}
	}
	for v := range h.at {
		if seen[v] == 0 {
			visit(v, -1)
		}
	}
	slices.Sort(out)
	return out
}

// circle hides the cheapest path between the ends of a bridge, without the whole market, and reports whether it hid
// anything.
func (h *hiding) circle(bridge int) (changed bool) {
	cost, by, done := make([]float64, len(h.at)), make([]int, len(h.at)), make([]bool, len(h.at))
	for v := range cost {
		cost[v], by[v] = math.Inf(1), -1
	}
	cost[h.ends[bridge][0]] = 0
	for {
		v := -1
		for u := range cost {
			if !done[u] && !math.IsInf(cost[u], 1) && (v < 0 || cost[u] < cost[v]) {
				v = u
			}
		}
		if v < 0 {
			break
		}
		done[v] = true
		for _, e := range h.at[v] {
			p := h.parts[h.edges[e]]
			if e == bridge || p.whole() {
				continue
			}
			c := cost[v]
			if !h.hidden[h.edges[e]] {
				c += 1 + p.Size
			}
			if to := h.ends[e][0] + h.ends[e][1] - v; c < cost[to] {
				cost[to], by[to] = c, e
			}
		}
	}
	for v := h.ends[bridge][1]; by[v] >= 0; v = h.ends[by[v]][0] + h.ends[by[v]][1] - v {
		if i := h.edges[by[v]]; !h.hidden[i] {
			h.hidden[i], changed = true, true
		}
	}
	return changed
}
