package engine

import (
	"errors"
	"net"

	"github.com/gapwatch/gapwatch/internal/durable"
)

// treeDepth reaches from the engine's directory to that of each table (store/abc/<uuid>), which names its parts.
const treeDepth = 3

// syncedTables makes every table sync the parts that it writes before it acknowledges them, regardless of its DDL:
// these are the defaults of the server, so that no table can be forgotten.
const syncedTables = `<merge_tree>
<fsync_after_insert>1</fsync_after_insert>
<fsync_part_directory>1</fsync_part_directory>
<min_rows_to_fsync_after_merge>1</min_rows_to_fsync_after_merge>
<min_compressed_bytes_to_fsync_after_merge>1</min_compressed_bytes_to_fsync_after_merge>
</merge_tree>
`

// prepare makes the directory, and watches it where the engine is to acknowledge only what a power cut leaves. The
// engine syncs a part's files, gives the part its name and syncs the part's directory, but not the table's, where the
// name stands. So no answer leaves before the directories are synced too.
func (e *Engine) prepare() error {
	err := durable.MkdirAll(e.cfg.Dir, 0o700)
	if err == nil && !e.cfg.NoSync {
		e.tree, err = durable.Watch(e.cfg.Dir, treeDepth)
	}
	return err
}

// settled wraps a listener so that answers wait for the disk.
func (e *Engine) settled(l net.Listener) net.Listener {
	if e.tree == nil {
		return l
	}
	return durable.Listen(l, e.tree, e.logger)
}

// settle syncs what the engine wrote last and ends the watch.
func (e *Engine) settle() error {
	if e.tree == nil {
		return nil
	}
	return errors.Join(e.tree.Settle(), e.tree.Close())
}
