package engine

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/gapwatch/gapwatch/internal/embedded/chdb"
)

// gate decides which statements of strangers run. It knows only what is allowed: the tables on the public list, the
// functions of functions.txt, the forms below. Everything else is refused, whether or not it would do harm.
//
// The engine's grants (roles.go) keep strangers from tables on their own. The gate keeps them from what grants do not
// cover: functions that read files or wait, table functions, and the system tables, which the engine shows to all.
type gate struct {
	database  string
	public    map[string]bool
	functions allowed
}

func newGate(cfg Config) *gate {
	g := &gate{database: cfg.Database, public: make(map[string]bool), functions: readFunctions(functionList)}
	for _, table := range cfg.Public {
		g.public[table] = true
	}
	return g
}

// systemColumns are what strangers read of system tables: what clients list tables and columns with. The engine
// leaves out of them what the stranger's role may not read. Columns that name places on the disk are not here.
var systemColumns = map[string][]string{
	"one":       {"dummy"},
	"databases": {"name", "engine", "comment", "uuid"},
	"tables": {"database", "name", "engine", "is_temporary", "comment", "partition_key", "sorting_key", "primary_key", "sampling_key",
		"total_rows", "total_bytes", "table", "uuid", "has_own_data"},
	"columns": {"database", "table", "name", "type", "position", "default_kind", "default_expression", "comment", "is_in_partition_key",
		"is_in_sorting_key", "is_in_primary_key", "is_in_sampling_key", "character_octet_length", "numeric_precision", "numeric_precision_radix",
		"numeric_scale", "datetime_precision", "column"},
	"functions": {"name", "is_aggregate", "case_insensitive", "alias_to", "description", "syntax", "arguments", "returned_value", "categories"},
}

const (
	// maxName bounds the names of an output's columns, which some formats repeat in every row.
	maxName = 512
	// explainNames prints a statement as it was written, before anything of it is looked up or computed.
	explainNames = "EXPLAIN QUERY TREE run_passes = 0 "
	// explainTables prints it with every name resolved, before the engine leaves out what it can do without.
	explainTables = "EXPLAIN QUERY TREE passes = 1 "
)

// refuse is the answer to a statement that the gate does not let through.
func refuse(format string, args ...any) error {
	return exception(codeReadOnly, "READONLY", "default: %s; without the user and password of the configuration, public tables can be read, see docs/operating.md",
		fmt.Sprintf(format, args...))
}

// explainer runs the gate's own statements on the connection that will run the stranger's.
type explainer interface {
	Classify(sql string) (chdb.Analysis, error)
	Query(sql, format string, params ...chdb.Param) (*chdb.Result, error)
}

// admit returns the text to run in place of sql, which has no FORMAT clause any more, or the reason for refusing it.
// tag begins the gate's own statements, so that they can be ended like the stranger's.
func (g *gate) admit(conn explainer, tag, sql string, params []chdb.Param) (string, error) {
	if i := strings.IndexFunc(sql, func(r rune) bool { return r < ' ' && !strings.ContainsRune("\t\n\r\f\v", r) || r == '�' }); i >= 0 {
		return "", refuse("A statement with control characters or broken UTF-8 is not run")
	}
	if text, ok := g.show(sql); ok {
		return text, nil
	}
	analysis, err := conn.Classify(sql)
	switch {
	case err != nil:
		return "", err
	case analysis.Statements > 1:
		return "", exception(codeSyntax, "SYNTAX_ERROR", "Multi-statements are not allowed")
	case analysis.Class != chdb.ClassRead && analysis.Class != chdb.ClassUnknown:
		return "", refuse("Cannot execute query in readonly mode")
	}
	s := scanner{sql: sql}
	if first, _ := s.next(); analysis.Class == chdb.ClassRead && first.text != "SELECT" && first.text != "WITH" && first.text != "(" {
		return "", refuse("%.20s in this form is not run", first.text)
	}
	// Nothing of the statement is computed before its functions are known: resolving it computes constants and
	// scalar subqueries. Text that does not parse fails here, and the engine says where.
	names, err := g.explain(conn, tag+explainNames, sql, params)
	if err != nil {
		return "", err
	}
	if err := g.checkFunctions(names); err != nil {
		return "", err
	}
	if err := g.checkWritten(conn, tag, names.written); err != nil {
		return "", err
	}
	tables, err := g.explain(conn, tag+explainTables, sql, params)
	if err != nil {
		return "", err
	}
	if err := g.checkFunctions(tables); err != nil {
		return "", err
	}
	return sql, g.checkTables(tables)
}

func (g *gate) explain(conn explainer, how, sql string, params []chdb.Param) (tree, error) {
	// The clause of our own makes one that is left in the statement an error; that one would write the tree.
	result, err := conn.Query(how+sql+"\nFORMAT TSVRaw", "TSVRaw", params...)
	if err != nil {
		return tree{}, shiftPosition(err, len(how))
	}
	defer result.Close()
	text := string(result.Bytes())
	// One row is one node. More lines than rows are lines that somebody wrote into a name.
	if lines := strings.Count(text, "\n"); uint64(lines) != result.RowsRead() {
		return tree{}, refuse("A name or text with a line break is not allowed")
	}
	// The inner bytes of an aggregate are decoded without much care by every engine.
	if strings.Contains(text, "AggregateFunction(") {
		return tree{}, refuse("The type AggregateFunction is not allowed")
	}
	t, err := parseTree(text, strings.HasSuffix(how, explainTables))
	if err != nil {
		return tree{}, refuse("%s", err)
	}
	return t, nil
}

var errorPosition = regexp.MustCompile(`position (\d+)`)

// shiftPosition makes the place of a syntax error that of the stranger's own text, which was preceded by that many bytes.
func shiftPosition(err error, before int) error {
	var e *chdb.Error
	if !errors.As(err, &e) || e.Code != codeSyntax {
		return err
	}
	return &chdb.Error{Code: e.Code, Message: errorPosition.ReplaceAllStringFunc(e.Message, func(m string) string {
		n, _ := strconv.Atoi(m[len("position "):])
		return "position " + strconv.Itoa(max(1, n-before))
	})}
}

func (g *gate) checkFunctions(t tree) error {
	for _, name := range t.functions {
		if !g.functions.has(name) {
			return refuse("The function %s is not allowed", name)
		}
	}
	for _, name := range t.tableFunctions {
		if !tableFunctions[strings.ToLower(name)] {
			return refuse("The table function %s is not allowed", name)
		}
	}
	return nil
}

func (g *gate) checkTables(t tree) error {
	limited := make(map[string]string) // id of a system table's node → its name
	for _, use := range t.tables {
		switch {
		case use.database == g.database && g.public[use.table]:
		case use.database == "system" && systemColumns[use.table] != nil:
			limited[use.id] = use.table
		case use.database == "_temporary_and_external_tables" && strings.HasPrefix(use.table, "_tmp_"): // of WITH RECURSIVE
		default:
			return refuse("Reading %s.%s is not allowed", use.database, use.table)
		}
	}
	for _, use := range t.columns {
		if table, ok := limited[use.source]; ok && !slices.Contains(systemColumns[table], use.name) {
			return refuse("Reading the column %s of system.%s is not allowed; name the columns that you need", use.name, table)
		}
	}
	for _, name := range t.names {
		if len(name) > maxName {
			return refuse("A column of the output has a name of more than %d bytes; give it a shorter one with AS", maxName)
		}
	}
	return nil
}
