package talent

import (
	"regexp"
	"strings"
)

// absolutePath is a path of a file system with at least two parts, which stands by itself: the path of an address
// ("https://…/a/b") has letters before it.
var absolutePath = regexp.MustCompile(`(^|[\s"'` + "`" + `(\[=,;“‘（「])(?:[A-Za-z]:)?[/\\](?:[^\s"'` + "`" + `()\[\],;:/\\]+[/\\])+([^\s"'` + "`" + `()\[\],;:/\\]*)`)

// Public takes out of a text what only says how this machine is arranged: absolute paths become the name of their
// file. Texts that were made from errors go through it before anyone but the operator reads them.
func Public(text string) string { return absolutePath.ReplaceAllString(text, "$1$2") }

// PublicOrigin is where the data of a source came from as anyone may read it: addresses as they are, files by their
// names only.
func PublicOrigin(origin string) string {
	parts := strings.Fields(origin)
	for i, p := range parts {
		if strings.HasPrefix(p, "https://") || strings.HasPrefix(p, "http://") {
			continue
		}
		p = strings.TrimRight(strings.TrimPrefix(p, "file://"), `/\`)
		parts[i] = p[strings.LastIndexAny(p, `/\`)+1:]
	}
	return strings.Join(parts, " ")
}
