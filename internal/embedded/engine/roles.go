package engine

import (
	"encoding/xml"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/gapwatch/gapwatch/internal/durable"
)

// The engine inside libchdb knows one user, `default`, but takes roles from a configuration file at its start. So
// `default` gets two of them: a connection begins with all, and one for strangers gives the owner's up before it
// runs anything of theirs. From then on the engine itself checks every table and column against the grants of the
// stranger's role, however the statement is written.
const (
	ownerRole    = "gapwatch_owner"
	strangerRole = "gapwatch_stranger"
)

// plainName is a name that needs no quotes anywhere.
var plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// settingsFile is the engine's configuration, in its own directory: what it takes from a file only. It holds no secret.
const settingsFile = "gapwatch.xml"

// writeSettings writes the configuration and returns its path for the engine.
func (c Config) writeSettings() (string, error) {
	dir, err := filepath.Abs(c.Dir)
	if err != nil {
		return "", fmt.Errorf("find the engine's directory: %w", err)
	}
	path := filepath.Join(dir, settingsFile)
	text, err := c.settings(path)
	if err != nil {
		return "", err
	}
	if err := durable.WriteFile(path, []byte(text), 0o600); err != nil {
		return "", fmt.Errorf("write the engine's configuration: %w", err)
	}
	return path, nil
}

// settings is the configuration: tables that sync, a role that may do everything, and one that may read the public
// tables.
func (c Config) settings(path string) (string, error) {
	if len(c.Public) > 0 && !plainName.MatchString(c.Database) {
		return "", fmt.Errorf("the database %q of the public tables is not a plain name", c.Database)
	}
	var grants strings.Builder
	for _, table := range c.Public {
		if !plainName.MatchString(table) {
			return "", fmt.Errorf("the public table %q is not a plain name", table)
		}
		fmt.Fprintf(&grants, "<query>GRANT SELECT ON %s.%s</query>", c.Database, table)
	}
	if len(c.Public) == 0 {
		grants.WriteString("<query>GRANT SELECT ON system.one</query>")
	}
	var self strings.Builder
	if err := xml.EscapeText(&self, []byte(path)); err != nil {
		return "", errors.Join(errors.New("write the path of the engine's roles"), err)
	}
	tables := syncedTables
	if c.NoSync {
		tables = ""
	}
	return `<clickhouse>
` + tables + `<users_config>` + self.String() + `</users_config>
<profiles><default/></profiles>
<quotas><default/></quotas>
<roles>
<` + ownerRole + `><grants><query>GRANT ALL ON *.*</query></grants></` + ownerRole + `>
<` + strangerRole + `><grants>` + grants.String() + `</grants></` + strangerRole + `>
</roles>
<users><default><password/><networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota>
<grants><query>GRANT ` + ownerRole + `, ` + strangerRole + `</query></grants></default></users>
</clickhouse>
`, nil
}
