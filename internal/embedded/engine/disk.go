package engine

import (
	"fmt"
	"strings"
	"syscall"
	"time"
)

// codeNoSpace is ClickHouse's number for a disk that is full.
const codeNoSpace = 243

// diskInterval is how often the free space is looked at while nothing is written.
const diskInterval = 2 * time.Second

// The engine of libchdb 26.7 does not notice when a write to a file fails: an INSERT that passed its
// check of the free space, and then met a full disk, is acknowledged although its part is cut off, and
// a merge would put such a part in the place of good ones. So the engine must never come near the end
// of the disk. Below a floor of free space, statements that write are refused and merges are stopped;
// those that free space go through.

// free is the space on the disk of the data directory, in bytes.
func (e *Engine) free() (int64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(e.cfg.Dir, &s); err != nil {
		return 0, fmt.Errorf("look at the free space of %s: %w", e.cfg.Dir, err)
	}
	return int64(s.Bavail) * int64(s.Bsize), nil
}

// roomFor refuses a statement that writes when the disk is nearly full.
func (e *Engine) roomFor(req *request) error {
	if req.insert == nil && !writesMuch(req.sql) {
		return nil
	}
	free, err := e.free()
	if err != nil {
		return err
	}
	if free < e.cfg.MinFree {
		return exception(codeNoSpace, "NOT_ENOUGH_SPACE", "%d MiB are free on the disk of the data directory, and the engine writes nothing below %d MiB; free some space",
			free>>20, e.cfg.MinFree>>20)
	}
	return nil
}

// writesMuch tells statements that write data from those that only remove some.
func writesMuch(sql string) bool {
	s := scanner{sql: sql}
	first, _ := s.next()
	switch first.text {
	case "INSERT", "CREATE", "OPTIMIZE", "UPDATE", "DELETE", "WITH", "RESTORE", "BACKUP":
		return true
	case "ALTER":
		return !strings.Contains(strings.ToUpper(sql), " DROP ")
	}
	return false
}

// watchDisk stops merges while the disk is nearly full.
func (e *Engine) watchDisk() {
	ticker := time.NewTicker(diskInterval)
	defer ticker.Stop()
	stopped := false
	for {
		if free, err := e.free(); err == nil && (free < e.cfg.MinFree) != stopped {
			stopped = !stopped
			e.switchMerges(stopped, free)
		}
		select {
		case <-e.stopped.Done():
			return
		case <-ticker.C:
		}
	}
}

func (e *Engine) switchMerges(stop bool, free int64) {
	statement := "SYSTEM START MERGES"
	if stop {
		statement = "SYSTEM STOP MERGES"
		e.logger.Error("the disk is nearly full, nothing is written until there is room", "free_bytes", free, "floor_bytes", e.cfg.MinFree)
	} else {
		e.logger.Info("there is room on the disk again", "free_bytes", free)
	}
	e.controlMu.Lock()
	defer e.controlMu.Unlock()
	if err := e.control.Exec(statement); err != nil {
		e.logger.Error("could not switch merges", "statement", statement, "error", err)
	}
}
