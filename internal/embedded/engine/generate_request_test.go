package engine

import "net/url"

// statement is a whole request: the address's keys, with the statement among them.
func (g *generator) statement() url.Values {
	g.params, g.ctes = url.Values{}, nil
	g.hostile = !g.chance(g.harmless)
	sql := g.query(1+g.IntN(3), 0)
	if g.hostile && g.chance(50) {
		sql = g.harm()
	} else if g.hostile {
		switch g.IntN(30) {
		case 0:
			sql = g.pick("EXPLAIN ", "EXPLAIN PLAN ", "EXPLAIN AST ", "EXPLAIN SYNTAX ", "EXPLAIN PIPELINE ", "EXPLAIN QUERY TREE ", "EXPLAIN ESTIMATE ", "DESCRIBE (", "INSERT INTO g.series ", "CREATE TABLE g.q ENGINE = Memory AS ") + sql
		case 1:
			sql = g.pick("SHOW CREATE TABLE ", "DESCRIBE TABLE ", "DESC ", "EXISTS TABLE ", "CHECK TABLE ", "SHOW COLUMNS FROM ", "SHOW INDEX FROM ", "TRUNCATE ", "DROP TABLE ", "OPTIMIZE TABLE ", "WATCH ", "TABLE ") + g.table()
		case 2:
			sql = g.pick("SHOW TABLES", "SHOW DATABASES", "SHOW SETTINGS LIKE '%'", "SHOW GRANTS", "SHOW PROCESSLIST", "SHOW FUNCTIONS", "SET readonly = 0", "SET ROLE gapwatch_owner", "SET ROLE DEFAULT", "USE other", "SYSTEM FLUSH LOGS",
				"KILL QUERY WHERE 1", "SHOW TABLES FROM other", "SHOW TABLES FROM system", "SHOW CREATE DATABASE g", "EXECUTE AS default SELECT 1", "GRANT ALL ON *.* TO default", "BACKUP TABLE g.api_keys TO Disk('default', 'x')")
		case 3:
			sql += ";" + g.query(1, 0)
		case 4:
			sql += " INTO OUTFILE '" + g.file + ".out'"
		case 5, 6:
			sql = g.mutate(sql)
		}
	}
	if g.chance(20) {
		sql += g.space() + g.pick("FORMAT", "format") + g.space() + g.format()
		if g.chance(20) {
			sql += g.pick(";", " ;", " -- x")
		} else if g.hostile && g.chance(20) {
			sql += g.pick(" SETTINGS max_threads = 2", " FORMAT JSON", " FORMAT JSON FORMAT TSV", " PARALLEL WITH SELECT hash FROM g.api_keys", ";", "; ;")
		}
	} else if g.chance(10) {
		g.params.Set("default_format", g.format())
	}
	if g.hostile && g.chance(10) {
		name := g.pick("format_template_row", "format_template_resultset", "format_schema", "format_schema_source", "readonly", "max_execution_time", "log_queries", "additional_table_filters", "role", "user_files_path",
			"allow_ddl", "output_format_json_quote_64bit_integers", "final", "session_timezone", "profile", "enable_analyzer", "implicit_select", "dialect", "output_format_sql_insert_table_name")
		g.params.Set(name, g.pick("0", "1", g.file, "{'g.series': 'n = 1'}", "x'y", "prql"))
	}
	g.params.Set("query", sql)
	return g.params
}

func (g *generator) format() string {
	if g.hostile && g.chance(30) {
		return g.pick("Template", "RawBLOB", "LineAsString", "CustomSeparated", "Protobuf", "CapnProto", "SQLInsert", "RawBLOB", "Npy", "Avro", "MySQLWire", "Prometheus", "`JSON`", "TSV SETTINGS readonly = 0")
	}
	return g.pick("TSV", "JSON", "JSONEachRow", "CSVWithNames", "JSONCompact", "Vertical", "RowBinary", "XML", "Values", "Null")
}

// mutate changes some bytes.
func (g *generator) mutate(sql string) string {
	b := []byte(sql)
	for range 1 + g.IntN(3) {
		i := g.IntN(len(b))
		switch g.IntN(3) {
		case 0:
			b[i] = "`\"'\\();,.*/-\n\x00\xffA"[g.IntN(16)]
		case 1:
			b = append(b[:i], b[min(i+1+g.IntN(4), len(b)):]...)
		default:
			j := g.IntN(len(b))
			b[i], b[j] = b[j], b[i]
		}
		if len(b) == 0 {
			return "x"
		}
	}
	return string(b)
}
