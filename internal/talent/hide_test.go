package talent

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// TestHideTellsNothing solves all equations between the cells of random markets: none that is hidden for its few
// parties can be computed from those that are published, and nothing more is hidden than a market of its size needs.
func TestHideTellsNothing(t *testing.T) {
	cells, hiddenCells, small := 0, 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		parts, who := drawParts(rt)
		least := rapid.IntRange(1, 5).Draw(rt, "least")
		hidden := Hide(parts, least)
		for i, p := range parts {
			switch {
			case p.Parties == 0 && hidden[i]:
				rt.Errorf("a true zero is hidden: %+v", p)
			case least > 1 && p.Parties > 0 && p.Parties < least && !hidden[i]:
				rt.Errorf("a small cell is published: %+v", p)
			case least == 1 && hidden[i]:
				rt.Errorf("hidden though one party is enough: %+v", p)
			}
			cells++
			if hidden[i] && !p.unstated() {
				hiddenCells++
				if p.Parties < least {
					small++
				}
			}
		}
		if least == 1 {
			return
		}
		for _, i := range determined(parts, hidden) {
			if parts[i].Parties < least {
				rt.Errorf("can be computed from what is published: %+v\nof %s", parts[i], drawnParts(parts, hidden))
			}
		}
		for _, left := range leftovers(parts, who, hidden) {
			if left > 0 && left < least {
				rt.Errorf("the parts of a total leave over what %d parties did: %s", left, drawnParts(parts, hidden))
			}
		}
		again := Hide(append([]Part{}, parts...), least)
		for i := range again {
			if again[i] != hidden[i] {
				rt.Fatal("the same market is hidden in two ways")
			}
		}
	})
	t.Logf("%d cells, %d hidden, %d of them small", cells, hiddenCells, small)
}

// drawParts counts random vacancies of random employers as the roll-up does, and says which employers each part has.
func drawParts(t *rapid.T) ([]Part, []map[int]bool) {
	regions := []string{"A", "B", "C", "D", "E", "F", Unstated}[rapid.IntRange(0, 6).Draw(t, "from"):]
	industries := []string{"I", "J", "K", "L", "M", Unstated}[rapid.IntRange(0, 5).Draw(t, "from"):]
	tiers := []string{"lead", "backbone", "reserve", Unstated}
	type cell struct{ region, industry, tier string }
	size, parties := map[cell]float64{}, map[cell]map[int]bool{}
	var order []cell
	draw := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 8))
	employers, crowd := 2+draw.IntN(30), 1+draw.IntN(4)
	for range draw.IntN(120) {
		pick := func(n int) int { // the first ones are met most often
			k := draw.IntN(n)
			for range crowd {
				k = min(k, draw.IntN(n))
			}
			return k
		}
		r, i, tier := regions[pick(len(regions))], industries[pick(len(industries))], tiers[pick(len(tiers))]
		who, n := draw.IntN(employers), float64(1+draw.IntN(9))
		for _, c := range []cell{{}, {r, "", ""}, {"", i, ""}, {"", "", tier}, {r, i, ""}} {
			if parties[c] == nil {
				parties[c] = map[int]bool{}
				order = append(order, c)
			}
			size[c] += n
			parties[c][who] = true
		}
	}
	out := []Part{{Region: "Z"}} // a true zero
	who := []map[int]bool{nil}
	for _, c := range order {
		out, who = append(out, Part{c.region, c.industry, c.tier, len(parties[c]), size[c]}), append(who, parties[c])
	}
	return out, who
}

// equations are the sums of a market: each list of parts adds up to the part before it.
func equations(parts []Part) map[int][]int {
	sums := map[int][]int{}
	for i, total := range parts {
		for j, p := range parts {
			if i == j {
				continue
			}
			switch {
			case total.Tier != "" || p.Tier != "":
			case total.Region == p.Region && total.Industry == "" && p.Industry != "":
				sums[2*i] = append(sums[2*i], j)
			case total.Industry == p.Industry && total.Region == "" && p.Region != "":
				sums[2*i+1] = append(sums[2*i+1], j)
			}
		}
	}
	for i, total := range parts {
		if total.whole() {
			for j, p := range parts {
				if p.Tier != "" {
					sums[-1-i] = append(sums[-1-i], j)
				}
			}
		}
	}
	return sums
}

func totalOf(sum int) int {
	if sum < 0 {
		return -1 - sum
	}
	return sum / 2
}

// leftovers are the numbers of distinct parties behind what published totals and parts leave over.
func leftovers(parts []Part, who []map[int]bool, hidden []bool) []int {
	var out []int
	for sum, of := range equations(parts) {
		if hidden[totalOf(sum)] {
			continue
		}
		union := map[int]bool{}
		for _, i := range of {
			if hidden[i] {
				maps.Copy(union, who[i])
			}
		}
		out = append(out, len(union))
	}
	return out
}

// determined are the hidden parts whose value the equations and the published values fix: a part is fixed when its
// column has a pivot and its row no free variable in the reduced equations.
func determined(parts []Part, hidden []bool) []int {
	var unknown []int
	at := map[int]int{}
	for i := range parts {
		if hidden[i] {
			at[i] = len(unknown)
			unknown = append(unknown, i)
		}
	}
	var m [][]float64
	for sum, of := range equations(parts) {
		row := make([]float64, len(unknown))
		if k, ok := at[totalOf(sum)]; ok {
			row[k]--
		}
		for _, i := range of {
			if k, ok := at[i]; ok {
				row[k]++
			}
		}
		m = append(m, row)
	}
	rank := 0
	for col := range unknown {
		pivot := rank
		for pivot < len(m) && math.Abs(m[pivot][col]) < 1e-9 {
			pivot++
		}
		if pivot == len(m) {
			continue
		}
		m[rank], m[pivot] = m[pivot], m[rank]
		for r := range m {
			if f := m[r][col] / m[rank][col]; r != rank && math.Abs(f) > 1e-12 {
				for c := range unknown {
					m[r][c] -= f * m[rank][c]
				}
			}
		}
		rank++
	}
	var out []int
	for _, row := range m[:rank] {
		n, last := 0, 0
		for c, x := range row {
			if math.Abs(x) > 1e-9 {
				n++
				last = c
			}
		}
		if n == 1 {
			out = append(out, unknown[last])
		}
	}
	return out
}

func drawnParts(parts []Part, hidden []bool) string {
	s := ""
	for i, p := range parts {
		s += fmt.Sprintf("\n%q %q %q parties %d size %g hidden %t", p.Region, p.Industry, p.Tier, p.Parties, p.Size, hidden[i])
	}
	return s
}
