package chdb

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"unsafe"
)

// Conn is one connection to the engine, with its own current database and settings. A connection runs
// one statement at a time and must not be used by two goroutines at once; statements on different
// connections run in parallel. Opening one on a running engine takes less than a millisecond.
//
// After a statement that failed with part of its output written, the next output of the same connection may begin
// with that part. A connection that has Failed is therefore of no more use where its output matters.
type Conn struct {
	lib    *Library
	handle *uintptr
	failed bool
}

// Failed tells whether a statement failed on the connection.
func (c *Conn) Failed() bool { return c.failed }

// note remembers a failure, which it returns.
func (c *Conn) note(err error) error {
	if err != nil {
		c.failed = true
	}
	return err
}

// Param is one value for a {name:Type} placeholder of a statement. The engine parses the value, so it
// is never part of the statement's text.
type Param struct{ Name, Value string }

// Class says what a statement does to state that outlives it.
type Class uint32

// The classes of a statement, in rising order of what they may do.
const (
	ClassRead           Class = iota // SELECT, SHOW, DESCRIBE, EXPLAIN, EXISTS, CHECK
	ClassMutating                    // changes a database
	ClassMutatingGlobal              // changes something outside every database: users, functions
	ClassControl                     // USE, SET, SYSTEM, KILL, INTO OUTFILE, …
	ClassUnknown                     // did not parse
)

// Analysis is the engine's own reading of a statement.
type Analysis struct {
	Statements int
	Class      Class
}

// Connect opens a connection. The first one of the process boots the engine on dir and args; later
// ones must name the same directory, unless all connections have been closed in between.
func (l *Library) Connect(dir string, args ...string) (*Conn, error) {
	argv := append([]string{"clickhouse", "--path=" + dir}, args...)
	var pin runtime.Pinner
	defer pin.Unpin()
	pointers := make([]*byte, len(argv)+1) // C expects a trailing NULL
	for i, arg := range argv {
		text := append([]byte(arg), 0)
		pin.Pin(&text[0])
		pointers[i] = &text[0]
	}
	pin.Pin(&pointers[0])
	handle := l.connect(int32(len(argv)), &pointers[0])
	if handle == nil || *handle == 0 {
		return nil, fmt.Errorf("connect to the engine on %s: refused; another process or another path of this process may hold it, or an option is wrong", dir)
	}
	return &Conn{lib: l, handle: handle}, nil
}

// Close ends the connection. Closing the last one stops the engine and frees its data directory.
func (c *Conn) Close() {
	if c.handle != nil {
		c.lib.closeConn(c.handle)
		c.handle = nil
	}
}

// Query runs one statement and keeps its whole output, in the named format unless the statement names
// another.
func (c *Conn) Query(sql, format string, params ...Param) (*Result, error) {
	if c.handle == nil {
		return nil, errClosed
	}
	var a arguments
	defer a.pin.Unpin()
	a.set(sql, format, params)
	result, err := c.lib.result(c.lib.query(*c.handle, a.sql, a.sqlLen, a.format, a.formatLen, a.names, a.nameLens, a.values, a.valueLens, a.count))
	return result, c.note(err)
}

// Exec runs one statement and drops its output.
func (c *Conn) Exec(sql string, params ...Param) error {
	result, err := c.Query(sql, "Null", params...)
	if err != nil {
		return err
	}
	result.Close()
	return nil
}

// Stream runs a SELECT and hands its output out piece by piece, so that memory does not grow with the
// size of the result.
func (c *Conn) Stream(sql, format string, params ...Param) (*Stream, error) {
	if c.handle == nil {
		return nil, errClosed
	}
	var a arguments
	defer a.pin.Unpin()
	a.set(sql, format, params)
	result, err := c.lib.result(c.lib.streamQuery(*c.handle, a.sql, a.sqlLen, a.format, a.formatLen, a.names, a.nameLens, a.values, a.valueLens, a.count))
	if err != nil {
		return nil, c.note(err)
	}
	return &Stream{conn: c, result: result}, nil
}

// Insert begins a streaming INSERT. sql names the table and columns, without FORMAT and without data.
// Nothing is acknowledged before Commit of the returned Inserter has answered without an error.
func (c *Conn) Insert(sql, format string, params ...Param) (*Inserter, error) {
	if c.handle == nil {
		return nil, errClosed
	}
	var a arguments
	defer a.pin.Unpin()
	a.set(sql, format, params)
	handle := c.lib.insert(*c.handle, a.sql, a.sqlLen, a.format, a.formatLen, a.names, a.nameLens, a.values, a.valueLens, a.count)
	if handle == 0 {
		return nil, errors.New("begin insert: the engine gave no stream")
	}
	in := &Inserter{lib: c.lib, handle: handle}
	if err := in.failure(); err != nil {
		in.Close()
		return nil, err
	}
	return in, nil
}

// Classify parses sql with the engine's parser and says what it would do, without running it.
func (c *Conn) Classify(sql string) (Analysis, error) {
	if c.handle == nil {
		return Analysis{}, errClosed
	}
	out := struct{ size, statements, flags, class uint32 }{size: 16}
	var pin runtime.Pinner
	defer pin.Unpin()
	pin.Pin(&out)
	text := pinString(&pin, sql)
	if state := c.lib.classifyQuery(*c.handle, text, uint64(len(sql)), nil, 0, unsafe.Pointer(&out)); state != 0 {
		return Analysis{}, errors.New("classify statement: the engine refused")
	}
	return Analysis{Statements: int(out.statements), Class: Class(out.class)}, nil
}

// Stream is a running SELECT.
type Stream struct {
	conn   *Conn
	result *Result
	ended  bool
}

// Next returns the next piece of output, which the caller closes, and io.EOF after the last.
func (s *Stream) Next() (*Result, error) {
	if s.ended {
		return nil, io.EOF
	}
	piece, err := s.conn.lib.result(s.conn.lib.streamFetch(*s.conn.handle, s.result.handle))
	if err != nil {
		s.ended = true
		return nil, s.conn.note(err)
	}
	if len(piece.Bytes()) == 0 && piece.RowsRead() == 0 {
		piece.Close()
		s.ended = true
		return nil, io.EOF
	}
	return piece, nil
}

// Close frees the stream, and cancels the statement when its output was not read to the end.
func (s *Stream) Close() {
	if !s.ended {
		s.conn.lib.streamCancel(*s.conn.handle, s.result.handle)
		s.ended = true
	}
	s.result.Close()
}

// arguments are a statement as the C functions take it. Everything they point to is pinned until the
// call is over; the engine copies what it keeps.
type arguments struct {
	pin                 runtime.Pinner
	sql, format         *byte
	sqlLen, formatLen   uint64
	names, values       **byte
	nameLens, valueLens *uint64
	count               uint64
}

func (a *arguments) set(sql, format string, params []Param) {
	a.sql, a.sqlLen = pinString(&a.pin, sql), uint64(len(sql))
	a.format, a.formatLen = pinString(&a.pin, format), uint64(len(format))
	n := len(params)
	if n == 0 {
		return
	}
	names, values := make([]*byte, n), make([]*byte, n)
	nameLens, valueLens := make([]uint64, n), make([]uint64, n)
	for i, p := range params {
		names[i], nameLens[i] = pinString(&a.pin, p.Name), uint64(len(p.Name))
		values[i], valueLens[i] = pinString(&a.pin, p.Value), uint64(len(p.Value))
	}
	a.pin.Pin(&names[0])
	a.pin.Pin(&values[0])
	a.pin.Pin(&nameLens[0])
	a.pin.Pin(&valueLens[0])
	a.names, a.values, a.nameLens, a.valueLens, a.count = &names[0], &values[0], &nameLens[0], &valueLens[0], uint64(n)
}

// pinString gives the address of s, and for an empty string that of a zero byte: the engine takes a
// null pointer for a missing argument.
func pinString(pin *runtime.Pinner, s string) *byte {
	if s == "" {
		zero := new([1]byte)
		pin.Pin(zero)
		return &zero[0]
	}
	p := unsafe.StringData(s)
	pin.Pin(p)
	return p
}

var errClosed = errors.New("engine connection is closed")
