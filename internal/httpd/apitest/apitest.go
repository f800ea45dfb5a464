// Package apitest runs an API on a real server for the tests of packages that add operations to it.
package apitest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gapwatch/gapwatch/internal/httpd"
	"github.com/gapwatch/gapwatch/internal/testenv"
)

// Client calls the API of a test.
type Client struct {
	t   testing.TB
	URL string
}

// At is a client of a server that runs already.
func At(t testing.TB, url string) *Client { return &Client{t, url} }

// Start serves the operations that register adds, until the test ends.
func Start(t testing.TB, keys httpd.Keys, register func(*httpd.API)) *Client {
	t.Helper()
	return StartPages(t, keys, func(_ *http.ServeMux, api *httpd.API) { register(api) })
}

// StartPages serves operations and pages, until the test ends.
func StartPages(t testing.TB, keys httpd.Keys, register func(*http.ServeMux, *httpd.API)) *Client {
	t.Helper()
	mux := http.NewServeMux()
	register(mux, httpd.NewAPI(mux, httpd.NewAuth(keys), "test", testenv.Logger(t)))
	conf := httpd.DefaultConfig()
	conf.Listen = "127.0.0.1:0"
	server, err := httpd.New(conf, mux, testenv.Logger(t), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Listen(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- server.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return &Client{t, "http://" + server.Addr()}
}

// Call sends a request with a key, when it is not empty, and a JSON body, when it is not empty. headers are
// pairs of name and value.
func (c *Client) Call(method, path, key, body string, headers ...string) Answer {
	c.t.Helper()
	a, err := c.Try(method, path, key, body, headers...)
	if err != nil {
		c.t.Fatal(err)
	}
	return a
}

// Try is Call for servers that may be away or end the connection.
func (c *Client) Try(method, path, key, body string, headers ...string) (Answer, error) {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.URL+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return Answer{}, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return Answer{res.StatusCode, res.Header, bytes.TrimSpace(b)}, err
}

// Answer is what the API said.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Into decodes the answer's JSON.
func (a Answer) Into(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal(a.Body, v); err != nil {
		t.Fatalf("%s: %v", a.Body, err)
	}
}

// Problem returns the code of a problem and the places that it names, and checks that it is one.
func (a Answer) Problem(t testing.TB) (code string, places []string) {
	t.Helper()
	var p struct {
		Type, Detail string
		Status       int
		Errors       []struct{ Location string }
	}
	a.Into(t, &p)
	if ct := a.Header.Get("Content-Type"); ct != "application/problem+json" {
		t.Errorf("content type of a problem = %q", ct)
	}
	if p.Status != a.Status || p.Detail == "" {
		t.Errorf("status %d, problem %s", a.Status, a.Body)
	}
	for _, e := range p.Errors {
		places = append(places, e.Location)
	}
	return strings.TrimPrefix(p.Type, httpd.ProblemPrefix), places
}
