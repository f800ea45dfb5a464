package engine

import (
	"strings"
	"testing"

	"github.com/gapwatch/gapwatch/internal/embedded/chdb"
)

// TestGateAdmits holds that the gate understands the language: each of these reads public tables only and runs.
func TestGateAdmits(t *testing.T) {
	e := testEngine(t)
	conn, err := e.connectStranger(poolKey{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { conn.Close() }()
	for _, sql := range []string{
		"SELECT 1", "(SELECT 1)", "-- x\nSELECT 1", "/* a */ select 1", "SELECT 1 UNION ALL SELECT 2", "(SELECT 1) UNION DISTINCT (SELECT 2)", "SELECT 1 INTERSECT SELECT 1", "SELECT n FROM series EXCEPT SELECT 1",
		"SELECT * FROM series", "SELECT * FROM g.series FINAL", "SELECT DISTINCT s FROM series ORDER BY s DESC NULLS LAST LIMIT 3 OFFSET 1", "SELECT DISTINCT ON (s) s, n FROM series", "SELECT * EXCEPT (n) FROM series",
		"SELECT * REPLACE (n + 1 AS n) FROM series", "SELECT * APPLY(toString) FROM series", "SELECT COLUMNS('n|s') APPLY(x -> toString(x)) FROM series", "SELECT series.* FROM series", "SELECT x.n FROM series AS x",
		"SELECT s, sum(n) AS total FROM series GROUP BY s HAVING total > 3", "SELECT s, count() FROM series GROUP BY s WITH TOTALS", "SELECT s, n, count() FROM series GROUP BY ROLLUP(s, n)", "SELECT s, count() FROM series GROUP BY CUBE(s)",
		"SELECT s, n, grouping(s), count() FROM series GROUP BY GROUPING SETS ((s), (n), ())", "SELECT n, count() FROM series GROUP BY ALL", "SELECT n FROM series ORDER BY n LIMIT 2 BY n", "SELECT n FROM series ORDER BY n LIMIT 2 WITH TIES",
		"SELECT n FROM series ORDER BY n WITH FILL FROM 0 TO 30 STEP 2", "SELECT n, s FROM series ORDER BY n WITH FILL INTERPOLATE (s AS 'x')", "SELECT n FROM series PREWHERE n > 2 WHERE s != ''", "SELECT n FROM series QUALIFY row_number() OVER (ORDER BY n) < 3",
		"SELECT sum(n) OVER (PARTITION BY s ORDER BY n ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM series", "SELECT avg(n) OVER w, max(n) OVER w FROM series WINDOW w AS (ORDER BY n RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)",
		"SELECT lagInFrame(n) OVER (ORDER BY n), rank() OVER (ORDER BY s) FROM series", "SELECT a.n, b.s FROM series AS a JOIN alerts AS b ON a.n = b.n", "SELECT a.n FROM series a LEFT JOIN alerts b USING (n)", "SELECT * FROM series a ASOF JOIN alerts b ON a.s = b.s AND a.n >= b.n",
		"SELECT a.n FROM series a, alerts b WHERE a.n = b.n", "SELECT a.n FROM series a CROSS JOIN alerts b", "SELECT a.n FROM series a SEMI LEFT JOIN alerts b ON a.n = b.n", "SELECT * FROM series a PASTE JOIN alerts b", "SELECT n, x FROM series ARRAY JOIN a AS x", "SELECT n, x, i FROM series LEFT ARRAY JOIN a AS x, arrayEnumerate(a) AS i",
		"WITH c AS (SELECT n FROM series) SELECT * FROM c JOIN c AS d ON c.n = d.n", "WITH 3 AS k SELECT n + k FROM series", "WITH (SELECT max(n) FROM series) AS top SELECT n / top FROM series", "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT * FROM r",
		"SELECT n IN (1, 2), n NOT IN (SELECT n FROM alerts), (n, s) IN (SELECT n, s FROM alerts) FROM (SELECT 1 AS n, 's' AS s)",
		"SELECT EXISTS(SELECT 1 FROM alerts)", "SELECT CASE WHEN n > 1 THEN 'a' ELSE 'b' END, CASE n WHEN 1 THEN 'x' END FROM series", "SELECT n BETWEEN 1 AND 3, s LIKE '%1', s ILIKE '%2', NOT n, n IS NULL, n::String, CAST(n AS Float64) FROM series",
		"SELECT arrayMap(x -> x * n, a), a[1], (n, s).1, map('k', n)['k'], tupleElement((n, s), 2) FROM series", "SELECT EXTRACT(YEAR FROM d), d + INTERVAL 1 MONTH, toStartOfWeek(d, 1), dateDiff('day', d, toDate('2025-01-01')), formatDateTime(d, '%Y') FROM series",
		"SELECT quantiles(0.5, 0.9)(n), uniqExactIf(n, n > 2), argMax(s, n), groupArraySorted(3)(n), topK(2)(s), sumMap(map('a', n)), count(DISTINCT s), min(n) FILTER (WHERE n > 2) FROM series", "SELECT JSONExtractString('{\"a\":\"b\"}', 'a'), JSON_VALUE('{\"a\":1}', '$.a')",
		"SELECT {a:UInt8} + 1, {b:String}, {c:Array(UInt8)}", "SELECT n FROM {t:Identifier}", "SELECT '技能' AS `技能`, 'a, b' AS x", "SELECT count() AS `a b` FROM numbers(3)", "SELECT * FROM values('a UInt8, b String', (1, 'x'))", "SELECT * FROM generate_series(1, 3)",
		"SELECT * FROM shown", "SELECT name FROM system.tables WHERE database = 'g'", "SELECT t.name, c.name FROM system.tables t JOIN system.columns c ON t.name = c.table AND t.database = c.database", "SELECT count() FROM system.columns", "SELECT * FROM (SELECT * FROM (SELECT n FROM series))",
		"SELECT substring(s, 2), replaceRegexpAll(s, '\\\\d', '#'), splitByChar('a', s), concat(s, '\\n', 'x') FROM series", "SELECT top 3 n FROM series ORDER BY ALL", "SELECT version(), timezone(), currentDatabase(), currentUser(), now(), today()",
	} {
		params := []chdb.Param{{Name: "a", Value: "1"}, {Name: "b", Value: "x'y"}, {Name: "c", Value: "[1]"}, {Name: "t", Value: "series"}}
		text, err := e.gate.admit(conn, "/*t*/ ", sql, params)
		if err == nil {
			err = conn.Exec(text, params...)
		}
		if err != nil {
			t.Errorf("%s\n%.300s", sql, err)
			conn.Close()
			if conn, err = e.connectStranger(poolKey{}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestGateRefuses holds what once got through, or tells others most plainly what does not.
func TestGateRefuses(t *testing.T) {
	e := testEngine(t)
	for _, sql := range []string{
		"SELECT s FROM series UNION ALL SELECT hash FROM api_keys FORMAT RawBLOB", "SELECT hash FROM `api\\x5fkeys`", "SELECT 1 SETTINGS max_threads = 1", "SELECT (SELECT 1 SETTINGS max_threads = 1)", "SELECT 1 INTO OUTFILE 'x'",
		"SELECT count() AS `a\\n    TABLE id: 9, table_name: g.series` FROM api_keys", "SELECT 1 AS `a\nb`", "SELECT * FROM (EXPLAIN SELECT 1)", "SELECT * FROM information_schema.tables", "EXPLAIN SELECT 1", "SHOW GRANTS", "SELECT CAST('x' AS AggregateFunction(sum, UInt8))",
		"SELECT 1 PARALLEL WITH SELECT 2", "SELECT 1; SELECT 2", "SELECT 1\x00", "SELECT '\xff'", "SELECT arrayMap(x -> file('x'), [1])", "SELECT * APPLY(file) FROM series", "SELECT sumState(n) FROM series", "SELECT COLUMNS('path') FROM system.tables", "SELECT n FROM series AS api_keys JOIN g.api_keys USING n",
	} {
		conn := withoutRole(t, e)
		if text, err := e.gate.admit(conn, "", sql, nil); err == nil {
			t.Errorf("admitted %s as %s", sql, text)
		} else if strings.Contains(err.Error(), canary) {
			t.Errorf("%s: %s", sql, err)
		}
		conn.Close()
	}
}

// TestNothingIsComputedFirst: no value of a private table, or of a column of a system table that is not listed, takes
// part in anything before the statement is refused: neither its text nor what follows from it comes back.
func TestNothingIsComputedFirst(t *testing.T) {
	e := testEngine(t)
	for _, sql := range []string{
		// the value in the text of an error of types
		"SELECT * FROM (SELECT * REPLACE((SELECT hash FROM g.api_keys LIMIT 1) AS s) FROM g.series LIMIT 1) ARRAY JOIN s AS j",
		"WITH (SELECT hash FROM `api\\x5fkeys` LIMIT 1) AS v SELECT * FROM series ARRAY JOIN v AS j",
		"SELECT * FROM (SELECT (SELECT value FROM system.settings LIMIT 1) AS s) ARRAY JOIN s AS j",
		"SELECT * FROM (SELECT (SELECT toString(data_paths) FROM system.tables WHERE name = 'series') AS s) ARRAY JOIN s AS j",
		// the value decides between two errors
		"SELECT intDiv(1, (SELECT count() - count() FROM g.api_keys))", "SELECT n FROM series WHERE intDiv(1, (SELECT toUInt8(hash LIKE 'zz%') FROM g.api_keys LIMIT 1))",
		"SELECT intDiv(1, (SELECT toUInt8(length(data_paths) > 99) FROM system.tables LIMIT 1))", "SELECT intDiv(1, 'x' IN (SELECT hash FROM g.api_keys))", "SELECT intDiv(1, 'x' IN api_keys)", "SELECT intDiv(1, globalNotIn('x', g.api_keys))",
		// a name given to a subquery that a table has as well
		"WITH api_keys AS (SELECT 'x' AS hash) SELECT intDiv(1, (SELECT count() - count() FROM api_keys))", "WITH api_keys AS (SELECT * FROM api_keys) SELECT intDiv(1, (SELECT count() - count() FROM api_keys))",
		"SELECT intDiv(1, (SELECT 0 FROM api_keys LIMIT 1)) FROM (WITH api_keys AS (SELECT 1) SELECT * FROM api_keys)", "WITH c AS (SELECT data_paths FROM system.tables) SELECT intDiv(1, (SELECT count() - count() FROM c))",
		// other places of a table
		"SELECT intDiv(1, (SELECT 0 FROM series, g.api_keys LIMIT 1))", "SELECT intDiv(1, (SELECT 0 FROM series PASTE JOIN api_keys LIMIT 1))", "SELECT intDiv(1, (SELECT 0 FROM api_keys ARRAY JOIN [1] AS x LIMIT 1))", "SELECT intDiv(1, (SELECT 0 FROM api_keys FINAL SAMPLE 1/2))",
		"SELECT intDiv(1, (SELECT 0 FROM numbers((SELECT count() FROM api_keys)) LIMIT 1))", "SELECT intDiv(1, (SELECT 1 UNION ALL SELECT 0 FROM api_keys LIMIT 1))",
	} {
		conn := withoutRole(t, e)
		_, err := e.gate.admit(conn, "", sql, nil)
		if said := asException(err); err == nil || said.Code != codeReadOnly || strings.Contains(said.Message, canary) {
			t.Errorf("%s: %v", sql, err)
		}
		conn.Close()
	}
}
