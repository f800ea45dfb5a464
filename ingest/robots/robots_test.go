package robots

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestAllowed(t *testing.T) {
	// The example of RFC 9309 section 5.1.
	const simple = "User-Agent: *\nDisallow: *.gif$\nDisallow: /example/\nAllow: /publications/\n\n" +
		"User-Agent: foobot\nDisallow:/\nAllow:/example/page.html\nAllow:/example/allowed.gif\n\n" +
		"User-Agent: barbot\nUser-Agent: bazbot\nDisallow: /example/page.html\n\nUser-Agent: quxbot\n"
	for _, c := range []struct {
		name, file, agent, path string
		want                    bool
	}{
		{"rfc 5.1 everyone", simple, "otherbot", "/example/page.html", false},
		{"rfc 5.1 suffix", simple, "otherbot", "/publications/a.gif", true}, // 14 octets beat 7
		{"rfc 5.1 gif", simple, "otherbot", "/x/a.gif", false},
		{"rfc 5.1 gif with query", simple, "otherbot", "/x/a.gif?b", true},
		{"rfc 5.1 foobot", simple, "foobot", "/", false},
		{"rfc 5.1 foobot page", simple, "FooBot/2.1", "/example/page.html", true},
		{"rfc 5.1 barbot shares a group", simple, "barbot", "/example/page.html", false},
		{"rfc 5.1 bazbot shares a group", simple, "bazbot", "/example/other.html", true},
		{"rfc 5.1 own empty group beats everyone's", simple, "quxbot", "/example/page.html", true},
		{"rfc 5.2 longest match", "User-Agent: foobot\nAllow: /example/page/\nDisallow: /example/page/disallowed.gif", "foobot", "/example/page/disallowed.gif", false},
		{"rfc 5.2 the rest", "User-Agent: foobot\nAllow: /example/page/\nDisallow: /example/page/disallowed.gif", "foobot", "/example/page/x", true},

		{"tie goes to allow", "user-agent: *\ndisallow: /a\nallow: /a", "g", "/a", true},
		{"tie goes to allow, other order", "user-agent: *\nallow: /a\ndisallow: /a", "g", "/a", true},
		{"longer disallow", "user-agent: *\nallow: /\ndisallow: /private", "g", "/private/x", false},
		{"a longer disallow by wildcard", "user-agent: *\nallow: /p\ndisallow: /*/x", "g", "/p/x", false},
		{"groups of one agent are merged", "user-agent: g\ndisallow: /a\n\nuser-agent: h\ndisallow: /\n\nuser-agent: g\ndisallow: /b", "g", "/b", false},
		{"merged keeps the first", "user-agent: g\ndisallow: /a\n\nuser-agent: h\ndisallow: /\n\nuser-agent: g\ndisallow: /b", "g", "/a", false},
		{"groups of everyone are merged", "user-agent: *\ndisallow: /a\nuser-agent: *\ndisallow: /b", "g", "/a", false},
		{"prefix of a name is another name", "user-agent: gap\ndisallow: /", "gapwatch", "/", true},
		{"versions are ignored", "user-agent: Gapwatch/0.1\ndisallow: /", "gapwatch/2 (+mail)", "/", false},
		{"a name that cannot match owns its rules", "user-agent: *\nallow: /\nuser-agent: 360spider\ndisallow: /", "g", "/x", true},
		{"sitemap does not end a group", "user-agent: g\nsitemap: http://x/s.xml\nuser-agent: h\ndisallow: /", "g", "/x", false},
		{"rules before any agent", "disallow: /\nuser-agent: h\nallow: /", "g", "/x", true},
		{"empty disallow", "user-agent: *\ndisallow:", "g", "/x", true},
		{"comments", "user-agent: * # all\ndisallow: /a # not this", "g", "/a", false},
		{"no space, odd case", "USER-AGENT:*\nDISALLOW:/A", "g", "/A", false},
		{"paths keep their case", "user-agent: *\ndisallow: /A", "g", "/a", true},
		{"missing colon", "user-agent *\ndisallow /a", "g", "/a", false},
		{"byte order mark", "\xef\xbb\xbfuser-agent: *\ndisallow: /", "g", "/a", false},
		{"CR only", "user-agent: *\rdisallow: /a\rallow: /a/b", "g", "/a/c", false},
		{"CR LF", "user-agent: *\r\ndisallow: /a\r\nallow: /a/b", "g", "/a/b", true},
		{"html has no rules", "<!DOCTYPE html><pre>\nuser-agent: *\ndisallow: /\n</pre>", "g", "/a", true},
		{"empty file", "", "g", "/a", true},
		{"robots.txt itself", "user-agent: *\ndisallow: /", "g", "/robots.txt", true},
		{"empty path is the root", "user-agent: *\ndisallow: /", "g", "", false},

		{"dollar", "user-agent: *\ndisallow: /a$", "g", "/a", false},
		{"dollar, longer path", "user-agent: *\ndisallow: /a$", "g", "/ab", true},
		{"star in the middle", "user-agent: *\ndisallow: /a*b*c", "g", "/axxbyycz", false},
		{"star backtracks to the end", "user-agent: *\ndisallow: /*.php$", "g", "/a.php.php", false},
		{"star matches nothing too", "user-agent: *\ndisallow: /a*b", "g", "/ab", false},
		{"trailing star", "user-agent: *\ndisallow: /a*", "g", "/a", false},
		{"dollar inside is literal", "user-agent: *\ndisallow: /a$b", "g", "/a$b", false},
		{"query", "user-agent: *\ndisallow: /*?", "g", "/jobs?page=2", false},

		// The table of RFC 9309 section 2.2.2, and the special characters of section 2.2.3.
		{"rfc plain", "user-agent: *\ndisallow: /foo/bar?baz=quz", "g", "/foo/bar?baz=quz", false},
		{"rfc address in a query", "user-agent: *\ndisallow: /foo/bar?baz=https://foo.bar", "g", "/foo/bar?baz=https%3A%2F%2Ffoo.bar", false},
		{"rfc address in a query, encoded rule", "user-agent: *\ndisallow: /foo/bar?baz=https%3A%2F%2Ffoo.bar", "g", "/foo/bar?baz=https://foo.bar", false},
		{"rfc utf-8", "user-agent: *\ndisallow: /foo/bar/ツ", "g", "/foo/bar/%E3%83%84", false},
		{"rfc utf-8, encoded rule", "user-agent: *\ndisallow: /foo/bar/%e3%83%84", "g", "/foo/bar/ツ", false},
		{"rfc unreserved", "user-agent: *\ndisallow: /foo/bar/%62%61%7A", "g", "/foo/bar/baz", false},
		{"encoded slash is no slash", "user-agent: *\ndisallow: /a/b", "g", "/a%2Fb", true},
		{"rfc star literal", "user-agent: *\ndisallow: /path/file-with-a-%2A.html", "g", "/path/file-with-a-*.html", false},
		{"rfc star literal only", "user-agent: *\ndisallow: /path/file-with-a-%2A.html", "g", "/path/file-with-a-x.html", true},
		{"rfc dollar literal", "user-agent: *\ndisallow: /path/foo-%24", "g", "/path/foo-$", false},
		{"broken percent", "user-agent: *\ndisallow: /100%", "g", "/100%", false},
	} {
		if got := Parse([]byte(c.file)).Allowed(c.agent, c.path); got != c.want {
			t.Errorf("%s: Allowed(%q, %q) = %v, want %v", c.name, c.agent, c.path, got, c.want)
		}
	}
}

func TestDisallowAll(t *testing.T) {
	if DisallowAll().Allowed("g", "/x") {
		t.Error("an unreachable robots.txt must forbid everything")
	}
	var none *Rules
	if !none.Allowed("g", "/x") || none.CrawlDelay("g") != 0 || none.Sitemaps() != nil {
		t.Error("no rules must allow everything")
	}
}

func TestCrawlDelayAndSitemaps(t *testing.T) {
	r := Parse([]byte("Sitemap: https://a.example/s1.xml\nUser-agent: *\nCrawl-delay: 2.5\nDisallow: /x\n" +
		"sitemap: https://a.example/s2.xml # second\nUser-agent: slow\nCrawl-delay: 30\nUser-agent: bad\nCrawl-delay: -1\n"))
	if d := r.CrawlDelay("gapwatch"); d != 2500*time.Millisecond {
		t.Errorf("delay = %s", d)
	}
	if d := r.CrawlDelay("slow/1"); d != 30*time.Second {
		t.Errorf("delay of slow = %s", d)
	}
	if d := r.CrawlDelay("bad"); d != 0 {
		t.Errorf("delay of bad = %s, which stands before its name", d)
	}
	if got := fmt.Sprint(r.Sitemaps()); got != "[https://a.example/s1.xml https://a.example/s2.xml]" {
		t.Errorf("sitemaps = %s", got)
	}
}

func TestLargeFile(t *testing.T) {
	var b strings.Builder
	b.WriteString("User-agent: *\n")
	for i := 0; b.Len() < 499<<10; i++ {
		fmt.Fprintf(&b, "Disallow: /dir-%06d/\n", i)
	}
	b.WriteString("Disallow: /last-within/\n")
	for b.Len() < MaxSize-6 {
		b.WriteString("#\n")
	}
	b.WriteString("Disallow: /cut/in/half\nDisallow: /beyond\n")
	r := Parse([]byte(b.String()))
	for path, want := range map[string]bool{"/last-within/": false, "/dir-000001/": false, "/cut/x": true, "/anything": true, "/beyond": true} {
		if got := r.Allowed("g", path); got != want {
			t.Errorf("Allowed(%q) = %v, want %v", path, got, want)
		}
	}
}

// A pattern made of a path by replacing pieces with * must match that path, and normalising is idempotent.
func TestPatternsOfPathsMatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		path := "/" + rapid.StringMatching(`[a-z/*$%é ?=&:.]{0,30}`).Draw(t, "path")
		norm, _ := normalisePath(path)
		i := rapid.IntRange(1, len(norm)).Draw(t, "i")
		j := rapid.IntRange(i, len(norm)).Draw(t, "j")
		for _, pattern := range []string{norm[:i] + "*" + norm[j:], norm[:i] + "*" + norm[j:] + "$", norm[:i]} {
			if !matches(pattern, norm) {
				t.Fatalf("%q does not match %q", pattern, norm)
			}
		}
		if again, _ := normalisePath(norm); again != norm {
			t.Fatalf("normalising %q again gives %q", norm, again)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("User-agent: *\nDisallow: /a*b$\nAllow: /%E3%83\nCrawl-delay: 1e9\nSitemap: x"), "/a?b=%2F")
	f.Add([]byte("\xef\xbb\xbfUSER AGENT *\r\rdisallow *$*$"), "")
	f.Add([]byte("<html>"), "/")
	f.Fuzz(func(t *testing.T, body []byte, path string) {
		r := Parse(body)
		r.Allowed("gapwatch", path)
		if r.CrawlDelay("gapwatch") < 0 {
			t.Error("negative delay")
		}
		if !r.Allowed("gapwatch", "/robots.txt") {
			t.Error("robots.txt itself is forbidden")
		}
	})
}
