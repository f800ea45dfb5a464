package engine

// private writes a source whose rows no stranger may read, and one of its columns.
func (g *generator) private() (source, column string) {
	dot := func() string { return g.pick(".", ".", " . ", "/* x */.") }
	db := func(t string) string {
		if g.chance(50) {
			return g.name(t)
		}
		return g.name("g") + dot() + g.name(t)
	}
	switch g.IntN(14) {
	case 0, 1, 2:
		return db("api_keys"), "hash"
	case 3, 4:
		return db("requests"), "s"
	case 5:
		return g.name("other") + dot() + g.name("things"), "s"
	case 6:
		return db("hidden"), "hash"
	case 7:
		return g.pick("merge('g', 'api.keys')", "merge(currentDatabase(), '^api')", "merge(REGEXP('^g$'), 'keys')"), "hash"
	case 8:
		return g.pick("view", "VIEW", "viewIfPermitted") + "(SELECT hash FROM " + db("api_keys") + g.pick("", "", " ELSE null('hash String')") + ")", "hash"
	case 9:
		return g.name("system") + dot() + g.name("tables"), g.pick("data_paths[1]", "metadata_path", "toString(data_paths)")
	case 10:
		return g.name("system") + dot() + g.name("disks"), "path"
	case 11:
		return g.name("system") + dot() + g.name("databases"), g.pick("data_path", "metadata_path")
	case 12:
		return g.pick("file", "FILE") + "('" + g.file + "', 'LineAsString', 'hash String')", "hash"
	}
	return "(SELECT * FROM " + db("api_keys") + ")", "hash"
}

// leak is an expression with one value that no stranger may know.
func (g *generator) leak() string {
	if g.chance(12) {
		return g.pick("file", "`file`", `"f\x69le"`, "FILE") + "('" + g.file + "')"
	}
	source, column := g.private()
	s := g.space
	return "(SELECT" + s() + g.pick("any", "max", "min", "anyLast", "any_value") + "(" + column + ")" + s() + "FROM" + s() + source + ")"
}

// wrap puts an expression inside others, where it is still computed.
func (g *generator) wrap(x string) string {
	for range g.IntN(3) {
		switch g.IntN(14) {
		case 0:
			x = "toString(" + x + ")"
		case 1:
			x = "arrayMap(x -> " + x + ", [1])"
		case 2:
			x = "if(1, " + x + ", '')"
		case 3:
			x = "concat('a', toString(" + x + "))"
		case 4:
			x = "tuple(1, " + x + ")"
		case 5:
			x = "CASE WHEN 1 THEN " + x + " ELSE '' END"
		case 6:
			x = "coalesce(NULL, " + x + ")"
		case 7:
			x = "(SELECT " + x + ")"
		case 8:
			x = "(WITH " + x + " AS v SELECT v)"
		case 9:
			x = "any(" + x + ") OVER ()"
		case 10:
			x = "arrayJoin([" + x + "])"
		case 11:
			x = "map('k', " + x + ")"
		case 12:
			x = "toUInt64(" + x + ")" // the error says what could not be read as a number
		case 13:
			x = x + " AS " + g.alias()
			return x
		}
	}
	return x
}

// harm is a statement that would show what is private, in one of the ways that the grammar has.
func (g *generator) harm() string {
	s := g.space
	source, column := g.private()
	switch g.IntN(16) {
	case 0, 1, 2:
		return "SELECT" + s() + g.wrap(g.leak())
	case 3:
		return "SELECT" + s() + g.wrap(g.leak()) + s() + "FROM" + s() + g.name("g") + "." + g.name("series") + " LIMIT 1"
	case 4:
		return "WITH" + s() + "c AS (SELECT " + column + " AS v FROM " + source + ")" + s() + "SELECT * FROM" + s() + g.name("c")
	case 5:
		return "WITH" + s() + g.leak() + " AS v SELECT v, n FROM series"
	case 6:
		return "SELECT s FROM series UNION ALL SELECT toString(" + column + ") FROM " + source
	case 7:
		return "SELECT * FROM (SELECT " + column + " AS v FROM" + s() + source + ") AS " + g.alias()
	case 8:
		return "SELECT v FROM series AS a JOIN (SELECT 1 AS n, " + column + " AS v FROM " + source + ") AS b ON a.n = b.n"
	case 9:
		return "SELECT v FROM series AS a, (SELECT " + column + " AS v FROM " + source + ") AS b LIMIT 3"
	case 10:
		return "SELECT n FROM series ORDER BY toUInt64(" + g.leak() + ")"
	case 11:
		return "SELECT n FROM series WHERE toUInt64(" + g.leak() + ") = n"
	case 12:
		return "SELECT" + s() + column + s() + "FROM" + s() + source + s() + g.pick("", "LIMIT 3", "ORDER BY 1", "WHERE 1")
	case 13:
		return "SELECT v FROM series ARRAY JOIN [" + g.leak() + "] AS v LIMIT 2"
	case 14:
		return "SELECT * FROM values('v String', (" + g.leak() + "))"
	}
	return "SELECT toUInt64(arrayElement(groupArray(toString(" + column + ")), 1)) FROM " + source
}
