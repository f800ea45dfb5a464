package embedded

import (
	"net/http"
	"testing"
)

// TestPrivateTables: where the listener is open to readers without credentials, tables that say who is who are not.
func TestPrivateTables(t *testing.T) {
	e := start(t)
	name, conn := publicDatabase(t, e)
	mustExec(t, conn, "CREATE TABLE private_things (hash String) ENGINE = MergeTree ORDER BY hash")
	mustExec(t, conn, "CREATE TABLE series (n UInt8) ENGINE = MergeTree ORDER BY n")
	mustExec(t, conn, "INSERT INTO private_things VALUES ('s3cret')")
	path := "/?database=" + name
	for _, sql := range []string{
		"SELECT * FROM private_things", "SELECT * FROM `private_things`", "SELECT * FROM " + name + ".private_things", "WITH x AS (SELECT * FROM private_things) SELECT * FROM x",
		"SELECT * FROM merge(currentDatabase(), 'private')", "SELECT * FROM merge('" + name + "', 'private_' || 'things')", "SELECT * FROM loop(private_things)",
		"SHOW CREATE TABLE private_things", "SELECT * FROM (SELECT * FROM private_things)", "SELECT count() FROM series WHERE 's3cret' IN private_things",
	} {
		if got := ask(t, e, http.MethodPost, path, sql); got.status == http.StatusOK {
			t.Errorf("%s: answered %s", sql, got.body)
		}
	}
	if got := ask(t, e, http.MethodPost, path, "SELECT count() FROM series"); got.status != http.StatusOK {
		t.Errorf("a public table: %s", got.body)
	}
	if got := ask(t, e, http.MethodPost, path, "SELECT hash FROM private_things", asOwner); got.body != "s3cret\n" {
		t.Errorf("the owner read %s", got.body)
	}
}
