package embedded

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
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

// TestOwnersOnly: a listener of the engine that is closed to strangers answers nobody without user and password.
func TestOwnersOnly(t *testing.T) {
	if out, err := runHelperProcess(t, "owners", t.TempDir()); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// helpOwners runs in a process of its own, because a process has one engine.
func helpOwners(dir string) error {
	cfg := testConfig(dir)
	cfg.ClickHouse.OwnersOnly = true
	e, err := Start(context.Background(), cfg, quiet())
	if err != nil {
		return err
	}
	read := func(user string) (int, string, error) {
		req, err := http.NewRequest(http.MethodPost, "http://"+e.ClickHouseAddr()+"/", strings.NewReader("SELECT 1"))
		if err != nil {
			return 0, "", err
		}
		if user != "" {
			req.SetBasicAuth(user, testPassword)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return 0, "", err
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		return resp.StatusCode, string(body), err
	}
	var errs []error
	if status, body, err := read(""); err != nil || status == http.StatusOK {
		errs = append(errs, fmt.Errorf("an unknown reader got %d %s %w", status, body, err))
	}
	if status, body, err := read(testUser); err != nil || body != "1\n" {
		errs = append(errs, fmt.Errorf("the owner got %d %s %w", status, body, err))
	}
	return errors.Join(append(errs, e.Close())...)
}
