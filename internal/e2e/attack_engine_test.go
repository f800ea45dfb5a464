//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// engineAttacks go to embedded.clickhouse.listen without user and password.
func engineAttacks() []attack {
	return []attack{
		{"engine: private tables by other names", "an escaped identifier read keys, organisations, webhook secrets and requests with their notes", attackPrivateTables},
		{"engine: files by settings, formats and functions", "format_template_row with FORMAT Template printed any file, run.json with its password too", attackFiles},
		{"engine: what system tables tell", "query texts, settings, paths of the data directory", attackSystemTables},
		{"engine: small cells and their differences", "series of cells with one employer, requests and supply of single schools", attackSmallCells},
		{"engine: writing and changing settings", "held, except that any URL setting was taken", attackWrites},
		{"engine: fifty long statements", "they filled the slots that the program shares, and pages stopped", attackSlots},
		{"engine: answers larger than their statements", "a statement of 100 bytes was answered with as much as the memory held", attackAnswers},
		{"engine: idle connections", "held open until no descriptor was left, which ended the accept loop", attackEngineIdle},
	}
}

// asStranger sends a statement as curl does, and returns status and answer.
func asStranger(t *testing.T, v *victim, sql string, settings url.Values) (int, string) {
	t.Helper()
	q := url.Values{"database": {"gapwatch"}}
	maps.Copy(q, settings)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+v.clickhouse+"/?"+q.Encode(), strings.NewReader(sql))
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 256<<20))
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

// attackPrivateTables tries every private table in every way to write its name.
func attackPrivateTables(t *testing.T, v *victim) string {
	v.key(t, "Secret Enterprise", "enterprise")
	tries := 0
	for i, table := range []string{"api_keys", "organisations", "subscriptions", "requests", "gap_series", "notifications", "idempotency", "postings", "programmes", "courses", "bands", "crawl_pages", "crawl_runs", "sources", "schema_migrations"} {
		escaped := fmt.Sprintf(`\x%02x`, table[0]) + table[1:]
		sources := []string{table, "`" + escaped + "`", "{t:Identifier}"}
		forms := []string{"SELECT * FROM %s", "SELECT (SELECT count() FROM %s)"}
		if i < 5 { // those with the most to tell, in every way
			sources = append(sources, `"`+escaped+`"`, "gapwatch.`"+escaped+"`", "`g\\x61pwatch`."+table, "merge('gapwatch', '^"+table+"$')", "merge(REGEXP('.*'), '"+table+"')", "view(SELECT * FROM "+table+")",
				"loop("+table+")", "(SELECT * FROM `"+escaped+"`)", "cluster('default', gapwatch."+table+")", "remote('127.0.0.1', gapwatch."+table+")")
			forms = append(forms, "WITH c AS (SELECT * FROM %s) SELECT * FROM c", "SELECT count() FROM %s", "SELECT 1 UNION ALL SELECT count() FROM %s", "SELECT arrayMap(x -> (SELECT count() FROM %s), [1])",
				"SELECT 1 UNION ALL SELECT count() FROM %s FORMAT RawBLOB FORMAT JSON")
		}
		for _, from := range sources {
			for _, form := range forms {
				sql := strings.ReplaceAll(form, "%s", from)
				tries++
				if status, body := asStranger(t, v, sql, url.Values{"param_t": {table}}); status == http.StatusOK || strings.Contains(body, "Secret Enterprise") {
					t.Errorf("%s\nanswered %d: %.300s", sql, status, body)
				}
			}
		}
		for _, sql := range []string{"DESCRIBE TABLE `" + escaped + "`", "SHOW CREATE TABLE " + table, "EXISTS TABLE " + table, "CHECK TABLE " + table, "EXPLAIN SELECT * FROM " + table, "SELECT 1 WHERE '' IN `" + escaped + "`"} {
			tries++
			if status, body := asStranger(t, v, sql, nil); status == http.StatusOK {
				t.Errorf("%s\nanswered %.300s", sql, body)
			}
		}
	}
	for _, sql := range []string{"SELECT * FROM public_series", "SELECT * FROM alerts FINAL", "SELECT count() FROM gapwatch.skills", "SHOW TABLES", "DESCRIBE TABLE alerts", "SELECT name FROM system.tables WHERE database = 'gapwatch'"} {
		if status, body := asStranger(t, v, sql, nil); status != http.StatusOK {
			t.Errorf("a public one: %s: %s", sql, body)
		}
	}
	return fmt.Sprintf("%d statements refused, public tables answered", tries)
}

// attackFiles tries to read run.json, which holds what would make the stranger an owner, and a file of the system.
func attackFiles(t *testing.T, v *victim) string {
	run, err := filepath.Abs(filepath.Join(v.dir, "run.json"))
	if err != nil {
		t.Fatal(err)
	}
	secret := "root:"
	var info struct{ Password string }
	if text, err := os.ReadFile(run); err == nil && json.Unmarshal(text, &info) == nil && info.Password != "" {
		secret = info.Password
	}
	tries := 0
	for _, file := range []string{run, "/etc/passwd"} {
		for _, settings := range []url.Values{nil, {"format_template_row": {file}, "default_format": {"Template"}}, {"format_template_resultset": {file}, "default_format": {"Template"}}, {"format_schema": {file + ":M"}, "default_format": {"Protobuf"}},
			{"format_custom_row_before_delimiter": {"x"}, "default_format": {"CustomSeparated"}}} {
			for _, sql := range []string{"SELECT 1 FORMAT Template", "SELECT 1 FORMAT Template SETTINGS format_template_row = '" + file + "'", "SELECT file('" + file + "')", "SELECT `f\\x69le`('" + file + "')", "SELECT * FROM file('" + file + "', 'LineAsString')",
				"SELECT * FROM default.`" + file + "`", "SELECT * FROM `" + file + "`", "SELECT * FROM '" + file + "'", "SELECT * FROM url('file://" + file + "', 'LineAsString')", "SELECT formatRow('Template', 1)",
				"SELECT catboostEvaluate('" + file + "', 1)", "SELECT * FROM executable('cat " + file + "', 'TSV', 's String')", "SELECT * FROM filesystem('" + filepath.Dir(file) + "')", "DESCRIBE TABLE file('" + file + "')"} {
				tries++
				status, body := asStranger(t, v, sql, settings)
				if status == http.StatusOK || strings.Contains(body, secret) || strings.Contains(body, "root:") {
					t.Errorf("%s with %v\nanswered %d: %.300s", sql, settings, status, body)
				}
			}
		}
	}
	return fmt.Sprintf("%d tries refused, no byte of a file", tries)
}

func attackSystemTables(t *testing.T, v *victim) string {
	dir, err := filepath.Abs(v.dir)
	if err != nil {
		t.Fatal(err)
	}
	tries := 0
	for _, sql := range []string{
		"SELECT * FROM system.processes", "SELECT * FROM system.query_log", "SELECT * FROM system.settings", "SELECT * FROM system.server_settings", "SELECT * FROM system.disks", "SELECT * FROM system.parts", "SELECT * FROM system.detached_parts",
		"SELECT data_paths FROM system.tables", "SELECT metadata_path FROM system.databases", "SELECT * FROM system.tables", "SELECT t.* FROM system.tables AS t", "SELECT COLUMNS('path') FROM system.tables", "SELECT * FROM system.users", "SELECT * FROM system.grants",
		"SELECT * FROM system.errors", "SELECT * FROM system.warnings", "SELECT * FROM system.`build\\x5foptions`", "SELECT * FROM information_schema.tables", "SELECT * FROM merge('system', '.*')", "SHOW PROCESSLIST", "SHOW SETTINGS LIKE '%'", "SHOW GRANTS",
		"SELECT hostName()", "SELECT getSetting('max_threads')", "SELECT serverUUID()", "SELECT filesystemAvailable()", "SELECT displayName()", "SELECT getMacro('x')", "SELECT currentRoles()", "SELECT * FROM system.stack_trace",
	} {
		tries++
		if status, body := asStranger(t, v, sql, nil); status == http.StatusOK || strings.Contains(body, dir) {
			t.Errorf("%s\nanswered %d: %.300s", sql, status, body)
		}
	}
	status, body := asStranger(t, v, "SELECT DISTINCT database, name FROM system.tables WHERE database = 'gapwatch' FORMAT TSV", nil)
	if lines := strings.Count(body, "\n"); status != http.StatusOK || lines != 5 {
		t.Errorf("lists %d tables, want the public ones only: %s", lines, body)
	}
	return fmt.Sprintf("%d refused; tables and columns are listed as far as they are public", tries)
}

func attackSmallCells(t *testing.T, v *victim) string {
	for _, sql := range []string{"SELECT region FROM public_series", "SELECT requested FROM public_series", "SELECT supply FROM public_series", "SELECT gap FROM public_series", "SELECT openings FROM gap_series", "SELECT observed FROM bands"} {
		if status, body := asStranger(t, v, sql, nil); status == http.StatusOK {
			t.Errorf("%s\nanswered %.300s", sql, body)
		}
	}
	if status, body := asStranger(t, v, "SELECT count() FROM public_series WHERE employers < 3 AND openings > 0", nil); status != http.StatusOK || body != "0\n" {
		t.Errorf("numbers of small cells: %s", body)
	}
	return "the whole market only, without cells of fewer than three employers"
}

func attackWrites(t *testing.T, v *victim) string {
	before := query(t, v.dir, "SELECT count() FROM api_keys FINAL")[0][0]
	tries := 0
	for _, sql := range []string{
		"INSERT INTO api_keys (id, org, role, hash) VALUES ('x', 'x', 'admin', 'x')", "INSERT INTO FUNCTION file('/tmp/x', 'TSV', 'a String') SELECT 1", "CREATE TABLE x (a UInt8) ENGINE = Memory", "DROP TABLE alerts", "TRUNCATE TABLE alerts",
		"ALTER TABLE alerts DELETE WHERE 1", "SET readonly = 0", "SET ROLE gapwatch_owner", "SET ROLE DEFAULT", "SYSTEM SHUTDOWN", "SYSTEM STOP MERGES", "KILL QUERY WHERE 1", "SELECT 1 INTO OUTFILE '/tmp/gapwatch-intruder'", "SELECT 1 SETTINGS readonly = 0",
		"SELECT 1; DROP TABLE alerts", "GRANT ALL ON *.* TO default", "CREATE FUNCTION f AS x -> x", "EXECUTE AS default SELECT 1", "BACKUP TABLE api_keys TO Disk('default', 'x')", "ATTACH DATABASE x", "DETACH TABLE alerts",
	} {
		for _, settings := range []url.Values{nil, {"readonly": {"0"}}, {"role": {"gapwatch_owner"}}, {"session_id": {"1"}}} {
			tries++
			if status, body := asStranger(t, v, sql, settings); status == http.StatusOK {
				t.Errorf("%s\nanswered %.300s", sql, body)
			}
		}
	}
	if after := query(t, v.dir, "SELECT count() FROM api_keys FINAL")[0][0]; after != before {
		t.Errorf("%s keys, before %s", after, before)
	}
	return fmt.Sprintf("%d refused, nothing changed", tries)
}

// attackSlots asks the pages while fifty statements of strangers want to run as long as they can.
func attackSlots(t *testing.T, v *victim) string {
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	defer func() { cancel(); wg.Wait() }()
	var mu sync.Mutex
	busy := 0
	for i := range 50 {
		sql := []string{"SELECT sleepEachRow(3) FROM numbers(100)", "SELECT count() FROM numbers(40000000) WHERE NOT ignore(arrayMap(x -> sipHash64(x, number), range(200)))"}[min(1, i%5)]
		wg.Go(func() {
			for ctx.Err() == nil {
				req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+v.clickhouse+"/", strings.NewReader(sql))
				if err != nil {
					return
				}
				res, err := http.DefaultClient.Do(req)
				if err != nil {
					return
				}
				_ = res.Body.Close()
				mu.Lock()
				if res.StatusCode == http.StatusServiceUnavailable && res.Header.Get("Retry-After") != "" {
					busy++
				}
				mu.Unlock()
				select {
				case <-ctx.Done():
				case <-time.After(200 * time.Millisecond):
				}
			}
		})
	}
	const pages = 20
	client := &http.Client{Timeout: 20 * time.Second}
	var slowest time.Duration
	for range pages {
		began := time.Now()
		res, err := client.Get(v.base + "/skills")
		if err != nil {
			t.Fatalf("a page while strangers are busy: %v", err)
		}
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
		if res.StatusCode >= 500 {
			t.Errorf("a page answered %s", res.Status)
		}
		slowest = max(slowest, time.Since(began))
		time.Sleep(100 * time.Millisecond)
	}
	mu.Lock()
	defer mu.Unlock()
	if busy == 0 {
		t.Error("nobody was sent away")
	}
	return fmt.Sprintf("%d pages answered, the slowest in %d ms; strangers were told 503 with Retry-After %d times", pages, slowest.Milliseconds(), busy)
}

func attackAnswers(t *testing.T, v *victim) string {
	v.resetPeak(t)
	before, _ := v.memory(t)
	longest := 0
	name := strings.Repeat("n", 500)
	for _, sql := range []string{
		"SELECT repeat('x', 100000) FROM numbers(100000)", "SELECT repeat('x', 100000) FROM numbers(100000) FORMAT JSON", "SELECT number AS `" + name + "` FROM numbers(190000) FORMAT JSONEachRow",
		"SELECT number AS `" + name + "` FROM numbers(190000) FORMAT XML", "SELECT range(1000000) FROM numbers(100000)", "SELECT a.number FROM numbers(100000) a, numbers(100000) b", "SELECT groupArray(number) FROM numbers(49000000)",
	} {
		_, body := asStranger(t, v, sql, nil)
		longest = max(longest, len(body))
	}
	_, peak := v.memory(t)
	if longest > 72<<20 || peak-before > 1<<30 {
		t.Errorf("an answer of %d MiB, %d MiB of memory", longest>>20, (peak-before)>>20)
	}
	text := "SELECT " + strings.Repeat("x, ", 15000) + "1"
	_, body := asStranger(t, v, text, nil)
	if len(body) > len(text) {
		t.Errorf("an error of %d bytes for %d", len(body), len(text))
	}
	return fmt.Sprintf("at most %d MiB an answer and %d MiB more memory; an error of %d bytes for a wrong statement of %d", longest>>20, (peak-before)>>20, len(body), len(text))
}

func attackEngineIdle(t *testing.T, v *victim) string {
	conns := make([]net.Conn, 300)
	for i := range conns {
		conns[i] = dial(t, v.clickhouse)
	}
	closed := 0
	for _, conn := range conns {
		_ = conn.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
		if _, err := conn.Read(make([]byte, 1)); err != nil && !os.IsTimeout(err) {
			closed++
		}
		defer conn.Close()
	}
	if closed < 300-128 {
		t.Errorf("%d of 300 connections were closed", closed)
	}
	res, err := http.Get(v.base + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	return fmt.Sprintf("%d of 300 closed at once, the rest after 10 s of silence", closed)
}
