// Package durable is the one way in which Gapwatch writes files of its own into a data directory: what it has
// written is still there after a power cut, whole or not at all.
package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// WriteFile replaces the file at path by data, in one step: a reader, or a start after a power cut, finds the old
// content or the new, never a part. When it returns, the new content is on the disk.
func WriteFile(path string, data []byte, mode fs.FileMode) (err error) {
	part := path + ".new"
	defer func() {
		if err != nil {
			_ = os.Remove(part)
			err = fmt.Errorf("write %s: %w", path, err)
		}
	}()
	if err := writeSync(part, data, mode); err != nil {
		return err
	}
	if err := os.Rename(part, path); err != nil {
		return err
	}
	return SyncDir(filepath.Dir(path))
}

// writeSync writes a file whose name does not count yet.
func writeSync(path string, data []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// MkdirAll makes a directory with all parents that are missing, and their entries durable.
func MkdirAll(path string, mode fs.FileMode) error {
	var missing []string // innermost first
	for dir := filepath.Clean(path); ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(dir); err == nil {
			break
		} else if !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("make directory %s: %w", path, err)
		}
		missing = append(missing, dir)
	}
	if err := os.MkdirAll(path, mode); err != nil {
		return fmt.Errorf("make directory: %w", err)
	}
	for _, dir := range missing {
		if err := SyncDir(filepath.Dir(dir)); err != nil {
			return fmt.Errorf("make directory %s: %w", path, err)
		}
	}
	return nil
}

// SyncDir puts the entries of a directory on the disk: files that were made, renamed or removed there. The content
// of the files is a matter of its own.
func SyncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("sync directory: %w", err)
	}
	return errors.Join(dir.Sync(), dir.Close())
}
