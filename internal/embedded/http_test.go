package embedded

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/ch-go/compress"
	"github.com/ClickHouse/clickhouse-go/v2"
)

type answer struct {
	status int
	header http.Header
	body   string
}

// ask sends a request to the open listener as curl would.
func ask(t testing.TB, e *Embedded, method, path, body string, change ...func(*http.Request)) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+e.ClickHouseAddr()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range change {
		f(req)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(text)}
}

func asOwner(r *http.Request) { r.SetBasicAuth(testUser, testPassword) }

func TestCurl(t *testing.T) {
	e := start(t)
	name, _ := publicDatabase(t, e)
	q := url.QueryEscape
	for _, test := range []struct {
		name, method, path, body string
		change                   func(*http.Request)
		status                   int
		want                     string
		code                     string
	}{
		{"get", "GET", "/?query=SELECT%201", "", nil, 200, "1\n", ""},
		{"post", "POST", "/", "SELECT 1 AS x FORMAT JSONEachRow", nil, 200, "{\"x\":1}\n", ""},
		{"query and body", "POST", "/?query=" + q("SELECT"), "2", nil, 200, "2\n", ""},
		{"default format", "POST", "/?default_format=CSVWithNames", "SELECT number FROM numbers(3)", nil, 200, "\"number\"\n0\n1\n2\n", ""},
		{"comments", "POST", "/", "-- FORMAT JSON\nSELECT 'FORMAT' /* x */;", nil, 200, "FORMAT\n", ""},
		{"parameter", "GET", "/?param_x=" + q("a'b") + "&query=" + q("SELECT {x:String}"), "", nil, 200, "a\\'b\n", ""},
		{"ping", "GET", "/ping", "", nil, 200, "Ok.\n", ""},
		{"replicas", "GET", "/replicas_status", "", nil, 200, "Ok.\n", ""},
		{"root", "GET", "/", "", nil, 200, "Ok.\n", ""},
		{"elsewhere", "GET", "/play", "", nil, 404, "", ""},
		{"empty", "POST", "/", "", nil, 400, "", "62"},
		{"syntax", "POST", "/", "SELEC 1", nil, 400, "", "62"},
		{"two", "POST", "/", "SELECT 1; SELECT 2", nil, 400, "", "62"},
		{"no table", "POST", "/?database=" + name, "SELECT * FROM nothing", asOwner, 404, "", "60"},
		{"what there is, is not told", "POST", "/?database=" + name, "SELECT * FROM nothing", nil, 403, "", "164"},
		{"no database", "POST", "/?database=nothing", "SELECT 1", nil, 404, "", "81"},
		{"no setting", "POST", "/?nothing=1", "SELECT 1", nil, 404, "", "115"},
		{"division", "POST", "/", "SELECT intDiv(1, 0)", nil, 500, "", "153"},
		{"anonymous write", "POST", "/?database=" + name, "CREATE TABLE a (x Int8) ENGINE = Memory", nil, 403, "", "164"},
		{"anonymous insert", "POST", "/?database=" + name + "&query=" + q("INSERT INTO t FORMAT TSV"), "1\n", nil, 403, "", "164"},
		{"anonymous control", "POST", "/", "SYSTEM FLUSH LOGS", nil, 403, "", "164"},
		{"wrong password", "POST", "/", "SELECT 1", func(r *http.Request) { r.SetBasicAuth(testUser, "x") }, 403, "", "516"},
		{"wrong user", "POST", "/", "SELECT 1", func(r *http.Request) { r.SetBasicAuth("other", testPassword) }, 403, "", "516"},
		{"default user", "POST", "/?user=default", "SELECT 1", nil, 200, "1\n", ""},
		{"default user with password", "POST", "/?user=default&password=x", "SELECT 1", nil, 403, "", "516"},
		{"foreign host", "GET", "/?query=SELECT%201", "", func(r *http.Request) { r.Host = "evil.example:8123" }, 403, "", ""},
		{"owner get writes", "GET", "/?query=" + q("CREATE DATABASE by_get"), "", asOwner, 403, "", "164"},
		{"owner creates", "POST", "/?database=" + name, "CREATE TABLE t (x Int64, s String) ENGINE = MergeTree ORDER BY x", asOwner, 200, "", ""},
		{"owner inserts by header", "POST", "/?database=" + name + "&query=" + q("INSERT INTO t FORMAT JSONEachRow"), `{"x":1,"s":"a"}` + "\n" + `{"x":2}`,
			func(r *http.Request) {
				r.Header.Set("X-ClickHouse-User", testUser)
				r.Header.Set("X-ClickHouse-Key", testPassword)
			}, 200, "", ""},
		{"owner inserts by address", "POST", "/?database=" + name + "&user=" + testUser + "&password=" + q(testPassword), "INSERT INTO t (x, s) FORMAT TSV\n3\tFORMAT CSV\n4\tb\n", nil, 200, "", ""},
		{"owner inserts values", "POST", "/?database=" + name, "INSERT INTO t VALUES (5, upper('c')), (6, 'd;')", asOwner, 200, "", ""},
		{"owner inserts values of the body", "POST", "/?database=" + name + "&query=" + q("INSERT INTO t VALUES"), "(7, 'e')", asOwner, 200, "", ""},
		{"insert of nonsense", "POST", "/?database=" + name + "&query=" + q("INSERT INTO t FORMAT TSV"), "x\ty\n", asOwner, 400, "", "27"},
		{"insert into nothing", "POST", "/?database=" + name + "&query=" + q("INSERT INTO nothing FORMAT TSV"), "x\ty\n", asOwner, 404, "", "60"},
		{"read back", "POST", "/?database=" + name, "SELECT groupArray(s) FROM (SELECT s FROM t ORDER BY x)", nil, 200, "['a','','FORMAT CSV','b','C','d;','e']\n", ""},
		{"json", "POST", "/?database=" + name, "SELECT count() AS n FROM t FORMAT JSONCompact", nil, 200, "", ""},
		{"described", "GET", "/?query=" + q("DESCRIBE TABLE t FORMAT CSV"), "", nil, 200, "", ""},
		{"listed", "GET", "/?query=" + q("SHOW TABLES"), "", nil, 200, "t\n", ""},
		{"databases", "GET", "/?query=" + q("SHOW DATABASES;"), "", nil, 200, name + "\n", ""},
		{"Grafana's list", "POST", "/?max_execution_time=60&readonly=1", "SELECT name FROM system.tables WHERE database = '" + name + "'", nil, 200, "t\n", ""},
		{"set does not stay", "POST", "/", "SET max_threads = 7", asOwner, 200, "", ""},
		{"set did not stay", "POST", "/", "SELECT getSetting('max_threads') = 7", asOwner, 200, "0\n", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			var change []func(*http.Request)
			if test.change != nil {
				change = append(change, test.change)
			}
			got := ask(t, e, test.method, test.path, test.body, change...)
			if got.status != test.status || got.header.Get("X-ClickHouse-Exception-Code") != test.code || test.want != "" && got.body != test.want {
				t.Errorf("%d, code %s: %s", got.status, got.header.Get("X-ClickHouse-Exception-Code"), got.body)
			}
			if test.code != "" && !strings.HasPrefix(got.body, "Code: "+test.code+".") {
				t.Errorf("text of the exception: %s", got.body)
			}
		})
	}
}

// TestAnonymousStaysInTables holds what a reader without credentials must not reach: files, addresses,
// programs, and other processes of this machine.
func TestAnonymousStaysInTables(t *testing.T) {
	e := start(t)
	for _, sql := range []string{
		"SELECT * FROM file('/etc/passwd', 'TSV', 'a String')",
		"SELECT file('/etc/passwd')",
		"SELECT f(1), (SELECT file('/etc/passwd'))",
		"WITH (SELECT file('/etc/passwd')) AS x SELECT x",
		"SELECT * FROM `/etc/passwd`",
		"SELECT * FROM '/etc/passwd'",
		"SELECT * FROM default.`/etc/passwd`",
		"SELECT * FROM `default`.`passwd`",
		"SELECT count() FROM numbers(3) WHERE 'root' IN `/etc/passwd`",
		"WITH x AS (SELECT * FROM `/etc/passwd`) SELECT * FROM x FORMAT JSON",
		"DESCRIBE TABLE file('/etc/passwd')",
		"DESCRIBE TABLE `/etc/passwd`",
		"DESCRIBE `/etc/passwd`",
		"EXPLAIN SELECT * FROM `/etc/passwd`",
		"SHOW CREATE TABLE `/etc/passwd`",
		"EXISTS TABLE `/etc/passwd`",
		"SELECT * FROM {t:Identifier}",
		"SELECT * FROM url('http://127.0.0.1:1/', 'TSV', 'a String')",
		"SELECT * FROM executable('x.sh', 'TSV', 'a String')",
		"SELECT * FROM remote('127.0.0.1:1', system.one)",
		"SELECT * FROM sqlite('/x', 't')",
		"SELECT 1 INTO OUTFILE '/tmp/gapwatch-intruder'",
		"SELECT 1 SETTINGS readonly = 0",
		"SELECT 1 SETTINGS max_memory_usage = 0",
		"SET readonly = 0",
		"USE system",
		"KILL QUERY WHERE 1",
		"SELECT * FROM merge(REGEXP('default'), '.*passwd')",
	} {
		t.Run(sql, func(t *testing.T) {
			got := ask(t, e, "POST", "/?param_t=%2Fetc%2Fpasswd", sql)
			if strings.Contains(got.body, "root:") || got.status == 200 {
				t.Errorf("answered %d: %.200s", got.status, got.body)
			}
			t.Logf("%.150s", got.body)
		})
	}
	for _, sql := range []string{"SHOW DATABASES", "SELECT count() FROM system.tables", "SELECT * FROM (SELECT number AS `技能` FROM numbers(3)) AS `a` FORMAT JSON", "SELECT 1 = 1 UNION ALL SELECT 2 FORMAT Pretty"} {
		if got := ask(t, e, "POST", "/", sql); got.status != 200 {
			t.Errorf("%s: %d %s", sql, got.status, got.body)
		}
	}
}

func TestEncodings(t *testing.T) {
	e := start(t)
	name, _ := publicDatabase(t, e)
	path := "/?database=" + name
	ask(t, e, "POST", path, "CREATE TABLE z (x Int64) ENGINE = MergeTree ORDER BY x", asOwner)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write([]byte("1\n2\n"))
	_ = z.Close()
	got := ask(t, e, "POST", path+"&query="+url.QueryEscape("INSERT INTO z FORMAT TSV"), packed.String(), asOwner, func(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") })
	if got.status != 200 || !strings.Contains(got.header.Get("X-ClickHouse-Summary"), `"written_rows":"2"`) {
		t.Errorf("gzip: %d %s %s", got.status, got.body, got.header.Get("X-ClickHouse-Summary"))
	}
	got = ask(t, e, "POST", path+"&compress=1", "SELECT * FROM z ORDER BY x")
	plain, err := io.ReadAll(compress.NewReader(strings.NewReader(got.body)))
	if !errors.Is(err, io.EOF) && err != nil || string(plain) != "1\n2\n" {
		t.Errorf("compress=1: %q %v", plain, err)
	}
	conn := overTCP(t, e, testUser, testPassword, func(o *clickhouse.Options) {
		o.Auth.Database = name
		o.Compression = &clickhouse.Compression{Method: clickhouse.CompressionLZ4}
	})
	batch, err := conn.PrepareBatch(context.Background(), "INSERT INTO z")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 1000 {
		_ = batch.Append(int64(i))
	}
	if err := batch.Send(); err != nil {
		t.Fatal(err)
	}
	if n := count(t, conn, "SELECT count() FROM z"); n != 1002 {
		t.Errorf("%d rows", n)
	}
}

// overTCP connects as a stage in another process does.
func overTCP(t testing.TB, e *Embedded, user, password string, change ...func(*clickhouse.Options)) clickhouse.Conn {
	t.Helper()
	return open(t, e, append([]func(*clickhouse.Options){func(o *clickhouse.Options) {
		o.DialContext, o.Addr = nil, []string{e.ClickHouseAddr()}
		o.Auth.Username, o.Auth.Password = user, password
	}}, change...)...)
}

func TestStageInAnotherProcess(t *testing.T) {
	e := start(t)
	name, own := publicDatabase(t, e)
	stage := overTCP(t, e, testUser, testPassword, func(o *clickhouse.Options) { o.Auth.Database = name })
	mustExec(t, stage, "CREATE TABLE s (x UInt64) ENGINE = MergeTree ORDER BY x")
	batch, err := stage.PrepareBatch(context.Background(), "INSERT INTO s")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 1000 {
		if err := batch.Append(uint64(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := batch.Send(); err != nil {
		t.Fatal(err)
	}
	if n := count(t, own, "SELECT count() FROM s"); n != 1000 {
		t.Errorf("%d rows", n)
	}
	anonymous := overTCP(t, e, "", "", func(o *clickhouse.Options) { o.Auth.Database = name })
	if n := count(t, anonymous, "SELECT count() FROM s"); n != 1000 {
		t.Errorf("an anonymous reader sees %d rows", n)
	}
	if err := anonymous.Exec(context.Background(), "TRUNCATE TABLE s"); exceptionCode(err) != 164 {
		t.Errorf("anonymous truncate: %v", err)
	}
	if err := overTCP(t, e, testUser, "wrong").Ping(context.Background()); exceptionCode(err) != 516 {
		t.Errorf("wrong password: %v", err)
	}
}

// TestHello holds the statement that the handler answers itself against the client's. When a new
// clickhouse-go asks differently, its handshake would take the engine's real revision and misread
// every block; TestSelectOne then sees a revision other than 0.
func TestHello(t *testing.T) {
	e := start(t)
	got := ask(t, e, "POST", "/?default_format=Native", "SELECT displayName(), version(), revision(), timezone()")
	if got.status != 200 || !strings.HasPrefix(got.body, "\x04\x01\x0ddisplayName()\x06String\x08gapwatch") {
		t.Errorf("%d %q", got.status, got.body)
	}
	got = ask(t, e, "POST", "/", "SELECT displayName(), version(), revision(), timezone()", asOwner)
	if got.status != 200 || strings.Contains(got.body, "gapwatch") {
		t.Errorf("for people the engine answers: %d %q", got.status, got.body)
	}
}

func TestCutInsertStoresNothing(t *testing.T) {
	e := start(t)
	name, conn := database(t, e)
	mustExec(t, conn, "CREATE TABLE cut (x UInt64) ENGINE = MergeTree ORDER BY x")
	ctx, cancel := context.WithCancel(context.Background())
	body, feed := io.Pipe()
	req, err := http.NewRequestWithContext(ctx, "POST", "http://"+e.ClickHouseAddr()+"/?database="+name+"&query="+url.QueryEscape("INSERT INTO cut FORMAT TSV"), body)
	if err != nil {
		t.Fatal(err)
	}
	asOwner(req)
	go func() {
		for range 1000 {
			_, _ = feed.Write([]byte("1\n2\n3\n"))
		}
		cancel()
		_ = feed.CloseWithError(context.Canceled) // the client waits for its body to end before it gives up
	}()
	if resp, err := http.DefaultClient.Do(req); err == nil {
		_ = resp.Body.Close()
		t.Error("answered", resp.Status)
	}
	time.Sleep(300 * time.Millisecond)
	if n := count(t, conn, "SELECT count() FROM cut"); n != 0 {
		t.Errorf("%d rows of an insert that was cut off", n)
	}
}
