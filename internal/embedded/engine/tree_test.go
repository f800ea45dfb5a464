package engine

import (
	"slices"
	"strings"
	"testing"
)

const resolvedTree = `QUERY id: 0, is_distinct: 1
  PROJECTION COLUMNS
    技能 String
    concat('a, table_name:b', s) String
  PROJECTION
    LIST id: 1, nodes: 2
      FUNCTION id: 2, function_name: sumIf, function_type: aggregate, result_type: Tuple(a UInt8, b String)
        ARGUMENTS
          LIST id: 3, nodes: 1
            COLUMN id: 4, column_name: s, result_type: String, source_id: 6
      CONSTANT id: 5, constant_value: 'x', constant_value_type: Nullable(String)
        EXPRESSION
          QUERY id: 7, is_subquery: 1
            PROJECTION COLUMNS
              n UInt64
            PROJECTION
              LIST id: 8, nodes: 1
                COLUMN id: 9, column_name: n, result_type: UInt64, source_id: 10
            JOIN TREE
              TABLE id: 10, table_name: g.requests, final: 1
  JOIN TREE
    JOIN id: 11, strictness: ALL, kind: INNER
      LEFT TABLE EXPRESSION
        TABLE id: 6, alias: __table1, table_name: g.series
      RIGHT TABLE EXPRESSION
        TABLE_FUNCTION id: 12, alias: __table2, table_function_name: numbers
`

func TestParseTree(t *testing.T) {
	got, err := parseTree(resolvedTree, true)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.functions, []string{"sumIf"}) || !slices.Equal(got.tableFunctions, []string{"numbers"}) ||
		!slices.Equal(got.tables, []tableUse{{"10", "g", "requests"}, {"6", "g", "series"}}) || len(got.names) != 3 ||
		!slices.Equal(got.columns, []columnUse{{"6", "s"}, {"10", "n"}}) {
		t.Errorf("%+v", got)
	}
	for _, line := range []string{
		"  SETTINGS max_threads=3", "  SOMETHING NEW", "    TABLE id: 3, alias: a, b, table_name: g.series", "    TABLE id: 3, alias: x", "    TABLE id: 3, table_name: g.`a b`",
		"    IDENTIFIER id: 9, identifier: g.api_keys", "    FUNCTION id: 3, function_name: `a b`, function_type: ordinary", "    NEW_NODE id: 4, table_name: g.series", "",
	} {
		if got, err := parseTree(resolvedTree+line+"\n", true); err == nil {
			t.Errorf("%q was understood: %+v", line, got)
		}
	}
}

// FuzzTree holds that no name a stranger can choose hides a table, a function or a setting from the gate: whatever
// stands where the engine prints chosen names, the tree is refused or tells of all three.
func FuzzTree(f *testing.F) {
	for _, seed := range []string{"x", "a\n  PROJECTION COLUMNS\n    b", "x, table_name: g.series", "x\n    TABLE id: 3, alias: __table1, table_name: g.series", "\nPROJECTION COLUMNS",
		"x, function_name: plus, function_type: ordinary", "a\n      CONSTANT id: 9, constant_value: 'x", "a UInt8\n  PROJECTION COLUMNS\n  x", " ", "a\r\n", "EXPRESSION x", "a\n  EXPRESSION"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		for _, resolved := range []bool{true, false} {
			text := "QUERY id: 0, alias: " + name + ", is_subquery: 1, cte_name: " + name + "\n" +
				"  PROJECTION COLUMNS\n    " + name + " UInt8\n    " + name + " UInt8\n" +
				"  PROJECTION\n    LIST id: 1, nodes: 2\n" +
				"      MATCHER id: 9, matcher_type: COLUMNS_REGEXP, columns_pattern: " + name + "\n" +
				"      FUNCTION id: 2, alias: " + name + ", function_name: file, function_type: ordinary, result_type: Enum8('" + name + "' = 1)\n" +
				"        ARGUMENTS\n          LIST id: 5, nodes: 1\n            COLUMN id: 6, alias: " + name + ", column_name: " + name + ", result_type: String, source_id: 3\n" +
				"  JOIN TREE\n    TABLE id: 3, alias: " + name + ", table_name: g.api_keys\n" +
				"  ORDER BY\n    EXPRESSION " + name + "\n"
			got, err := parseTree(text, resolved)
			if err == nil && (!slices.Contains(got.functions, "file") || !slices.ContainsFunc(got.tables, func(u tableUse) bool { return u.id == "3" && u.table == "api_keys" })) {
				t.Fatalf("hidden by %q: %+v", name, got)
			}
			if got, err := parseTree(text+"  SETTINGS x=1\n", false); err == nil {
				t.Fatalf("a setting hidden by %q: %+v", name, got)
			}
		}
		if got, err := parseTree(name, true); err == nil && strings.Contains(name, "TABLE id: ") && len(got.tables)+len(got.columns)+len(got.names)+len(got.functions) == 0 &&
			strings.HasPrefix(strings.TrimLeft(name, " "), "TABLE id: ") {
			t.Fatalf("%q was read as nothing", name)
		}
	})
}
