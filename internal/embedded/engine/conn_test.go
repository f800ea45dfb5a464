package engine

import "testing"

// TestFailedConnection: after a statement that failed halfway, libchdb 26.7 begins the next output of the connection
// with what the failed one had written. Nobody gets such a connection again.
func TestFailedConnection(t *testing.T) {
	e := testEngine(t)
	p := newPool(e.connect, poolLimits{running: 1, waiting: noLimit, idle: 1})
	defer p.close()
	for range 3 {
		conn, err := p.acquire(t.Context(), poolKey{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Query("SELECT 'left over' FROM numbers(10) WHERE throwIf(number = 9) = 0 SETTINGS max_block_size = 1", "JSON"); err == nil {
			t.Fatal("did not fail")
		}
		p.release(poolKey{}, conn, true)
		if conn, err = p.acquire(t.Context(), poolKey{}); err != nil {
			t.Fatal(err)
		}
		result, err := conn.Query("SELECT 1", "TSV")
		if err != nil {
			t.Fatal(err)
		}
		if got := string(result.Bytes()); got != "1\n" {
			t.Errorf("an answer holds another statement's output: %q", got)
		}
		result.Close()
		p.release(poolKey{}, conn, true)
	}
}
