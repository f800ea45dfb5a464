package embedded

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// long is a statement that only a limit or the end of its request ends.
const long = "SELECT count() FROM numbers(40000000) WHERE NOT ignore(arrayMap(x -> sipHash64(x, number), range(200)))"

// TestStrangersHaveTheirOwnSlots: fifty long statements without credentials delay no one else, and those
// beyond the strangers' own slots are sent away.
func TestStrangersHaveTheirOwnSlots(t *testing.T) {
	e := start(t)
	conn := open(t, e)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var wg sync.WaitGroup
	answers := make(chan *http.Response, 50)
	for range 50 {
		wg.Go(func() {
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+e.ClickHouseAddr()+"/", strings.NewReader(long))
			if err != nil {
				t.Error(err)
				return
			}
			if resp, err := http.DefaultClient.Do(req); err == nil {
				_ = resp.Body.Close()
				answers <- resp
			}
		})
	}
	// Two run and sixteen wait; the others are answered at once, while those still run.
	for range 50 - 2 - 16 {
		if resp := <-answers; resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" {
			t.Errorf("answered %s, Retry-After %q", resp.Status, resp.Header.Get("Retry-After"))
		}
	}
	for range 60 { // more than the pool has slots
		if n := count(t, conn, "SELECT toUInt64(1)"); n != 1 {
			t.Fatal(n)
		}
	}
	if n := count(t, conn, "SELECT count() FROM system.processes WHERE query LIKE '%sipHash64(x, number)%' AND query NOT LIKE '%system.processes%'"); n == 0 || n > 2 {
		t.Errorf("%d statements of strangers run, want 1 or 2", n)
	}
	cancel()
	wg.Wait()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if got := ask(t, e, http.MethodPost, "/", "SELECT 1"); got.body == "1\n" {
			return
		} else if time.Now().After(deadline) {
			t.Fatalf("no stranger is served any more: %s", got.body)
		}
	}
}

// TestSettingsAndFormats: what is not on the lists for strangers is refused, and so not read by the engine.
func TestSettingsAndFormats(t *testing.T) {
	e := start(t)
	for _, query := range []string{
		"?format_template_row=%2Fetc%2Fpasswd&default_format=Template", "?format_schema=%2Fetc%2Fpasswd:x", "?default_format=Template", "?default_format=Protobuf",
		"?additional_table_filters=x", "?allow_introspection_functions=1", "?enable_analyzer=0", "?dialect=prql", "?implicit_select=1", "?session_timezone=..%2Fetc", "?nothing=1",
		"?output_format_json_quote_64bit_integers=%27x", "?decompress=1",
	} {
		if got := ask(t, e, http.MethodPost, "/"+query, "SELECT 1"); got.status == http.StatusOK || strings.Contains(got.body, "root:") {
			t.Errorf("%s: %d %s", query, got.status, got.body)
		}
	}
	for _, sql := range []string{"SELECT 1 FORMAT Template SETTINGS format_template_row = '/etc/passwd'", "SELECT 1 FORMAT SQLInsert", "SELECT 1 FORMAT Template"} {
		if got := ask(t, e, http.MethodPost, "/", sql); got.status == http.StatusOK || strings.Contains(got.body, "root:") {
			t.Errorf("%s: %d %s", sql, got.status, got.body)
		}
	}
	got := ask(t, e, http.MethodPost, "/?output_format_json_quote_64bit_integers=1&max_execution_time=0&max_memory_usage=0&readonly=0", "SELECT toUInt64(1) AS x FORMAT JSONEachRow")
	if got.body != "{\"x\":\"1\"}\n" {
		t.Errorf("a setting of the output: %s", got.body)
	}
}

// TestCostOfErrors: an error is not much longer than what caused it.
func TestCostOfErrors(t *testing.T) {
	e := start(t)
	for _, sql := range []string{
		"SELECT " + strings.Repeat("x, ", 15000) + "1", strings.Repeat("(", 60000), "SELECT '" + strings.Repeat("\\", 50000), "SELECT * FROM `" + strings.Repeat("技", 15000) + "`",
		"SELECT " + strings.Repeat("f(", 5000), "SELECT 1 FORMAT " + strings.Repeat("x", 60000), strings.Repeat("x", 70000),
	} {
		if got := ask(t, e, http.MethodPost, "/", sql); got.status == http.StatusOK || len(got.body) > 2*len(sql) {
			t.Errorf("%d bytes were answered %d with %d bytes", len(sql), got.status, len(got.body))
		}
	}
}

// TestBigAnswers: an answer ends at a limit, however it was multiplied.
func TestBigAnswers(t *testing.T) {
	e := start(t)
	name := strings.Repeat("n", 500)
	for _, sql := range []string{
		"SELECT repeat('x', 100000) FROM numbers(100000) FORMAT TSV", "SELECT repeat('x', 100000) FROM numbers(100000) FORMAT JSON", "SELECT number AS `" + name + "` FROM numbers(190000) FORMAT JSONEachRow",
		"SELECT number AS `" + name + "` FROM numbers(190000) FORMAT Vertical", "SELECT number AS `" + name + "`, * FROM numbers(190000) FORMAT XML", "SELECT range(100000) FROM numbers(100000)",
		"SELECT * FROM numbers(1000000000)", "SELECT number AS `" + name + name + "` FROM numbers(3)",
	} {
		resp, err := http.Post("http://"+e.ClickHouseAddr()+"/", "", strings.NewReader(sql))
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		if err != nil || n > 72<<20 {
			t.Errorf("%.80s: %s, %d bytes, %v", sql, resp.Status, n, err)
		}
		t.Logf("%.60s: %s, %d bytes", sql, resp.Status, n)
	}
}

// TestIdleConnections: connections beyond the limit are closed at once, and the port outlives them.
func TestIdleConnections(t *testing.T) {
	e := start(t)
	var conns []net.Conn
	closeAll := func() {
		for _, c := range conns {
			_ = c.Close()
		}
	}
	defer closeAll()
	for range 300 {
		c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", e.ClickHouseAddr())
		if err != nil {
			t.Fatal(err)
		}
		conns = append(conns, c)
	}
	closed := 0
	for _, c := range conns {
		_ = c.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
		if _, err := c.Read(make([]byte, 1)); !isTimeout(err) {
			closed++
		}
	}
	if closed < 300-128 {
		t.Errorf("%d of 300 connections were closed, want %d at least", closed, 300-128)
	}
	closeAll()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		err := ping(client, e.ClickHouseAddr())
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the port does not answer any more: ", err)
		}
	}
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

func ping(client *http.Client, address string) error {
	resp, err := client.Get("http://" + address + "/ping")
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("answered %s", resp.Status)
	}
	return nil
}
