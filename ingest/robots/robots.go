// Package robots reads robots.txt as RFC 9309 says and answers whether a crawler may fetch a path. It is pure:
// who fetches the file, and what a missing or broken one means, is the crawler's business.
package robots

import (
	"bytes"
	"strconv"
	"strings"
	"time"
)

// MaxSize is how many bytes of a file are parsed, in whole lines; RFC 9309 section 2.5 wants at least 500 KiB.
const MaxSize = 512 << 10

// maxLine bounds one line, so that a pattern cannot be made as long as a file.
const maxLine = 16 << 10

// Rules are the groups of one robots.txt. The zero value and nil allow everything.
type Rules struct {
	groups   []group
	sitemaps []string
	denyAll  bool
}

// group is a run of user-agent lines with the rules that follow them.
type group struct {
	agents []agent
	rules  []rule
}

// agent is a user-agent line of a group.
type agent struct {
	token string // product token in lower case; "*" is everyone
	delay time.Duration
}

// rule is an Allow or Disallow line with a normalised pattern.
type rule struct {
	allow   bool
	pattern string
}

// DisallowAll are the rules of a host whose robots.txt cannot be read: RFC 9309 section 2.3.1.4.
func DisallowAll() *Rules { return &Rules{denyAll: true} }

// Parse reads a robots.txt. It never fails: lines that make no sense are skipped, bytes after MaxSize are
// ignored, and a page of HTML in place of rules has no rules.
func Parse(body []byte) *Rules {
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	if len(body) > MaxSize {
		body = body[:MaxSize]
		// Half a line could be a shorter pattern than its author wrote.
		if i := bytes.LastIndexAny(body, "\r\n"); i >= 0 {
			body = body[:i]
		}
	}
	r := &Rules{}
	if isHTML(body) {
		return r
	}
	p := parser{out: r}
	for line := range lines(body) {
		p.line(line)
	}
	return r
}

// isHTML reports whether a document begins like a web page.
func isHTML(body []byte) bool {
	head := bytes.ToLower(bytes.TrimLeft(body[:min(len(body), 1024)], " \t\r\n\f"))
	for _, mark := range []string{"<!doctype", "<html", "<head", "<body", "<?xml", "<script", "<meta", "<title", "<!--"} {
		if bytes.HasPrefix(head, []byte(mark)) {
			return true
		}
	}
	return false
}

// lines yields the lines of a document that ends them with LF, CR LF or CR.
func lines(body []byte) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for len(body) > 0 {
			line := body
			if i := bytes.IndexAny(body, "\r\n"); i >= 0 {
				line, body = body[:i], body[i+1:]
			} else {
				body = nil
			}
			if len(line) > maxLine {
				continue
			}
			if !yield(string(line)) {
				return
			}
		}
	}
}

// parser keeps which group the next rule belongs to.
type parser struct {
	out     *Rules
	inRules bool // a rule was read since the last user-agent line, so the next one opens a group
}

func (p *parser) line(line string) {
	key, value, ok := record(line)
	if !ok {
		return
	}
	switch key {
	case "user-agent", "useragent", "user agent":
		p.agent(value)
	case "allow", "disallow":
		p.inRules = true
		g := p.group()
		// An empty pattern matches nothing: "Disallow:" allows everything.
		if g != nil && value != "" {
			g.rules = append(g.rules, rule{allow: key == "allow", pattern: normalisePattern(value)})
		}
	case "crawl-delay":
		if s, err := strconv.ParseFloat(value, 64); err == nil && s > 0 && s < 1e6 {
			// For the agents named so far: unlike a rule it does not end their list.
			if g := p.group(); g != nil {
				for i := range g.agents {
					g.agents[i].delay = time.Duration(s * float64(time.Second))
				}
			}
		}
	case "sitemap":
		// Not part of a group, and must not end one.
		if value != "" {
			p.out.sitemaps = append(p.out.sitemaps, value)
		}
	}
}

func (p *parser) agent(value string) {
	token := productToken(value)
	if token == "" {
		// A name that cannot match still opens a group, or its rules would fall to the group before it.
		token = "\x00"
	}
	if g := p.group(); g != nil && !p.inRules {
		g.agents = append(g.agents, agent{token: token})
		return
	}
	p.inRules = false
	p.out.groups = append(p.out.groups, group{agents: []agent{{token: token}}})
}

// group is the one that a rule belongs to; nil before the first user-agent line.
func (p *parser) group() *group {
	if n := len(p.out.groups); n > 0 {
		return &p.out.groups[n-1]
	}
	return nil
}

// record splits "key : value # comment" and forgives a missing colon.
func record(line string) (key, value string, ok bool) {
	line, _, _ = strings.Cut(line, "#")
	line = strings.TrimSpace(line)
	key, value, ok = strings.Cut(line, ":")
	if !ok {
		fields := strings.Fields(line)
		if len(fields) != 2 {
			return "", "", false
		}
		key, value = fields[0], fields[1]
	}
	return strings.ToLower(strings.TrimSpace(key)), strings.TrimSpace(value), true
}

// productToken is the name in front of a version: "Gapwatch/1.0 (+mail)" is "gapwatch". RFC 9309 section 2.2.1.
func productToken(agent string) string {
	agent = strings.TrimSpace(agent)
	if agent == "*" || strings.HasPrefix(agent, "* ") {
		return "*"
	}
	for i := range len(agent) {
		c := agent[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '_' && c != '-' {
			agent = agent[:i]
			break
		}
	}
	return strings.ToLower(agent)
}

// Sitemaps are the addresses of the file's Sitemap lines, as written, in their order.
func (r *Rules) Sitemaps() []string {
	if r == nil {
		return nil
	}
	return r.sitemaps
}

// CrawlDelay is the longest wait between two requests that the groups of agent ask for, 0 when they ask for
// none. The line is not part of RFC 9309; it is a hint that a polite crawler follows.
func (r *Rules) CrawlDelay(agent string) time.Duration {
	groups, token := r.groupsOf(agent)
	var d time.Duration
	for _, g := range groups {
		for _, a := range g.agents {
			if a.token == token {
				d = max(d, a.delay)
			}
		}
	}
	return d
}

// groupsOf are the groups that name the agent's product token, else those of everyone, and the token that
// they were found by. Groups of one name count as one group.
func (r *Rules) groupsOf(agent string) (groups []*group, token string) {
	if r == nil {
		return nil, "*"
	}
	for _, token := range []string{productToken(agent), "*"} {
		for i := range r.groups {
			for _, a := range r.groups[i].agents {
				if a.token == token {
					groups = append(groups, &r.groups[i])
					break
				}
			}
		}
		if len(groups) > 0 {
			return groups, token
		}
	}
	return nil, "*"
}
