package httpd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"github.com/gapwatch/gapwatch/internal/talent"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestConfigNamesTheSetting(t *testing.T) {
	for _, c := range []struct {
		change func(*Config)
		says   string
	}{
		{func(c *Config) { c.Listen = "8080" }, "http.listen"},
		{func(c *Config) { c.Listen = "localhost:http-alt" }, "http.listen"},
		{func(c *Config) { c.Listen = ":99999" }, "http.listen"},
		{func(c *Config) { c.TrustedProxies = []string{"10.0.0.1"} }, "http.trusted_proxies"},
		{func(c *Config) { c.MaxBodyBytes = 0 }, "http.max_body_bytes"},
		{func(c *Config) { c.ReadTimeout = 0 }, "http.read_timeout"},
	} {
		cfg := DefaultConfig()
		c.change(&cfg)
		if err := cfg.Validate(); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("error %v, want one about %s", err, c.says)
		}
	}
	if err := DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
}

// keys is a store of keys that counts its look-ups.
type keys struct {
	stored map[string]talent.APIKey
	asked  int
	err    error
}

func (k *keys) APIKey(_ context.Context, id string) (talent.APIKey, bool, error) {
	k.asked++
	key, ok := k.stored[id]
	return key, ok, k.err
}

func someKeys() *keys {
	return &keys{stored: map[string]talent.APIKey{
		"e1": {ID: "e1", Org: "o1", Role: talent.RoleEnterprise, Hash: HashSecret("s1")},
		"u1": {ID: "u1", Org: "o2", Role: talent.RoleUniversity, Hash: HashSecret("s2")},
		"x1": {ID: "x1", Org: "o1", Role: talent.RoleEnterprise, Hash: HashSecret("s3"), Revoked: true},
	}}
}

type server struct {
	*Server
	url  string
	log  *bytes.Buffer
	reg  *prometheus.Registry
	stop func() error
}

func serve(t *testing.T, handler http.Handler, change func(*Config)) *server {
	t.Helper()
	cfg := DefaultConfig()
	cfg.Listen = "127.0.0.1:0"
	if change != nil {
		change(&cfg)
	}
	s := &server{log: &bytes.Buffer{}, reg: prometheus.NewRegistry()}
	var err error
	if s.Server, err = New(cfg, handler, slog.New(slog.NewTextHandler(s.log, nil)), s.reg); err != nil {
		t.Fatal(err)
	}
	if err := s.Listen(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.url = "http://" + s.Addr()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	stopped := false
	s.stop = func() error {
		if stopped {
			return nil
		}
		stopped = true
		cancel()
		return <-done
	}
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func get(t *testing.T, url string, headers ...string) (*http.Response, string) {
	t.Helper()
	return do(t, "GET", url, nil, headers...)
}

func do(t *testing.T, method, url string, body io.Reader, headers ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(b)
}

func TestPortInUse(t *testing.T) {
	s := serve(t, http.NotFoundHandler(), nil)
	cfg := DefaultConfig()
	cfg.Listen = s.Addr()
	second, err := New(cfg, http.NotFoundHandler(), slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "in use") || !strings.Contains(err.Error(), s.Addr()) {
		t.Errorf("error %v", err)
	}
}

func TestAnswersUnderWayFinishAtShutdown(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(entered)
		<-leave
		if r.Context().Err() != nil {
			t.Error("the request's context ended with the server's")
		}
		_, _ = io.WriteString(w, "done")
	}), nil)
	body := make(chan string, 1)
	go func() {
		_, b := get(t, s.url)
		body <- b
	}()
	<-entered
	stopped := make(chan error, 1)
	go func() { stopped <- s.stop() }()
	for { // the listener is closed first
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.Addr())
		if err != nil {
			break
		}
		_ = conn.Close()
		time.Sleep(5 * time.Millisecond)
	}
	close(leave)
	if b := <-body; b != "done" {
		t.Errorf("answer %q", b)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

func TestAroundAHandler(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /nonce", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, Nonce(r.Context())) })
	mux.HandleFunc("GET /panic/{id}", func(http.ResponseWriter, *http.Request) { panic("secret detail") })
	mux.HandleFunc("POST /read", func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadAll(r.Body); err != nil {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
		}
	})
	s := serve(t, mux, func(c *Config) { c.MaxBodyBytes = 1024 })

	res, nonce := get(t, s.url+"/nonce?token=private")
	csp := res.Header.Get("Content-Security-Policy")
	if nonce == "" || !strings.Contains(csp, "script-src 'self' 'nonce-"+nonce+"'") || strings.Contains(csp, "script-src 'self' 'unsafe-inline'") {
		t.Errorf("nonce %q, policy %q", nonce, csp)
	}
	if _, second := get(t, s.url+"/nonce"); second == nonce {
		t.Error("the nonce was used twice")
	}
	for _, h := range []string{"X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy", "X-Request-Id"} {
		if res.Header.Get(h) == "" {
			t.Errorf("no %s", h)
		}
	}
	res, body := get(t, s.url+"/panic/7")
	if res.StatusCode != 500 || res.Header.Get("Content-Type") != "application/problem+json" || strings.Contains(body, "secret") || !strings.Contains(body, res.Header.Get("X-Request-Id")) {
		t.Errorf("panic: %d %s", res.StatusCode, body)
	}
	if res, _ := do(t, "POST", s.url+"/read", strings.NewReader(strings.Repeat("x", 2000))); res.StatusCode != 413 {
		t.Errorf("a body over the cap: %d", res.StatusCode)
	}
	get(t, s.url+"/nothing/here/4711")
	http.DefaultClient.CloseIdleConnections()
	if err := s.stop(); err != nil { // the log is complete
		t.Fatal(err)
	}
	log := s.log.String()
	for _, want := range []string{"path=/nonce", "status=200", "panic=\"secret detail\"", "status=500", "client=127.0.0.1"} {
		if !strings.Contains(log, want) {
			t.Errorf("log lacks %s:\n%s", want, log)
		}
	}
	if strings.Contains(log, "private") {
		t.Error("the log has a query string")
	}
	families, err := s.reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	counts := make(map[string]float64)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == "gapwatch_http_requests_total" {
				var labels []string // in order of names: method, route, status
				for _, l := range m.GetLabel() {
					labels = append(labels, l.GetValue())
				}
				counts[strings.Join(labels, "|")] = m.GetCounter().GetValue()
			}
		}
	}
	want := map[string]float64{"GET|GET /nonce|200": 2, "GET|GET /panic/{id}|500": 1, "GET|none|404": 1, "POST|POST /read|413": 1}
	if d := cmp.Diff(want, counts); d != "" {
		t.Errorf("counts (-want +got):\n%s", d)
	}
}

func TestClientAddr(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for _, c := range []struct {
		remote    string
		forwarded []string
		want      string
	}{
		{"203.0.113.7:1", nil, "203.0.113.7"},
		{"203.0.113.7:1", []string{"198.51.100.1"}, "203.0.113.7"}, // not a proxy of ours: anyone can write the header
		{"10.0.0.1:1", []string{"198.51.100.1"}, "198.51.100.1"},
		{"10.0.0.1:1", []string{"192.0.2.66, 198.51.100.1, 10.0.0.2"}, "198.51.100.1"}, // the left one may be made up
		{"10.0.0.1:1", []string{"192.0.2.66", "198.51.100.1"}, "198.51.100.1"},
		{"10.0.0.1:1", []string{"nonsense"}, "10.0.0.1"},
		{"10.0.0.1:1", nil, "10.0.0.1"},
		{"[::ffff:10.0.0.1]:1", []string{"2001:db8::1"}, "2001:db8::1"},
	} {
		if got := clientAddr(c.remote, c.forwarded, proxies); got.String() != c.want {
			t.Errorf("%s %v = %s, want %s", c.remote, c.forwarded, got, c.want)
		}
	}
}

func api(t *testing.T, k *keys) (*server, *Auth) {
	mux := http.NewServeMux()
	auth := NewAuth(k)
	a := NewAPI(mux, auth, "1.2.3", slog.New(slog.DiscardHandler))
	type out struct{ Body struct{ Org string } }
	who := func(ctx context.Context, _ *struct{}) (*out, error) {
		p, _ := PrincipalOf(ctx)
		o := &out{}
		o.Body.Org = p.Org
		return o, nil
	}
	Register(a, Require(huma.Operation{OperationID: "a", Method: "GET", Path: "/api/v1/enterprise"}, talent.RoleEnterprise), who)
	Register(a, AcceptKey(huma.Operation{OperationID: "b", Method: "GET", Path: "/api/v1/open"}), who)
	Register(a, huma.Operation{OperationID: "c", Method: "GET", Path: "/api/v1/fails"}, func(context.Context, *struct{}) (*out, error) {
		return nil, errors.New("dsn with password")
	})
	return serve(t, mux, nil), auth
}

func TestOpenAPIDocument(t *testing.T) {
	s, _ := api(t, someKeys())
	res, body := get(t, s.url+"/api/v1/openapi.json")
	var doc struct {
		OpenAPI string
		Info    struct{ Version, Title string }
		Paths   map[string]map[string]struct {
			Security  []map[string][]string
			Responses map[string]any
		}
	}
	if err := json.Unmarshal([]byte(body), &doc); err != nil {
		t.Fatal(err)
	}
	if res.Header.Get("Content-Type") != "application/openapi+json" || !strings.HasPrefix(doc.OpenAPI, "3.1") || doc.Info.Version != "1.2.3" {
		t.Errorf("%v %+v", res.Header, doc)
	}
	op := doc.Paths["/api/v1/enterprise"]["get"]
	if len(op.Security) != 2 || op.Responses["401"] == nil || op.Responses["403"] == nil {
		t.Errorf("%+v", op)
	}
	if _, yaml := get(t, s.url+"/api/v1/openapi.yaml"); !strings.HasPrefix(yaml, "components:") && !strings.Contains(yaml, "openapi: ") {
		t.Errorf("yaml: %.80s", yaml)
	}
}

// away is an error as the packages of the store and the broker mark theirs.
type away struct{}

func (away) Error() string     { return "dial tcp 10.0.0.1:9000: secret" }
func (away) Unavailable() bool { return true }

// TestUnavailable: while the store or the broker is away an operation answers 503 and says when to come again, and
// nothing of what the driver says.
func TestUnavailable(t *testing.T) {
	mux := http.NewServeMux()
	api := NewAPI(mux, NewAuth(nil), "test", slog.New(slog.DiscardHandler))
	for path, err := range map[string]error{"/away": fmt.Errorf("read: %w", away{}), "/broken": errors.New("secret")} {
		Register(api, huma.Operation{OperationID: path[1:], Method: http.MethodGet, Path: "/api/v1" + path},
			func(context.Context, *struct{}) (*struct{}, error) { return nil, err })
	}
	for path, want := range map[string]int{"/away": http.StatusServiceUnavailable, "/broken": http.StatusInternalServerError} {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/v1"+path, nil))
		if w.Code != want || (w.Header().Get("Retry-After") != "") != (want == http.StatusServiceUnavailable) || strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%s: %d, Retry-After %q: %s", path, w.Code, w.Header().Get("Retry-After"), w.Body)
		}
	}
}
