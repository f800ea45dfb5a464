package embedded

import "testing"

// TestTablesSync: the engine took its configuration, so every table syncs what it acknowledges, one that nobody
// thought of too. That this is enough is shown where the power is cut, in internal/e2e.
func TestTablesSync(t *testing.T) {
	conn := open(t, start(t))
	for _, name := range []string{"fsync_after_insert", "fsync_part_directory", "min_rows_to_fsync_after_merge", "min_compressed_bytes_to_fsync_after_merge"} {
		if count(t, conn, "SELECT toUInt64(value) FROM system.merge_tree_settings WHERE name = ?", name) != 1 {
			t.Errorf("%s is not 1", name)
		}
	}
	if count(t, conn, "SELECT toUInt64(value) FROM system.settings WHERE name = 'fsync_metadata'") != 1 {
		t.Error("fsync_metadata is not 1")
	}
}
