package httpd

import (
	"net/http"
	"testing"
)

func TestLanguage(t *testing.T) {
	for _, c := range []struct{ query, cookie, accept, want string }{
		{"", "", "", "zh"}, {"", "", "en-GB,en;q=0.9,zh;q=0.5", "en"}, {"", "", "zh-CN,zh;q=0.9,en;q=0.8", "zh"}, {"", "", "de,fr;q=0.5", "en"}, {"", "", "de,zh;q=0.2", "zh"},
		{"", "en", "zh", "en"}, {"?lang=zh", "en", "en", "zh"}, {"?lang=xx", "", "en", "en"}, {"", "", "\xff;;q=z", "zh"},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/"+c.query, nil)
		if err != nil {
			t.Fatal(err)
		}
		if c.cookie != "" {
			r.AddCookie(&http.Cookie{Name: LanguageCookie, Value: c.cookie})
		}
		r.Header.Set("Accept-Language", c.accept)
		if got := Language(r); got != c.want {
			t.Errorf("query %q, cookie %q, accept %q: %s, want %s", c.query, c.cookie, c.accept, got, c.want)
		}
	}
}
