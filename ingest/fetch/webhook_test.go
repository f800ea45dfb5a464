package fetch

import (
	"errors"
	"net/url"
	"testing"
)

func TestCheckWebhook(t *testing.T) {
	w, err := NewWebhooks(DefaultConfig(), []string{"127.0.0.1:9000"})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for address, ok := range map[string]bool{
		"http://127.0.0.1:9000/hook": true, "https://1.1.1.1/hook": true, "https://university.invalid/hook": true, // no such name now
		"http://127.0.0.1:9001/": false, "http://localhost:9000/": false, "http://localhost/": false, "http://[::1]/": false, "http://10.0.0.1/": false,
		"http://169.254.169.254/": false, "http://[::ffff:10.0.0.1]/": false, "https://1.1.1.1:22/": false, "http://university.invalid:22/": false,
		"ftp://1.1.1.1/": false, "http:///x": false,
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.CheckWebhook(t.Context(), u); (err == nil) != ok || err != nil && !errors.Is(err, ErrForbiddenAddress) {
			t.Errorf("%s: %v", address, err)
		}
	}
}
