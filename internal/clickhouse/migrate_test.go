package clickhouse

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestMigrationsAreNumbered: two with one number would be applied in an order that nobody chose.
func TestMigrationsAreNumbered(t *testing.T) {
	all, err := migrations()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for _, m := range all {
		number, _, ok := strings.Cut(m.name, "_")
		if !ok || len(number) != 4 || seen[number] != "" {
			t.Errorf("migration %s: want a number of four digits that no other has (%s)", m.name, seen[number])
		}
		seen[number] = m.name
	}
}

// TestRender: each migration renders for both shapes; in a cluster every table is replicated and every statement
// runs on the cluster, and each local table has its Distributed one.
func TestRender(t *testing.T) {
	all, err := migrations()
	if err != nil {
		t.Fatal(err)
	}
	single, cluster := DefaultConfig(), DefaultConfig()
	cluster.Cluster = "shards"
	var local, distributed []string
	for _, m := range all {
		one, err := render(m, single)
		if err != nil {
			t.Fatal(err)
		}
		many, err := render(m, cluster)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(one, "Replicated") || strings.Contains(one, "Distributed(") || strings.Contains(one, "ON CLUSTER") {
			t.Errorf("%s speaks of a cluster on a single node:\n%s", m.name, one)
		}
		if moves := strings.Contains(many, "INSERT INTO"); empty(many) || !moves && !strings.Contains(many, "ON CLUSTER shards") {
			t.Errorf("%s does not run on the cluster:\n%s", m.name, many)
		}
		name := strings.TrimSuffix(m.name[5:], "_distributed")
		switch {
		case strings.HasSuffix(m.name, "_distributed"):
			distributed = append(distributed, name)
			if !empty(one) || !strings.Contains(many, "Distributed(shards, gapwatch, "+name+"_local") {
				t.Errorf("%s is no Distributed table over %s_local:\n%s", m.name, name, many)
			}
		case strings.Contains(many, "CREATE TABLE"):
			local = append(local, name)
			if !strings.Contains(many, "gapwatch."+name+"_local") || !strings.Contains(many, "ENGINE = Replicated") || !strings.Contains(many, "/gapwatch/"+name+"'") {
				t.Errorf("%s is not replicated under its own path:\n%s", m.name, many)
			}
		}
	}
	slices.Sort(local)
	slices.Sort(distributed)
	if d := cmp.Diff(local, distributed); d != "" {
		t.Errorf("local tables and Distributed tables differ:\n%s", d)
	}
}

// TestDurability: in a cluster the settings are changed on every node, and only what is missing is changed.
func TestDurability(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Cluster = "shards"
	for engine, want := range map[string]string{
		"ReplicatedMergeTree ORDER BY a": "ALTER TABLE gapwatch.t_local ON CLUSTER shards MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1, min_compressed_bytes_to_fsync_after_fetch = 1",
		"MergeTree ORDER BY a SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1": "ALTER TABLE gapwatch.t_local ON CLUSTER shards MODIFY SETTING min_compressed_bytes_to_fsync_after_fetch = 1",
	} {
		if got := durability(cfg, "t_local", engine); got != want {
			t.Errorf("%s:\n got %s\nwant %s", engine, got, want)
		}
	}
}
