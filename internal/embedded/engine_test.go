package embedded

import (
	"context"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/google/go-cmp/cmp"
)

func TestSelectOne(t *testing.T) {
	conn := open(t, start(t))
	var n uint8
	if err := conn.QueryRow(context.Background(), "SELECT 1").Scan(&n); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	if err := conn.Ping(context.Background()); err != nil {
		t.Fatal(err)
	}
	version, err := conn.ServerVersion()
	if err != nil {
		t.Fatal(err)
	}
	if version.Revision != 0 || version.Version.Major < 26 || version.DisplayName != "gapwatch" {
		t.Errorf("handshake: %+v", version)
	}
}

type record struct {
	ID       uint64            `ch:"id"`
	Name     string            `ch:"name"`
	Kind     string            `ch:"kind"`
	Skills   []string          `ch:"skills"`
	Salary   *float64          `ch:"salary"`
	Day      time.Time         `ch:"day"`
	At       time.Time         `ch:"at"`
	Evidence map[string]uint32 `ch:"evidence"`
	Tier     string            `ch:"tier"`
	Live     bool              `ch:"live"`
	Hash     [16]byte          `ch:"hash"`
	Nested   [][]string        `ch:"nested"`
	Tuple    []any             `ch:"pair"`
}

func TestTypesRoundTrip(t *testing.T) {
	_, conn := database(t, start(t))
	mustExec(t, conn, `CREATE TABLE r (id UInt64, name String, kind LowCardinality(String), skills Array(LowCardinality(String)),
		salary Nullable(Float64), day Date, at DateTime64(3, 'Asia/Shanghai'), evidence Map(String, UInt32),
		tier Enum8('领军' = 1, '骨干' = 2, '后备' = 3), live Bool, hash FixedString(16), nested Array(Array(String)), pair Tuple(UInt8, String))
		ENGINE = MergeTree ORDER BY id`)
	salary := 12.5
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	want := []record{
		{ID: 1, Name: "大模型\x00工程师'\\\n", Kind: "posting", Skills: []string{"Go", "强化学习"}, Salary: &salary,
			Day: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), At: time.Date(2026, 3, 1, 9, 30, 0, 5e6, shanghai),
			Evidence: map[string]uint32{"a": 1}, Tier: "骨干", Live: true, Hash: [16]byte{1, 0, 255}, Nested: [][]string{{"x"}, {}}, Tuple: []any{uint8(3), "z"}},
		{ID: 2, Kind: "posting", Skills: []string{}, Day: time.Date(1970, 1, 2, 0, 0, 0, 0, time.UTC), At: time.Unix(0, 0).In(shanghai), Evidence: map[string]uint32{}, Tier: "后备", Nested: [][]string{}, Tuple: []any{uint8(0), ""}},
	}
	batch, err := conn.PrepareBatch(context.Background(), "INSERT INTO r")
	if err != nil {
		t.Fatal(err)
	}
	for i := range want {
		w := &want[i]
		if err := batch.Append(w.ID, w.Name, w.Kind, w.Skills, w.Salary, w.Day, w.At, w.Evidence, w.Tier, w.Live, string(w.Hash[:]), w.Nested, w.Tuple); err != nil {
			t.Fatal(err)
		}
	}
	if err := batch.Send(); err != nil {
		t.Fatal(err)
	}
	rows, err := conn.Query(context.Background(), "SELECT * FROM r ORDER BY id")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var got []record
	for rows.Next() {
		var r record
		var hash string
		var pair []any
		if err := rows.Scan(&r.ID, &r.Name, &r.Kind, &r.Skills, &r.Salary, &r.Day, &r.At, &r.Evidence, &r.Tier, &r.Live, &hash, &r.Nested, &pair); err != nil {
			t.Fatal(err)
		}
		copy(r.Hash[:], hash)
		r.Tuple = pair
		got = append(got, r)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestParametersAndDatabase(t *testing.T) {
	name, conn := database(t, start(t))
	ctx := context.Background()
	var db, s string
	var n int64
	if err := conn.QueryRow(ctx, "SELECT currentDatabase(), {s:String}, {n:Int64}",
		clickhouse.Named("s", "it's \t\\ 技能"), clickhouse.Named("n", int64(-5))).Scan(&db, &s, &n); err != nil {
		t.Fatal(err)
	}
	if db != name || s != "it's \t\\ 技能" || n != -5 {
		t.Errorf("got %q %q %d", db, s, n)
	}
	var threads string
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"max_threads": 3}))
	if err := conn.QueryRow(ctx, "SELECT toString(getSetting('max_threads'))").Scan(&threads); err != nil || threads != "3" {
		t.Errorf("setting: %q %v", threads, err)
	}
	ctx = clickhouse.Context(context.Background(), clickhouse.WithSettings(clickhouse.Settings{"no_such_setting": 1}))
	if err := conn.Exec(ctx, "SELECT 1"); exceptionCode(err) != 115 {
		t.Errorf("unknown setting: %v", err)
	}
	other := open(t, start(t), func(o *clickhouse.Options) { o.Auth.Database = "not_there" })
	if err := other.Ping(context.Background()); exceptionCode(err) != 81 {
		t.Errorf("unknown database: %v", err)
	}
	if err := conn.Exec(context.Background(), "SELECT * FROM no_table"); exceptionCode(err) != 60 {
		t.Errorf("unknown table: %v", err)
	}
}

func TestStreamLargeResult(t *testing.T) {
	conn := open(t, start(t))
	rows, err := conn.Query(context.Background(), "SELECT number, repeat('x', 100) FROM numbers(300000)")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var n, sum uint64
	for rows.Next() {
		var v uint64
		var s string
		if err := rows.Scan(&v, &s); err != nil {
			t.Fatal(err)
		}
		n, sum = n+1, sum+v
	}
	if err := rows.Err(); err != nil || n != 300000 || sum != 44999850000 {
		t.Fatal(n, sum, err)
	}
}

func TestErrorInTheMiddle(t *testing.T) {
	conn := open(t, start(t))
	rows, err := conn.Query(context.Background(), "SELECT number, throwIf(number = 200000) FROM numbers(300000) SETTINGS max_block_size = 10000, max_threads = 1")
	n := 0
	if err == nil {
		for rows.Next() {
			n++
		}
		err = rows.Err()
		_ = rows.Close()
	}
	if exceptionCode(err) != 395 || n == 0 {
		t.Fatalf("%d rows, %v", n, err)
	}
}

func TestEmptyResultAndManyStatements(t *testing.T) {
	conn := open(t, start(t))
	rows, err := conn.Query(context.Background(), "SELECT number FROM numbers(10) WHERE number > 100")
	if err != nil {
		t.Fatal(err)
	}
	if rows.Next() || rows.Err() != nil {
		t.Error("rows in an empty result", rows.Err())
	}
	_ = rows.Close()
	if err := conn.Exec(context.Background(), "SELECT 1; SELECT 2"); exceptionCode(err) != 62 {
		t.Errorf("two statements: %v", err)
	}
	if err := conn.Exec(context.Background(), "SELEC 1"); exceptionCode(err) != 62 {
		t.Errorf("syntax: %v", err)
	}
}

func TestDeduplicationToken(t *testing.T) {
	_, conn := database(t, start(t))
	mustExec(t, conn, "CREATE TABLE d (id UInt64) ENGINE = MergeTree ORDER BY id SETTINGS non_replicated_deduplication_window = 100")
	insert := func(token string, id uint64) {
		t.Helper()
		ctx := clickhouse.Context(context.Background(), clickhouse.WithSettings(clickhouse.Settings{"insert_deduplication_token": token}))
		batch, err := conn.PrepareBatch(ctx, "INSERT INTO d (id)")
		if err != nil {
			t.Fatal(err)
		}
		if err := batch.Append(id); err != nil {
			t.Fatal(err)
		}
		if err := batch.Send(); err != nil {
			t.Fatal(err)
		}
	}
	insert("e1/postings.v1/0/0-9", 1)
	insert("e1/postings.v1/0/0-9", 2) // other rows, same token: the token decides
	insert("e1/postings.v1/0/10-19", 1)
	if n := count(t, conn, "SELECT count() FROM d"); n != 2 {
		t.Errorf("%d rows, want 2", n)
	}
}

func TestReplacingMutationsAndInsertSelect(t *testing.T) {
	_, conn := database(t, start(t))
	mustExec(t, conn, "CREATE TABLE f (id UInt64, v UInt32, version UInt64) ENGINE = ReplacingMergeTree(version) ORDER BY id")
	mustExec(t, conn, "INSERT INTO f VALUES (1, 10, 1), (2, 20, 1)")
	mustExec(t, conn, "INSERT INTO f (id, v, version) VALUES (1, 11, 2)")
	if n := count(t, conn, "SELECT sum(v) FROM f FINAL"); n != 31 {
		t.Errorf("FINAL: %d", n)
	}
	mustExec(t, conn, "CREATE TABLE g (id UInt64, v UInt64) ENGINE = MergeTree ORDER BY id")
	mustExec(t, conn, "INSERT INTO g SELECT id, v FROM f FINAL WHERE id < {max:UInt64}", clickhouse.Named("max", uint64(3)))
	mustExec(t, conn, "ALTER TABLE g DELETE WHERE id = 1 SETTINGS mutations_sync = 2")
	mustExec(t, conn, "DELETE FROM g WHERE id = 7")
	mustExec(t, conn, "OPTIMIZE TABLE f FINAL")
	if n := count(t, conn, "SELECT sum(v) FROM g"); n != 20 {
		t.Errorf("after delete: %d", n)
	}
	if n := count(t, conn, "SELECT count() FROM system.parts WHERE database = currentDatabase() AND active"); n == 0 {
		t.Error("no parts in system.parts")
	}
}
