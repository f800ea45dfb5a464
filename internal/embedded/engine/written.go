package engine

import (
	"regexp"
	"strings"

	"github.com/gapwatch/gapwatch/internal/embedded/chdb"
)

// written is what a statement names before anything of it is looked up. Looking up computes scalar subqueries, and
// what they read can come back in an error; so names in the places of tables are judged here first.
type written struct {
	tables []string // as they stand where a table is read from: after FROM, JOIN and IN
	ctes   []string // names that WITH gives to subqueries
	inner  bool     // there are subqueries in the place of values, or under a name
}

// place is where a line of the tree stands: the lines that it is indented under, the outermost first.
type place []step

type step struct {
	indent, children int
	body             string
}

// enter takes the next line up.
func (p *place) enter(indent int, body string) {
	for len(*p) > 0 && (*p)[len(*p)-1].indent >= indent {
		*p = (*p)[:len(*p)-1]
	}
	if len(*p) > 0 {
		(*p)[len(*p)-1].children++
	}
	*p = append(*p, step{indent: indent, body: body})
}

// above is the n-th line over the last one, 1 being its parent.
func (p place) above(n int) step {
	if len(p) <= n {
		return step{}
	}
	return p[len(p)-1-n]
}

var (
	treeReads     = regexp.MustCompile(`^(?:JOIN TREE|(?:LEFT |RIGHT )?TABLE EXPRESSION)$`)
	treeIn        = regexp.MustCompile(`^FUNCTION id: \d+` + chosen + `, function_name: (?i:(?:global)?(?:not)?(?:null)?in(?:ignoreset)?),`)
	treeNamed     = regexp.MustCompile(`, identifier: (.*?)(?:, final: [01])?(?:, sample_size: [\d./ ]+)?(?:, sample_offset: [\d./ ]+)?$`)
	treeSubquery  = regexp.MustCompile(`^(?:QUERY|UNION) id: .*\bis_subquery: 1`)
	treeNamedPart = regexp.MustCompile(`^(?:QUERY|UNION) id: .*\bis_cte: 1(?:, is_\w+: 1)*, cte_name: (.*?)(?:, union_mode: \w+)?$`)
)

// note takes up a line of a tree whose names are not resolved.
func (w *written) note(p place, body string) {
	reads := treeReads.MatchString(p.above(1).body)
	list := strings.HasPrefix(p.above(1).body, "LIST ")
	switch kind, _, _ := strings.Cut(body, " id: "); kind {
	case "IDENTIFIER":
		in := list && p.above(1).children > 1 && strings.HasPrefix(p.above(2).body, "ARGUMENTS") && treeIn.MatchString(p.above(3).body)
		if m := treeNamed.FindStringSubmatch(body); (reads || in) && m != nil {
			w.tables = append(w.tables, m[1])
		}
	case "QUERY", "UNION":
		if m := treeNamedPart.FindStringSubmatch(body); m != nil {
			w.ctes, w.inner = append(w.ctes, m[1]), true
		} else if treeSubquery.MatchString(body) && !reads && p.above(2).body != "QUERIES" {
			w.inner = true
		}
	}
}

// checkWritten refuses names in the places of tables that are neither public nor given by the statement itself.
func (g *gate) checkWritten(conn explainer, tag string, w written) error {
	given := make(map[string]bool)
	for _, name := range w.ctes {
		if !plainName.MatchString(name) {
			return refuse("The name %.40q of a subquery is not a plain name", name)
		}
		given[name] = true
	}
	if err := shadowed(conn, tag, w.ctes); err != nil {
		return err
	}
	for _, name := range w.tables {
		database, table, qualified := strings.Cut(name, ".")
		switch {
		case !qualified && (given[name] || g.public[name]), qualified && database == g.database && g.public[table], name == "system.one":
		case (!qualified && systemColumns[name] != nil) || (qualified && database == "system" && systemColumns[table] != nil):
			// Their columns are judged once names are resolved, so nothing may be computed of them by then.
			if w.inner {
				return refuse("Reading %s beside WITH or a subquery in the place of a value is not allowed", name)
			}
		default:
			return refuse("Reading %.80q is not allowed", name)
		}
	}
	return nil
}

// shadowed refuses names of subqueries that some table has, too: which of the two is meant depends on the place.
func shadowed(conn explainer, tag string, names []string) error {
	if len(names) == 0 {
		return nil
	}
	result, err := conn.Query(tag+"SELECT name FROM system.tables WHERE name IN {names:Array(String)} LIMIT 1", "TSVRaw",
		chdb.Param{Name: "names", Value: "['" + strings.Join(names, "','") + "']"}) // plain names
	if err != nil {
		return err
	}
	defer result.Close()
	if name := strings.TrimSpace(string(result.Bytes())); name != "" {
		return refuse("The subquery %s has the name of a table; give it another", name)
	}
	return nil
}
