package dump

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"

	"github.com/gapwatch/gapwatch/ingest/dump/table"
	"github.com/gapwatch/gapwatch/internal/text"
)

// file is one dump on disk.
type file struct {
	path  string
	size  int64
	named bool // by the caller, not found in a folder
}

// collect lists the files of paths, folders in depth and in order of their names. In a folder, hidden files are left
// alone, and so are, while no format is given, files whose names tell none: those are returned as skipped.
func collect(paths []string, format table.Format) (files []file, skipped []string, err error) {
	if len(paths) == 0 {
		return nil, nil, errors.New("import: name at least one file or folder")
	}
	for _, root := range paths {
		info, err := os.Stat(root)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil, fmt.Errorf("import: there is no file or folder %s", root)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("import: %w", err)
		}
		if !info.IsDir() {
			files = append(files, file{path: root, size: info.Size(), named: true})
			continue
		}
		found := len(files)
		err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if path != root && strings.HasPrefix(d.Name(), ".") {
				if d.IsDir() {
					return fs.SkipDir
				}
				return nil
			}
			if d.IsDir() {
				return nil
			}
			info, err := os.Stat(path) // follows a link to a file
			if err != nil {
				return err
			}
			switch {
			case !info.Mode().IsRegular():
			case format == "" && table.FormatOf(path) == "":
				skipped = append(skipped, path)
			default:
				files = append(files, file{path: path, size: info.Size()})
			}
			return nil
		})
		if err != nil {
			return nil, nil, fmt.Errorf("import: list %s: %w", root, err)
		}
		if len(files) == found {
			return nil, nil, fmt.Errorf("import: no .jsonl, .ndjson, .csv or .tsv file (each also with .gz) in %s; give --format when the files have other names", root)
		}
	}
	return files, skipped, nil
}

// stream is an open dump: its text, and the bytes of the file that were read so far.
type stream struct {
	io.Reader
	format table.Format
	closer io.Closer
}

func (s *stream) Close() error { return s.closer.Close() }

// open opens a dump, unpacks it when it is gzipped whatever its name, and tells its format.
func open(f file, format table.Format, done *atomic.Int64) (*stream, error) {
	fh, err := os.Open(f.path)
	if err != nil {
		return nil, err
	}
	s := &stream{closer: fh, format: format}
	in := bufio.NewReaderSize(&counter{r: fh, n: done}, 256<<10)
	if head, _ := in.Peek(2); bytes.Equal(head, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(in)
		if err != nil {
			_ = fh.Close()
			return nil, fmt.Errorf("unpack: %w", err)
		}
		in = bufio.NewReaderSize(z, 256<<10)
	}
	s.Reader = in
	if s.format == "" {
		s.format = table.FormatOf(f.path)
	}
	if s.format == "" {
		head, _ := in.Peek(512)
		begin := bytes.TrimLeft(text.UTF8(head, ""), " \t\r\n")
		switch {
		case len(begin) == 0:
			_ = fh.Close()
			return nil, table.ErrEmpty
		case begin[0] == '{':
			s.format = table.JSONL
		default:
			_ = fh.Close()
			return nil, errors.New("the name does not tell the format: give --format jsonl, csv or tsv")
		}
	}
	return s, nil
}

// counter adds up the bytes that are read through it.
type counter struct {
	r io.Reader
	n *atomic.Int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}
