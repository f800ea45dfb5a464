package clickhouse

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"sort"
	"strings"
	"text/template"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migration is one statement of the schema's history.
type migration struct{ name, text string }

// migrations returns the embedded files in order of their numbers.
func migrations() ([]migration, error) {
	names, err := fs.Glob(migrationFiles, "migrations/*.sql")
	if err != nil {
		return nil, fmt.Errorf("list migrations: %w", err)
	}
	sort.Strings(names)
	var out []migration
	for _, n := range names {
		b, err := migrationFiles.ReadFile(n)
		if err != nil {
			return nil, fmt.Errorf("read migration %s: %w", n, err)
		}
		out = append(out, migration{strings.TrimSuffix(strings.TrimPrefix(n, "migrations/"), ".sql"), string(b)})
	}
	return out, nil
}

// render writes a migration's statement for a single node or for a cluster. In a cluster a table is
// <name>_local with a Replicated engine, and <name> is the Distributed table over it.
func render(m migration, cfg Config) (string, error) {
	onCluster := ""
	if cfg.Cluster != "" {
		onCluster = " ON CLUSTER " + cfg.Cluster
	}
	funcs := template.FuncMap{
		"table": func(name string) string {
			if cfg.Cluster == "" {
				return cfg.Database + "." + name
			}
			return cfg.Database + "." + name + "_local" + onCluster
		},
		"replacing": func(name, version string) string {
			if cfg.Cluster == "" {
				return "ReplacingMergeTree(" + version + ")"
			}
			if version != "" {
				version = ", " + version
			}
			return fmt.Sprintf("ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/%s/%s', '{replica}'%s)", cfg.Database, name, version)
		},
		"dedup": func() string {
			if cfg.Cluster == "" {
				return "SETTINGS non_replicated_deduplication_window = 1000"
			}
			return "SETTINGS replicated_deduplication_window = 1000"
		},
		"distributed": func(name, shardBy string) string {
			if cfg.Cluster == "" {
				return ""
			}
			return fmt.Sprintf("CREATE TABLE IF NOT EXISTS %s.%s%s AS %s.%s_local ENGINE = Distributed(%s, %s, %s_local, %s)",
				cfg.Database, name, onCluster, cfg.Database, name, cfg.Cluster, cfg.Database, name, shardBy)
		},
	}
	// A column of a table is added twice in a cluster: to the tables that hold the rows, and to the one over them.
	funcs["over"] = func(name, change string) string {
		if cfg.Cluster == "" {
			return ""
		}
		return fmt.Sprintf("ALTER TABLE %s.%s%s %s", cfg.Database, name, onCluster, change)
	}
	t, err := template.New(m.name).Funcs(funcs).Parse(m.text)
	if err != nil {
		return "", fmt.Errorf("parse migration %s: %w", m.name, err)
	}
	var b strings.Builder
	if err := t.Execute(&b, nil); err != nil {
		return "", fmt.Errorf("render migration %s: %w", m.name, err)
	}
	return b.String(), nil
}

// empty reports whether a rendered statement has nothing but comments.
func empty(statement string) bool {
	for line := range strings.Lines(statement) {
		if l := strings.TrimSpace(line); l != "" && !strings.HasPrefix(l, "--") {
			return false
		}
	}
	return true
}

// ledger is the table in which migrations are noted.
func ledger() migration {
	return migration{"schema_migrations", `CREATE TABLE IF NOT EXISTS {{table "schema_migrations"}} (
		name String, applied_at DateTime64(3, 'UTC') DEFAULT now64(3)) ENGINE = {{replacing "schema_migrations" "applied_at"}} ORDER BY name`}
}

// Migrate brings the schema up to date and returns the names of the migrations it applied; a second call
// applies none. Each statement is idempotent, so two processes that migrate at once do no harm. A database
// that a newer Gapwatch migrated is refused.
func (s *Store) Migrate(ctx context.Context) ([]string, error) {
	all, err := migrations()
	if err != nil {
		return nil, err
	}
	for _, m := range []migration{ledger(), {"schema_migrations_distributed", `{{distributed "schema_migrations" "rand()"}}`}} {
		if err := s.apply(ctx, m); err != nil {
			return nil, err
		}
	}
	type row struct {
		Name string `ch:"name"`
	}
	done, err := rows[row](ctx, s, "applied migrations", "SELECT DISTINCT name FROM schema_migrations")
	if err != nil {
		return nil, err
	}
	known := make(map[string]bool, len(all))
	for _, m := range all {
		known[m.name] = true
	}
	had := make(map[string]bool, len(done))
	for _, d := range done {
		if !known[d.Name] {
			return nil, fmt.Errorf("database %s was migrated by a newer gapwatch (it has %s): use that version or another database", s.cfg.Database, d.Name)
		}
		had[d.Name] = true
	}
	var applied []string
	for _, m := range all {
		if had[m.name] {
			continue
		}
		if err := s.apply(ctx, m); err != nil {
			return applied, err
		}
		if err := s.conn.Exec(ctx, "INSERT INTO schema_migrations (name) SELECT {name:String}", named("name", m.name)); err != nil {
			return applied, fmt.Errorf("record migration %s: %w", m.name, err)
		}
		applied = append(applied, m.name)
	}
	return applied, s.syncTables(ctx)
}

func (s *Store) apply(ctx context.Context, m migration) error {
	statement, err := render(m, s.cfg)
	if err != nil {
		return err
	}
	if empty(statement) {
		return nil
	}
	if err := s.conn.Exec(ctx, statement); err != nil {
		return fmt.Errorf("apply migration %s: %w", m.name, err)
	}
	return nil
}

// Unapplied returns the migrations that this version knows and the database does not have yet.
func (s *Store) Unapplied(ctx context.Context) ([]string, error) {
	all, err := migrations()
	if err != nil {
		return nil, err
	}
	type row struct {
		Name string `ch:"name"`
	}
	got, err := rows[row](ctx, s, "applied migrations", "SELECT DISTINCT name FROM schema_migrations")
	if err != nil {
		return nil, err
	}
	had := make(map[string]bool, len(got))
	for _, r := range got {
		had[r.Name] = true
	}
	var missing []string
	for _, m := range all {
		if !had[m.name] {
			missing = append(missing, m.name)
		}
	}
	return missing, nil
}
