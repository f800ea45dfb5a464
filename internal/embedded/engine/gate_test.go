package engine

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gapwatch/gapwatch/internal/embedded/chdb"
)

// TestGate sends generated statements through the same steps as a stranger's request, and asks others than the gate
// whether it was right about those that it let through:
//   - the engine's grants: run with the stranger's role, an admitted statement is never denied a table;
//   - canaries: run without the role, so that nothing but the gate stood before it, neither its answer nor any error
//     contains what private tables, a file and the data directory's name hold.
//
// To know that the statements bite, one refused in ten is run without the gate: many must show the canary then.
//
// GAPWATCH_GATE_STATEMENTS sets how many, GAPWATCH_GATE_SEED where they begin.
func TestGate(t *testing.T) {
	e := testEngine(t)
	statements, seed := number(t, "GAPWATCH_GATE_STATEMENTS", 2000), number(t, "GAPWATCH_GATE_SEED", 1)
	g := &generator{Rand: rand.New(rand.NewPCG(uint64(seed), 7)), file: filepath.Join(os.Getenv(testDir), "secret.txt")}
	if g.harmless = 25; statements > 10000 {
		g.harmless = 5
	}
	alone := withoutRole(t, e)
	defer func() { alone.Close() }()
	held, err := e.connectStranger(poolKey{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { held.Close() }()

	var harmless, harmlessPassed, hostile, hostilePassed, failed, sampled, bite int
	began := time.Now()
	sum := func(n int) string {
		return fmt.Sprintf("seed %d: %d statements in %s; %d hostile, of which %d read public tables only and passed; %d harmless, %d passed; %d failed while running; without the gate %d of %d refused would have shown what is private",
			seed, n, time.Since(began).Round(time.Second), hostile, hostilePassed, harmless, harmlessPassed, failed, bite, sampled)
	}
	for i := range statements {
		if i > 0 && i%20000 == 0 {
			t.Log(sum(i))
		}
		values := g.statement()
		passed, outcome := tryStatement(t, e, &alone, &held, values)
		switch {
		case g.hostile:
			hostile++
			hostilePassed += passed
			if passed == 0 && (sampled < 500 && hostile%10 == 0 || hostile%200 == 0) {
				sampled++
				if bites(t, e, values) {
					bite++
				}
			}
		default:
			harmless++
			harmlessPassed += passed
			if passed == 0 && testing.Verbose() && harmless-harmlessPassed < 10 {
				t.Logf("refused a harmless one: %s\n%s", values.Get("query"), outcome)
			}
		}
		if outcome != "" && passed == 1 {
			failed++
		}
		if t.Failed() {
			t.Fatalf("seed %d, statement %d: %v", seed, harmless+hostile, values)
		}
	}
	t.Log(sum(statements))
	if bite*50 < sampled {
		t.Errorf("only %d of %d refused statements would have done harm: the attack is too weak to prove anything", bite, sampled)
	}
	if harmlessPassed*100 < harmless*90 {
		t.Errorf("%d of %d harmless statements passed: the gate is closed", harmlessPassed, harmless)
	}
}

// tryStatement returns 1 when the gate let a request through, and what was said instead of an answer.
func tryStatement(t *testing.T, e *Engine, alone, held **chdb.Conn, values url.Values) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, "/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.URL.RawQuery = values.Encode()
	req, err := parse(r, stranger)
	if err == nil {
		req.sql, err = e.gate.admit(*alone, req.tag, req.sql, req.params)
	}
	if err != nil {
		if text := req.tell(err).Error(); strings.Contains(text, canary) {
			t.Errorf("the refusal tells of the canary: %s", text)
		} else {
			return 0, text
		}
		return 0, ""
	}
	outcome := ""
	for _, conn := range []**chdb.Conn{alone, held} {
		result, err := (*conn).Query(req.tag+req.sql, req.format, req.params...)
		if err == nil {
			if strings.Contains(string(result.Bytes()), canary) {
				t.Errorf("the answer holds the canary: %.300s", result.Bytes())
			}
			result.Close()
			continue
		}
		outcome = err.Error()
		if e := (*chdb.Error)(nil); errors.As(err, &e) && (e.Code == 497 || e.Code == codeReadOnly) {
			t.Errorf("the gate let through what the engine denies: %s", err)
		}
		if strings.Contains(req.tell(err).Error(), canary) {
			t.Errorf("the error tells of the canary: %s", err)
		}
		if conn == alone {
			renew(t, e, alone)
			continue
		}
		(*conn).Close()
		if *conn, err = e.connectStranger(poolKey{}); err != nil {
			t.Fatal(err)
		}
	}
	return 1, outcome
}

// bites runs a refused statement without gate and role, and tells whether its answer holds the canary.
func bites(t *testing.T, e *Engine, values url.Values) bool {
	t.Helper()
	conn := withoutRole(t, e)
	defer conn.Close()
	var params []chdb.Param
	for name := range values {
		if param, ok := strings.CutPrefix(name, "param_"); ok {
			params = append(params, chdb.Param{Name: param, Value: values.Get(name)})
		}
	}
	result, err := conn.Query(values.Get("query"), "TSV", params...)
	if err != nil {
		return strings.Contains(err.Error(), canary)
	}
	defer result.Close()
	return strings.Contains(string(result.Bytes()), canary)
}

// renew opens a connection in the place of one on which a statement failed, as the pool does: its next output would
// begin with what was written before the error.
func renew(t *testing.T, e *Engine, conn **chdb.Conn) {
	t.Helper()
	(*conn).Close()
	*conn = withoutRole(t, e)
}

func number(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}
