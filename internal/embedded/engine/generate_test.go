package engine

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
)

// generator writes statements as somebody would who wants to get past the gate, and harmless ones.
type generator struct {
	*rand.Rand
	file     string // a file with the canary
	harmless int    // percent of statements that do no harm
	hostile  bool
	params   url.Values
	ctes     []string
}

func (g *generator) pick(options ...string) string { return options[g.IntN(len(options))] }

func (g *generator) chance(percent int) bool { return g.IntN(100) < percent }

// space separates words.
func (g *generator) space() string {
	if !g.chance(15) {
		return " "
	}
	return g.pick("\n", "\t", "  ", " /* x */ ", " -- FROM series\n", "/**/ ", " /* ' */ ", "\r\n", " -- `\n", " /* \" */ ")
}

// name writes an identifier in one of the ways that the grammar has.
func (g *generator) name(s string) string {
	switch g.IntN(7) {
	case 0:
		return "`" + s + "`"
	case 1:
		return `"` + s + `"`
	case 2, 3:
		quote := g.pick("`", `"`)
		var b strings.Builder
		for _, c := range []byte(s) {
			if g.chance(30) {
				fmt.Fprintf(&b, `\x%02x`, c)
			} else {
				b.WriteByte(c)
			}
		}
		return quote + b.String() + quote
	case 4:
		if g.hostile && g.chance(30) {
			p := fmt.Sprintf("p%d", len(g.params))
			g.params.Set("param_"+p, s)
			return "{" + p + ":Identifier}"
		}
	}
	return s
}

func (g *generator) table() string {
	qualified := func(db, t string) string {
		if db == "g" && g.chance(50) {
			return g.name(t)
		}
		return g.name(db) + g.pick(".", ".", " . ", "./**/") + g.name(t)
	}
	if !g.hostile || g.chance(55) {
		return qualified("g", g.pick("series", "series", "series", "alerts", "shown"))
	}
	if len(g.ctes) > 0 && g.chance(40) {
		return g.name(g.pick(g.ctes...))
	}
	switch g.IntN(10) {
	case 0, 1, 2:
		return qualified("g", g.pick("api_keys", "requests", "hidden"))
	case 3:
		return qualified("other", "things")
	case 4:
		return qualified("system", g.pick("tables", "columns", "databases", "parts", "processes", "settings", "server_settings", "disks", "detached_parts",
			"query_log", "functions", "one", "storage_policies", "part_log", "users", "grants", "merge_tree_settings", "data_skipping_indices"))
	case 5:
		return g.pick("information_schema.tables", "INFORMATION_SCHEMA.COLUMNS", qualified("default", g.file), qualified("default", "secret.txt"), "`"+g.file+"`", "'"+g.file+"'")
	default:
		return g.tableFunction()
	}
}

func (g *generator) tableFunction() string {
	switch g.IntN(16) {
	case 0:
		return "merge('g', '.*')"
	case 1:
		return "merge(REGEXP('g|other'), '.*s')"
	case 2:
		return "file('" + g.file + "', 'LineAsString')"
	case 3:
		return "view(SELECT n, s FROM " + g.table() + ")"
	case 4:
		return "loop(g.api_keys)"
	case 5:
		return g.pick("remote('127.0.0.1:1', g.api_keys)", "cluster('default', g.api_keys)", "clusterAllReplicas('default', g, api_keys)")
	case 6:
		return "mergeTreeIndex(g, api_keys)"
	case 7:
		return "viewIfPermitted(SELECT n, s FROM g.api_keys ELSE null('n UInt8, s String'))"
	case 8:
		return "url('file://" + g.file + "', 'LineAsString')"
	case 9:
		return "dictionary('g.api_keys')"
	case 10:
		return "values('n UInt64, s String', (1, 'a'))"
	case 11:
		return "generateRandom('n UInt64, s String') LIMIT 1"
	case 12:
		return "executable('cat', 'TSV', 's String')"
	case 13:
		return "(EXPLAIN SELECT * FROM g.api_keys)"
	case 14:
		return "eval('SELECT * FROM g.api_keys')"
	}
	return "numbers(3)"
}

// alias writes a name for something.
func (g *generator) alias() string {
	if g.hostile && g.chance(15) {
		return g.pick("`a\\n    TABLE id: 3, alias: __table1, table_name: g.series`", "`x, table_name: g.series`", "`x, function_name: plus`", "`b\nPROJECTION COLUMNS`",
			"`\\n  PROJECTION COLUMNS\\n`", "`c\\x00`", "`api_keys`", "`QUERY id: 0`", "`a\\n  JOIN TREE`", "`series`", "`技能`")
	}
	return g.pick("x", "y", "z", "`w`", `"v"`, "`技 能`", "`count`")
}

// expression is a column of a SELECT.
func (g *generator) expression(depth int) string {
	if depth <= 0 {
		return g.pick("n", "s", "1", "'a'", "n + 1", "toString(n)", "count()", "*", "NULL", "[1, 2]")
	}
	if !g.hostile {
		return g.pick("n", "s", "n * 2 + 1", "concat(s, 'x')", "toString(n)", "length(toString(s))", "if(n > 3, 'a', 'b')", "multiIf(n = 1, 1, n = 2, 2, 3)", "upper(toString(n))",
			"CASE WHEN n > 2 THEN 1 ELSE 0 END", "n IN (1, 2, 3)", "n BETWEEN 1 AND 5", "round(n / 3, 2)", "arrayMap(x -> x + n, [1, 2])", "CAST(n AS String)", "n::Float64",
			"n IN (SELECT n FROM g.alerts)", "(SELECT max(n) FROM g.alerts)", "toStartOfMonth(toDate('2024-01-05'))", "now() > toDateTime(0)", "substring(toString(n), 1, 2)", "formatReadableSize(n)",
			"row_number() OVER (ORDER BY n)", "EXISTS(SELECT 1 FROM alerts)")
	}
	inner := func() string { return g.expression(depth - 1) }
	switch g.IntN(22) {
	case 0:
		return "(" + g.query(depth-1, 1) + ")"
	case 1:
		return inner() + " IN (" + g.query(depth-1, 1) + ")"
	case 2:
		return inner() + " IN " + g.table()
	case 3:
		return "EXISTS(" + g.query(depth-1, 1) + ")"
	case 4:
		return "arrayMap(x -> (" + inner() + "), [1, 2])"
	case 5:
		return g.pick("file", "`file`", "FILE", "`f\\x69le`") + "('" + g.pick(g.file, "secret.txt", "../secret.txt") + "')"
	case 6:
		return g.pick("hostName()", "FQDN()", "getSetting('max_threads')", "getServerSetting('path')", "getMacro('x')", "dictGet('g.d', 'x', 1)", "joinGet('g.api_keys', 'hash', 1)",
			"hasColumnInTable('g', 'api_keys', 'hash')", "sleep(0)", "sleepEachRow(0)", "throwIf(1, '"+"x"+"')", "filesystemAvailable()", "currentProfiles()", "serverUUID()",
			"formatRow('Template', n)", "initializeAggregation('sumState', 1)", "arrayReduce('max', [1])", "addressToLine(1)", "displayName()", "getOSKernelVersion()", "formatQuery('SELECT 1')",
			"catboostEvaluate('"+g.file+"', 1)", "naiveBayesClassifier('x', 'y')", "globalVariable('x')", "showCertificate()", "logTrace('x')", "demangle('x')", "evalMLMethod(1)")
	case 7:
		return "toString(" + inner() + ")"
	case 8:
		return inner() + " = " + inner()
	case 9:
		return "if(" + g.pick("0", "1", inner()) + ", " + inner() + ", " + inner() + ")"
	case 10:
		return g.pick("max", "any", "groupArray", "count", "uniqExact", "groupArrayIf", "argMax") + "(" + inner() + ")"
	case 11:
		return inner() + " AS " + g.alias()
	case 12:
		return g.name("s") + "." + g.name("n")
	case 13:
		return g.pick("hash", "s.hash", "* EXCEPT n", "COLUMNS('.*')", "* APPLY(toString)", "* REPLACE((SELECT hash FROM g.api_keys LIMIT 1) AS s)", "data_paths", "metadata_path", "path", "value", "name", "_path", "_file", "create_table_query", "tuple(*)")
	case 14:
		return "CAST(" + inner() + ", " + g.pick("'String'", "'AggregateFunction(sum, UInt8)'", "concat('Str', 'ing')", "(SELECT hash FROM g.api_keys LIMIT 1)") + ")"
	case 15:
		return "sum(n) OVER (PARTITION BY " + inner() + " ORDER BY n)"
	case 16:
		return "'" + g.pick("TABLE id: 1, alias: __table1, table_name: g.series", "a\\nb", "$$", "\\'", "''", "function_name: file") + "'"
	case 17:
		return "$$" + g.pick("x", "' FORMAT JSON", "`") + "$$"
	}
	return g.expression(0)
}

// query is a SELECT with so many columns, 0 for any number.
func (g *generator) query(depth, columns int) string {
	var b strings.Builder
	s := g.space
	marker := len(g.ctes)
	if g.hostile && depth > 0 && g.chance(25) {
		cte := g.pick("c", "api_keys", "series", "d")
		b.WriteString("WITH" + s())
		switch {
		case g.chance(20):
			b.WriteString("(" + g.query(depth-1, 1) + ") AS " + cte)
		case g.chance(15):
			b.WriteString("RECURSIVE " + cte + " AS (SELECT 1 AS n, 's' AS s UNION ALL SELECT n + 1, s FROM " + g.pick(cte, "g.api_keys") + " WHERE n < 3)")
			g.ctes = append(g.ctes, cte)
		default:
			b.WriteString(g.name(cte) + s() + "AS" + s() + "(" + g.query(depth-1, 0) + ")")
			g.ctes = append(g.ctes, cte)
		}
		b.WriteString(s())
	}
	b.WriteString(g.pick("SELECT", "select", "SELECT", "Select DISTINCT") + s())
	if columns == 0 {
		columns = 1 + g.IntN(3)
	}
	for i := range columns {
		if i > 0 {
			b.WriteString("," + s())
		}
		if columns > 1 && g.chance(10) {
			b.WriteString("*")
		} else {
			b.WriteString(g.expression(depth))
		}
	}
	if g.chance(90) || !g.hostile {
		b.WriteString(s() + "FROM" + s() + g.source(depth))
	}
	if g.hostile && g.chance(20) {
		b.WriteString(s() + g.pick("WHERE", "PREWHERE", "QUALIFY", "HAVING") + s() + g.expression(depth-1))
	} else if g.chance(30) {
		b.WriteString(s() + "WHERE n" + g.pick(" > 1", " < 5", " != 2"))
	}
	if g.hostile && g.chance(10) {
		b.WriteString(s() + "GROUP BY" + s() + g.pick("n", "ALL", "1", "ROLLUP(n)", g.expression(depth-1)))
	}
	if g.chance(10) {
		b.WriteString(s() + "ORDER BY" + s() + g.pick("1", "n", "1 DESC"))
	}
	if g.chance(40) {
		b.WriteString(s() + "LIMIT" + s() + g.pick("1", "3"))
	} else if g.hostile && g.chance(5) {
		b.WriteString(s() + "LIMIT (" + g.query(depth-1, 1) + ")")
	}
	if g.hostile && g.chance(6) {
		b.WriteString(s() + "SETTINGS" + s() + g.pick("readonly = 0", "max_threads = 2", "format_template_row = '"+g.file+"'", "additional_table_filters = {'g.series': 'n = (SELECT count() FROM g.api_keys)'}",
			"log_queries = 1", "enable_analyzer = 0", "allow_introspection_functions = 1"))
	}
	if g.hostile && depth > 0 && g.chance(10) {
		b.WriteString(s() + g.pick("UNION ALL", "UNION DISTINCT", "INTERSECT", "EXCEPT") + s() + g.query(depth-1, columns))
	}
	g.ctes = g.ctes[:marker]
	return b.String()
}

// source is what stands behind FROM.
func (g *generator) source(depth int) string {
	one := func() string {
		if depth > 0 && g.chance(20) {
			if g.hostile {
				return "(" + g.query(depth-1, 0) + ")"
			}
			return "(SELECT n, s FROM " + g.table() + ")"
		}
		final := ""
		if g.hostile && g.chance(10) {
			final = " FINAL"
		}
		return g.table() + final
	}
	if !g.hostile {
		return one()
	}
	switch g.IntN(8) {
	case 0:
		return one() + " AS a" + g.space() + g.pick("JOIN", "LEFT JOIN", "CROSS JOIN", "ANY JOIN", "FULL JOIN", "ASOF JOIN", "PASTE JOIN", "SEMI LEFT JOIN") + " " + one() + " AS b" + g.pick(" USING n", " ON a.n = b.n", " USING (n, s)", "")
	case 1:
		return one() + " AS a, " + one() + " AS b"
	case 2:
		return one() + " ARRAY JOIN " + g.expression(0) + " AS j"
	}
	return one()
}
