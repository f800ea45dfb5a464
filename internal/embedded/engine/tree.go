package engine

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// tree is what the engine says a statement is made of: EXPLAIN QUERY TREE prints one line for each node. Names of
// tables in it are resolved, regardless of quoting, escapes, aliases or parameters.
//
// Names that a stranger chose stand in it unquoted, and may hold line breaks. They can therefore forge lines, but
// not hide one: a node's line begins with its kind, before anything a stranger chose, and a line that is not
// understood to its end refuses the whole statement.
type tree struct {
	functions      []string
	tableFunctions []string
	tables         []tableUse
	columns        []columnUse
	names          []string // of the output's columns, with their types
	written        written  // of a tree whose names are not resolved
}

// tableUse is a table that a statement reads.
type tableUse struct {
	id              string
	database, table string
}

// columnUse is a column that a statement reads from the node with the id source.
type columnUse struct{ source, name string }

// A name that somebody chose. Without commas it cannot look like the fields that follow it.
const chosen = `(?:, alias: [^,\n]+)?`

var (
	treeFunction      = regexp.MustCompile(`^FUNCTION id: \d+` + chosen + `, function_name: (\w+), function_type: (?:ordinary|aggregate|window)(?:, nulls_action: \w+)?(?:, result_type: .*)?$`)
	treeTable         = regexp.MustCompile(`^TABLE id: (\d+)` + chosen + `, table_name: (\w+)\.([\w-]+)(?:, temporary_table_name: [^,\n]+)?(?:, final: [01])?(?:, sample_size: [\d./ ]+)?(?:, sample_offset: [\d./ ]+)?$`)
	treeTableFunction = regexp.MustCompile(`^TABLE_FUNCTION id: \d+` + chosen + `, table_function_name: (\w+)$`)
	treeColumn        = regexp.MustCompile(`^COLUMN id: \d+` + chosen + `, column_name: (.*), result_type: (.*?)(?:, source_id: (\d+))?$`)
	treeConstant      = regexp.MustCompile(`^CONSTANT id: \d+` + chosen + `, constant_value: (.*), constant_value_type: (.*)$`)
	treeIdentifier    = regexp.MustCompile(`^IDENTIFIER id: \d+` + chosen + `, identifier: .*$`)
	// treeOther are nodes that touch nothing by themselves.
	treeOther = regexp.MustCompile(`^(?:QUERY|UNION|LIST|LAMBDA|JOIN|CROSS JOIN|ARRAY_JOIN|SORT|WINDOW|INTERPOLATE|MATCHER|(?:EXCEPT|REPLACE|APPLY) COLUMN TRANSFORMER) id: \d+(?:, [a-z_]+: [^\n]*)?$`)
	// treeHeading names the part of a node that the lines below it are.
	treeHeading = regexp.MustCompile(`^(?:WITH|PROJECTION|JOIN TREE|PREWHERE|WHERE|GROUP BY|HAVING|WINDOW|QUALIFY|ORDER BY|PARTITION BY|INTERPOLATE|LIMIT|OFFSET|LIMIT BY|LIMIT BY LIMIT|LIMIT BY OFFSET|ARGUMENTS ?|PARAMETERS|QUERIES|TABLE EXPRESSION|LEFT TABLE EXPRESSION|RIGHT TABLE EXPRESSION|JOIN EXPRESSIONS?|FRAME (?:BEGIN|END) OFFSET|FILL (?:FROM|TO|STEP|STALENESS)|INTERPOLATE_EXPRESSION|REPLACEMENTS \d+|REPLACEMENT NAME \S+ EXPRESSION|EXPRESSION(?: .*)?)$`)
	// treeField is what no line of free text may hold: the fields that the decision rests on.
	treeField = regexp.MustCompile(`function_name: |table_name: |source_id: |identifier: `)
)

var errSettings = errors.New("SETTINGS in a statement are not allowed; those of the output are taken from the address")

const projectionColumns = "PROJECTION COLUMNS"

// parseTree reads the output of EXPLAIN QUERY TREE. resolved says that the engine has resolved the names in it. It
// fails on any line that it does not understand.
func parseTree(text string, resolved bool) (tree, error) {
	var t tree
	var at place
	free := -1 // indentation of the free text under PROJECTION COLUMNS, -1 outside of it
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		body := strings.TrimLeft(line, " ")
		indent := len(line) - len(body)
		if indent == free && resolved && !treeField.MatchString(body) {
			t.names = append(t.names, body)
			continue
		}
		if free = -1; body == projectionColumns {
			free = indent + 2
			continue
		}
		if strings.HasPrefix(body, "SETTINGS") {
			return tree{}, errSettings
		}
		if at.enter(indent, body); !resolved {
			t.written.note(at, body)
		}
		if !t.readNode(body, resolved) {
			return tree{}, fmt.Errorf("a part of the statement is not understood: %.80q", body)
		}
	}
	return t, nil
}

func (t *tree) readNode(body string, resolved bool) bool {
	kind, _, _ := strings.Cut(body, " id: ")
	switch kind {
	case "FUNCTION":
		m := treeFunction.FindStringSubmatch(body)
		if m != nil {
			t.functions = append(t.functions, m[1])
		}
		return m != nil
	case "TABLE":
		m := treeTable.FindStringSubmatch(body)
		if m != nil {
			t.tables = append(t.tables, tableUse{m[1], m[2], m[3]})
		}
		return m != nil
	case "TABLE_FUNCTION":
		m := treeTableFunction.FindStringSubmatch(body)
		if m != nil {
			t.tableFunctions = append(t.tableFunctions, m[1])
		}
		return m != nil
	case "COLUMN":
		m := treeColumn.FindStringSubmatch(body)
		if m != nil && m[3] != "" {
			t.columns = append(t.columns, columnUse{source: m[3], name: m[1]})
		}
		return m != nil
	case "CONSTANT":
		return treeConstant.MatchString(body)
	case "IDENTIFIER":
		return !resolved && treeIdentifier.MatchString(body)
	}
	return treeOther.MatchString(body) || treeHeading.MatchString(body)
}
