//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/gapwatch/gapwatch/internal/embedded"
	"github.com/gapwatch/gapwatch/internal/httpd/apitest"
)

// fetchText asks an address and returns what it answered.
func fetchText(t *testing.T, method, address, key, body string) (status int, text string, header http.Header) {
	t.Helper()
	a, err := apitest.At(t, "").Try(method, address, key, body)
	if err != nil {
		return 0, err.Error(), nil
	}
	return a.Status, string(a.Body), a.Header
}

// tryQuery is query where the table may be the one that is damaged.
func tryQuery(t *testing.T, dir, sql string) (string, bool) {
	t.Helper()
	q := url.Values{"database": {"gapwatch"}, "default_format": {"TSV"}}
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, "http://"+embedded.ClickHouseName+"/?"+q.Encode(), strings.NewReader(sql))
	if err != nil {
		t.Fatal(err)
	}
	client := engine(dir)
	defer client.CloseIdleConnections()
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return strings.TrimSpace(string(body)), err == nil && res.StatusCode == http.StatusOK
}

// copyOf copies a stopped data directory.
func copyOf(t *testing.T, dir string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "data")
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

// cutLog takes every message but the last out of postings.v1, as retention does in time.
func cutLog(t *testing.T, dir string) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(embedded.KafkaName), kgo.Dialer(embedded.At(dir).DialKafka))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	req := kmsg.NewPtrDeleteRecordsRequest()
	topic := kmsg.NewDeleteRecordsRequestTopic()
	topic.Topic = "postings.v1"
	for p := range int32(4) {
		end := query(t, dir, fmt.Sprintf("SELECT max(last) FROM batches WHERE topic = 'postings.v1' AND partition = %d", p))[0][0]
		part := kmsg.NewDeleteRecordsRequestTopicPartition()
		part.Partition = p
		if _, err := fmt.Sscan(end, &part.Offset); err != nil {
			t.Fatal(err)
		}
		topic.Partitions = append(topic.Partitions, part)
	}
	req.Topics, req.TimeoutMillis = append(req.Topics, topic), 10_000
	res, err := req.RequestWith(t.Context(), client)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range res.Topics {
		for _, p := range r.Partitions {
			if p.ErrorCode != 0 {
				t.Fatalf("cut the log of partition %d: code %d", p.Partition, p.ErrorCode)
			}
		}
	}
}

// attackKafka: the broker dies beneath serve, then the store, and both come back.
func attackKafka(t *testing.T, v *victim) string {
	dirs := [2]string{filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "data")}
	var cfg [2]string
	var kafka, clickhouse [2]string
	p, owner := v.p, v.p
	owner.env = []string{"GAPWATCH_EMBEDDED_USER=stages", "GAPWATCH_EMBEDDED_PASSWORD=of-this-test"}
	for i := range dirs {
		kafka[i], clickhouse[i] = fmt.Sprintf("127.0.0.1:%d", freePort(t)), fmt.Sprintf("127.0.0.1:%d", freePort(t))
		cfg[i] = writeConfig(t, fmt.Sprintf("embedded: {kafka: {listen: '%s'}, clickhouse: {listen: '%s'}}\n", kafka[i], clickhouse[i]))
	}
	open := func(i int) *process {
		proc := owner.start(t, "store", "--config", cfg[i], "--data", dirs[i])
		proc.ready(t, "kafka ")
		return proc
	}
	broker, store := open(0), open(1)
	// serve takes its broker from the one and its store from the other
	p.env = []string{"GAPWATCH_KAFKA_USER=stages", "GAPWATCH_KAFKA_PASSWORD=of-this-test", "GAPWATCH_CLICKHOUSE_USER=stages", "GAPWATCH_CLICKHOUSE_PASSWORD=of-this-test"}
	both := writeConfig(t, fmt.Sprintf("http: {listen: '127.0.0.1:0'}\nkafka: {brokers: ['%s']}\nclickhouse: {addr: ['%s']}\n", kafka[0], clickhouse[1]))
	key, _, _ := p.run(t, 0, "key", "create", "--config", both, "--org", "Invented", "--role", "enterprise")
	words := strings.Fields(key)
	serve := p.start(t, "serve", "--config", both)
	base := "http://" + serve.ready(t, "http://")
	untilReady(t, serve, base, true, "")

	away := func(what string) {
		t.Helper()
		for _, ask := range []struct{ method, path, body string }{
			{http.MethodGet, "/", ""}, {http.MethodGet, "/skills/pytorch", ""}, {http.MethodGet, "/export/alerts.csv", ""}, {http.MethodGet, "/api/v1/alerts", ""},
			{http.MethodPost, "/api/v1/requests", `{"skill": "pytorch", "heads": 1, "region": "330100"}`},
		} {
			if what == "kafka" && ask.method == http.MethodGet {
				continue // reading needs no broker
			}
			status, body, header := fetchText(t, ask.method, base+ask.path, words[len(words)-1], ask.body)
			if status != http.StatusServiceUnavailable || header.Get("Retry-After") == "" || strings.Contains(body, "127.0.0.1") {
				t.Errorf("%s away: %s %s answers %d, Retry-After %q: %.300s", what, ask.method, ask.path, status, header.Get("Retry-After"), body)
			}
		}
		if status, _, _ := fetchText(t, http.MethodGet, base+"/healthz", "", ""); status != http.StatusOK {
			t.Errorf("%s away: /healthz %d", what, status)
		}
	}
	broker.kill()
	untilReady(t, serve, base, false, `"name":"kafka","ready":false`)
	if body := untilReady(t, serve, base, false, `"name":"clickhouse","ready":true`); !strings.Contains(body, `"name":"disk","ready":true`) {
		t.Errorf("without Kafka: %s", body)
	}
	away("kafka")
	broker = open(0)
	untilReady(t, serve, base, true, "")
	store.kill()
	untilReady(t, serve, base, false, `"name":"clickhouse","ready":false`)
	away("store")
	store = open(1)
	untilReady(t, serve, base, true, "")
	for _, proc := range []*process{serve, store, broker} {
		proc.stop(t)
	}
	return "503 with the reason for each, pages and API 503 with Retry-After, ready again after"
}

// attackDisk: the disk fills beneath a running system, and then it is started on a full one.
func attackDisk(t *testing.T, v *victim) string {
	dir := filepath.Join(t.TempDir(), "data")
	var s syscall.Statfs_t
	if err := syscall.Statfs(t.TempDir(), &s); err != nil {
		t.Fatal(err)
	}
	free := int64(s.Bavail) * int64(s.Bsize)
	const step = 4 << 30
	if free < 2*step {
		t.Skipf("%d MiB are free here, too few to fill", free>>20)
	}
	cfg := writeConfig(t, fmt.Sprintf("http: {listen: '127.0.0.1:0'}\nembedded: {clickhouse: {min_free: %d}}\n", free-step))
	up := v.p.start(t, "up", "--config", cfg, "--data", dir)
	base := up.ready(t, "Gapwatch is ready: ")
	untilReady(t, up, base, true, "")
	ballast := filepath.Join(t.TempDir(), "ballast")
	f, err := os.Create(ballast)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := syscall.Fallocate(int(f.Fd()), 0, 0, step+step/2); err != nil {
		t.Skipf("this file system reserves no space: %v", err)
	}
	untilReady(t, up, base, false, "the disk of the store is full")
	up.stop(t)
	_, stderr, _ := v.p.run(t, 1, "up", "--config", cfg, "--data", dir)
	for _, word := range []string{"full", dir, fmt.Sprint((free - step) >> 20)} {
		if !strings.Contains(stderr, word) {
			t.Errorf("at the start it does not say %q: %s", word, tail(stderr))
		}
	}
	if strings.Contains(stderr, "in use") {
		t.Errorf("a full disk is called in use: %s", tail(stderr))
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	_ = f.Close()
	up = v.p.start(t, "up", "--config", cfg, "--data", dir)
	base = up.ready(t, "Gapwatch is ready: ")
	untilReady(t, up, base, true, "")
	up.stop(t)
	return "503 with the reason; at the start: full, where, and how much is needed; ready again after"
}

// attackRollUp: the aggregators stop, first all of them, then only the roll-up.
func attackRollUp(t *testing.T, v *victim) string {
	dir := filepath.Join(t.TempDir(), "data")
	text := "http: {listen: '127.0.0.1:0'}\nhealth: {rollup_late: 2s, lag_stuck: 2s}\n"
	cfg := writeConfig(t, text)
	idle := writeConfig(t, text+"aggregate: {rollup_quiet: 1h, rollup_latest: 2h}\n")
	store := v.p.start(t, "store", "--data", dir)
	store.ready(t, "kafka ")
	serve := v.p.start(t, "serve", "--config", cfg, "--data", dir)
	base := "http://" + serve.ready(t, "http://")
	untilReady(t, serve, base, true, "")
	v.p.run(t, 0, "import", "--data", dir, "--source", "invented", shortageDump(t))
	untilReady(t, serve, base, false, "messages wait to be aggregated")
	slow := v.p.start(t, "aggregate", "--config", idle, "--data", dir)
	untilReady(t, serve, base, false, "periods wait for their roll-up, the longest for ")
	slow.stop(t)
	good := v.p.start(t, "aggregate", "--config", cfg, "--data", dir)
	untilReady(t, serve, base, true, "")
	for _, proc := range []*process{good, serve, store} {
		proc.stop(t)
	}
	return "503 with how many wait and for how long, ready again after"
}
