package chdb

import (
	"errors"
	"regexp"
	"runtime"
	"strconv"
	"unsafe"
)

// Error is an exception of the engine. Code is ClickHouse's number for it (60 is an unknown table), 0
// when the text carries none; Message is the whole text, beginning with "Code: ".
type Error struct {
	Code    int
	Message string
}

// Error returns the engine's text.
func (e *Error) Error() string { return e.Message }

var codePattern = regexp.MustCompile(`Code: (\d+)\.`)

// NewError reads the engine's text of an exception. Text before "Code: " is dropped, because clients
// look for the code at the start.
func NewError(text string) *Error {
	e := &Error{Message: text}
	if m := codePattern.FindStringSubmatchIndex(text); m != nil {
		e.Code, _ = strconv.Atoi(text[m[2]:m[3]])
		e.Message = text[m[0]:]
	}
	return e
}

// Result is the output of a statement, held in the engine's memory until Close.
type Result struct {
	lib    *Library
	handle uintptr
}

func (l *Library) result(handle uintptr) (*Result, error) {
	if handle == 0 {
		return nil, errors.New("run statement: the engine gave no result")
	}
	if text := l.resultError(handle); text != "" {
		l.destroy(handle)
		return nil, NewError(text)
	}
	return &Result{lib: l, handle: handle}, nil
}

// Bytes is the output in the format asked for. It is the engine's memory, gone after Close.
func (r *Result) Bytes() []byte {
	n := r.lib.resultLength(r.handle)
	p := r.lib.resultBuffer(r.handle)
	if n == 0 || p == nil {
		return nil
	}
	return unsafe.Slice(p, n)
}

// RowsRead is the number of rows in this output.
func (r *Result) RowsRead() uint64 { return r.lib.rowsRead(r.handle) }

// Scanned is what the statement read from tables, in rows and in bytes.
func (r *Result) Scanned() (rows, bytes uint64) {
	return r.lib.storageRows(r.handle), r.lib.storageBytes(r.handle)
}

// Written is what the statement wrote, in rows and in bytes, materialised views included.
func (r *Result) Written() (rows, bytes uint64) {
	return r.lib.rowsWritten(r.handle), r.lib.bytesWritten(r.handle)
}

// Close frees the output.
func (r *Result) Close() {
	if r.handle != 0 {
		r.lib.destroy(r.handle)
		r.handle = 0
	}
}

// Inserter takes the data of a running INSERT.
type Inserter struct {
	lib    *Library
	handle uintptr
	ended  bool
}

// Write hands data in the format of the insert to the engine, which copies it and may block to keep
// its queue short. Pieces may be cut anywhere.
func (in *Inserter) Write(data []byte) (int, error) {
	if len(data) == 0 {
		return 0, nil
	}
	var pin runtime.Pinner
	defer pin.Unpin()
	pin.Pin(&data[0])
	if in.lib.insertAppend(in.handle, &data[0], uint64(len(data))) != 0 {
		if err := in.failure(); err != nil {
			return 0, err
		}
		return 0, errors.New("insert: the engine refused the data")
	}
	return len(data), nil
}

// Commit ends the data and stores it. The rows are acknowledged when it returns no error; rows is what
// was written.
func (in *Inserter) Commit() (rows, bytes uint64, err error) {
	in.ended = true
	result, err := in.lib.result(in.lib.insertDone(in.handle))
	if err != nil {
		return 0, 0, err
	}
	defer result.Close()
	rows, bytes = result.Written()
	return rows, bytes, nil
}

// Close frees the insert, and drops its data when Commit was not called.
func (in *Inserter) Close() {
	if in.handle == 0 {
		return
	}
	if !in.ended {
		in.lib.insertCancel(in.handle)
		in.ended = true
	}
	in.lib.insertDestroy(in.handle)
	in.handle = 0
}

func (in *Inserter) failure() error {
	if text := in.lib.insertError(in.handle); text != "" {
		return NewError(text)
	}
	return nil
}
