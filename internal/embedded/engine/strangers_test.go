package engine

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gapwatch/gapwatch/internal/embedded/chdb"
)

// TestFunctions holds the list against the engine: no name on it is unknown, none means something else in another
// case, and nothing of the kinds that its heading names is on it.
func TestFunctions(t *testing.T) {
	e := testEngine(t)
	list := readFunctions(functionList)
	result, err := e.root.Query("SELECT name FROM system.functions", "TSVRaw")
	if err != nil {
		t.Fatal(err)
	}
	known := strings.Fields(string(result.Bytes()))
	result.Close()
	lower := make(map[string]bool)
	written := strings.Fields(functionList)
	for _, name := range known {
		lower[strings.ToLower(name)] = true
		if list.has(name) && !slices.Contains(written, name) {
			if base := regexp.MustCompile(`(?i)(if|array|foreach|distinct|ordefault|ornull|map|argmin|argmax)+$`).ReplaceAllString(name, ""); !list.has(base) {
				t.Errorf("%s is allowed although it is not written on the list", name)
			}
		}
	}
	forms := []string{"_cast", "nested", "exists", "untuple", "lambda", "grouping", "groupingforrollup", "groupingforcube", "groupingforgroupingsets", "groupingordinary"}
	for name := range list {
		if !lower[name] && !slices.Contains(forms, name) {
			t.Errorf("%s is not a function of this engine", name)
		}
	}
	for _, name := range []string{
		"file", "FILE", "dictGet", "dictGetOrDefault", "joinGet", "hasColumnInTable", "sleep", "sleepEachRow", "throwIf", "getSetting", "getMacro", "getServerSetting", "hostName", "hostname", "FQDN",
		"displayName", "tcpPort", "serverUUID", "filesystemAvailable", "arrayReduce", "arrayReduceInRanges", "initializeAggregation", "finalizeAggregation", "formatRow", "formatRowNoNewline",
		"addressToLine", "demangle", "logTrace", "catboostEvaluate", "naiveBayesClassifier", "aiGenerate", "encrypt", "decrypt", "currentRoles", "currentProfiles", "getClientHTTPHeader", "showCertificate",
		"editDistance", "multiFuzzyMatchAny", "sumState", "sumMerge", "sumSimpleState", "flameGraph", "groupFormat", "globalVariable", "queryID", "transactionID", "zookeeperSessionUptime", "evalMLMethod", "chdb", "sleepIf", "fileIf",
	} {
		if list.has(name) {
			t.Errorf("%s is allowed", name)
		}
	}
	for _, name := range []string{"sumIf", "countIf", "groupUniqArrayArray", "avgOrNull", "quantilesIf", "SUM", "Substring", "uniqExactIfOrNull", "maxMap"} {
		if !list.has(name) {
			t.Errorf("%s is not allowed", name)
		}
	}
}

// TestViewsStayWhole: a stranger's condition runs after the view's own, so that its failure on a row says nothing
// about rows that the view leaves out.
func TestViewsStayWhole(t *testing.T) {
	e := testEngine(t)
	conn, err := e.connectStranger(poolKey{})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, sql := range []string{
		"SELECT n FROM g.shown WHERE intDiv(1, 2 - n) < 9", "SELECT n FROM (SELECT * FROM g.shown) WHERE intDiv(1, 2 - n) < 9", "SELECT sum(n) FROM g.shown GROUP BY intDiv(1, 2 - n)",
		"SELECT n FROM g.shown WHERE n IN (SELECT n FROM g.shown WHERE intDiv(1, 2 - n) < 9)", "SELECT a.n FROM g.shown a JOIN g.shown b ON a.n = b.n WHERE intDiv(1, 2 - b.n) < 9",
	} {
		if err := conn.Exec(sql); err != nil {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

func TestTell(t *testing.T) {
	const sql = "SELECT 'a/b/c' FROM x"
	for _, test := range []struct{ text, want string }{
		{"Code: 60. DB::Exception: Unknown table x in a/b/c. (UNKNOWN_TABLE)", "Unknown table x in a/b/c"},
		{"Code: 62. DB::Exception: Syntax error in /var/lib/data/store/x. (SYNTAX_ERROR)", "The statement failed. (ERROR)"},
		{"Code: 117. DB::Exception: root:x:0:0. (INCORRECT_DATA)", "the operator of this machine"},
		{"Code: 76. DB::Exception: Cannot open file. (CANNOT_OPEN_FILE)", "the operator of this machine"},
		{"no code: /etc/passwd", "the operator of this machine"},
	} {
		if got := tell(chdb.NewError(test.text), sql).Error(); !strings.Contains(got, test.want) || strings.Contains(got, "/var/") {
			t.Errorf("%s: told %s", test.text, got)
		}
	}
	if got := tell(chdb.NewError("Code: 62. DB::Exception: "+strings.Repeat("技", 100000)), sql).Error(); len(got) > maxTold+10 {
		t.Errorf("told %d bytes", len(got))
	}
}

// TestPoolLimits: a query that finds the queue full is refused at once, and one that waits too long is refused later.
func TestPoolLimits(t *testing.T) {
	p := newPool(nil, poolLimits{running: 1, waiting: 1, wait: 50 * time.Millisecond})
	if err := p.enter(t.Context()); err != nil {
		t.Fatal(err)
	}
	waited := make(chan error)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { waited <- p.enter(ctx) }()
	for p.waitingNow() == 0 {
		time.Sleep(time.Millisecond)
	}
	if err := p.enter(t.Context()); !errors.Is(err, errPoolBusy) {
		t.Errorf("a second one that waits: %v", err)
	}
	if err := <-waited; !errors.Is(err, errPoolBusy) {
		t.Errorf("one that waited for too long: %v", err)
	}
	cancel()
	<-p.slots
	if err := p.enter(t.Context()); err != nil {
		t.Errorf("a free slot: %v", err)
	}
}

func (p *pool) waitingNow() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.waiting
}

// FuzzShow holds that what show recognises is written anew from plain names.
func FuzzShow(f *testing.F) {
	for _, seed := range []string{"SHOW TABLES", "DESC TABLE `g` . \"series\"", "SHOW CREATE TABLE g.series;", "EXISTS alerts", "SHOW TABLES FROM system -- x", "DESCRIBE file('x')", "desc `a\\x70i_keys`"} {
		f.Add(seed)
	}
	g := newGate(Config{Database: "g", Public: []string{"series", "alerts"}})
	safe := regexp.MustCompile("^(?:SHOW (?:DATABASES|TABLES|TABLES FROM `\\w+`)|(?:SHOW CREATE TABLE|DESCRIBE TABLE|EXISTS TABLE) `g`\\.`(?:series|alerts)`)$")
	f.Fuzz(func(t *testing.T, sql string) {
		if text, ok := g.show(sql); ok && !safe.MatchString(text) {
			t.Fatalf("%q became %q", sql, text)
		}
	})
}

// FuzzStrangerRequest holds that whatever a stranger sends, only listed settings and formats and a short statement
// reach the engine.
func FuzzStrangerRequest(f *testing.F) {
	f.Add("query=SELECT+1", "", "")
	f.Add("query=SELECT+1&format_template_row=/etc/passwd", " FORMAT Template", "identity")
	f.Add("param_x=1&final=1&output_format_json_quote_64bit_integers=0", "SELECT {x:UInt8} FORMAT JSON;", "")
	f.Add("compress=1&decompress=1", "\x00", "")
	f.Add("default_format=Template&database=default", "INSERT INTO t FORMAT TSV\n1", "gzip")
	setting := regexp.MustCompile(`^([a-z0-9_]+) = '[A-Za-z0-9_.,;|\\ -]*'$`)
	f.Fuzz(func(t *testing.T, query, body, encoding string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(body))
		r.URL.RawQuery = query
		r.Header.Set("Content-Encoding", encoding)
		req, err := parse(r, stranger)
		if !req.stranger {
			t.Fatal("not a stranger's request")
		}
		if err != nil {
			return
		}
		if !strangerFormats[strings.ToLower(req.format)] || len(req.sql) > strangerStatement || req.sql == "" || req.insert != nil || req.key.database == "default" || len(req.params) > strangerParams {
			t.Fatalf("%+v", req)
		}
		for s := range strings.SplitSeq(req.key.settings, "', ") {
			if s = strings.TrimSuffix(s, "'"); s == "" {
				continue
			}
			if m := setting.FindStringSubmatch(s + "'"); m == nil || !slices.Contains(strangerOutput, m[1]) {
				t.Fatalf("setting %q", s)
			}
		}
	})
}
