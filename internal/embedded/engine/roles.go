package engine

import (
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// The engine inside libchdb knows one user, `default`, but takes roles from a configuration file at its start. So
// `default` gets two of them: a connection begins with all, and one for strangers gives the owner's up before it
// runs anything of theirs. From then on the engine itself checks every table and column against the grants of the
// stranger's role, whatever the statement looks like.
const (
	ownerRole    = "gapwatch_owner"
	strangerRole = "gapwatch_stranger"
)

// plainName is a name that needs no quotes anywhere.
var plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// accessFile is the engine's configuration of roles, in its own directory. It holds no secret.
const accessFile = "access.xml"

// writeAccess writes the roles and returns the path for the engine.
func (c Config) writeAccess() (string, error) {
	dir, err := filepath.Abs(c.Dir)
	if err != nil {
		return "", fmt.Errorf("find the engine's directory: %w", err)
	}
	path := filepath.Join(dir, accessFile)
	text, err := c.access(path)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("make the engine's directory: %w", err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return "", fmt.Errorf("write the engine's roles: %w", err)
	}
	return path, nil
}

// access is the configuration: a role that may do everything, and one that may read the public tables.
func (c Config) access(path string) (string, error) {
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
	return `<clickhouse>
<users_config>` + self.String() + `</users_config>
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
