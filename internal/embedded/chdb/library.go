// Package chdb is a small binding of the ClickHouse engine as a library (libchdb, API of chdb.h 26.7).
//
// It exists because the published Go binding loads the library in init, cuts SQL at a NUL byte, keeps
// one global session, and lets the library install its own signal handlers over those of the Go
// runtime. This one loads on demand, passes lengths everywhere and has no global state of its own.
package chdb

import (
	"errors"
	"fmt"
	"strings"
	"unsafe"

	"github.com/ebitengine/purego"
)

// Library is a loaded libchdb. The engine inside it has one data path at a time in a process; any
// number of connections may be open to that path.
type Library struct {
	version string

	connect      func(argc int32, argv **byte) *uintptr
	closeConn    func(conn *uintptr)
	query        func(conn uintptr, sql *byte, sqlLen uint64, format *byte, formatLen uint64, names **byte, nameLens *uint64, values **byte, valueLens *uint64, count uint64) uintptr
	streamQuery  func(conn uintptr, sql *byte, sqlLen uint64, format *byte, formatLen uint64, names **byte, nameLens *uint64, values **byte, valueLens *uint64, count uint64) uintptr
	streamFetch  func(conn, stream uintptr) uintptr
	streamCancel func(conn, stream uintptr)
	destroy      func(result uintptr)

	insert        func(conn uintptr, sql *byte, sqlLen uint64, format *byte, formatLen uint64, names **byte, nameLens *uint64, values **byte, valueLens *uint64, count uint64) uintptr
	insertAppend  func(stream uintptr, data *byte, length uint64) int32
	insertDone    func(stream uintptr) uintptr
	insertCancel  func(stream uintptr)
	insertError   func(stream uintptr) string
	insertDestroy func(stream uintptr)

	resultBuffer  func(result uintptr) *byte
	resultLength  func(result uintptr) uint64
	resultError   func(result uintptr) string
	rowsRead      func(result uintptr) uint64
	storageRows   func(result uintptr) uint64
	storageBytes  func(result uintptr) uint64
	rowsWritten   func(result uintptr) uint64
	bytesWritten  func(result uintptr) uint64
	classifyQuery func(conn uintptr, sql *byte, sqlLen uint64, database *byte, databaseLen uint64, out unsafe.Pointer) int32
}

// Load opens the shared library at path and resolves every function this package calls. It turns the
// library's signal handlers off, which has to happen before the first connection: they would replace
// the Go runtime's own.
func Load(path string) (*Library, error) {
	if path == "" {
		// dlopen of an empty name answers with the main program, where no chdb function is found.
		return nil, errors.New("load libchdb: no path given")
	}
	handle, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, fmt.Errorf("load libchdb %s: %w", path, err)
	}
	l := &Library{}
	var version func() string
	var setSignalHandlers func(enabled int32)
	for name, fn := range map[string]any{
		"chdb_version":                     &version,
		"chdb_set_signal_handlers_enabled": &setSignalHandlers,
		"chdb_connect":                     &l.connect,
		"chdb_close_conn":                  &l.closeConn,
		"chdb_query_with_params_n":         &l.query,
		"chdb_stream_query_with_params_n":  &l.streamQuery,
		"chdb_stream_fetch_result":         &l.streamFetch,
		"chdb_stream_cancel_query":         &l.streamCancel,
		"chdb_destroy_query_result":        &l.destroy,
		"chdb_stream_insert_with_params_n": &l.insert,
		"chdb_stream_append":               &l.insertAppend,
		"chdb_stream_done":                 &l.insertDone,
		"chdb_stream_cancel_insert":        &l.insertCancel,
		"chdb_stream_insert_error":         &l.insertError,
		"chdb_destroy_insert_stream":       &l.insertDestroy,
		"chdb_result_buffer":               &l.resultBuffer,
		"chdb_result_length":               &l.resultLength,
		"chdb_result_error":                &l.resultError,
		"chdb_result_rows_read":            &l.rowsRead,
		"chdb_result_storage_rows_read":    &l.storageRows,
		"chdb_result_storage_bytes_read":   &l.storageBytes,
		"chdb_result_rows_written":         &l.rowsWritten,
		"chdb_result_bytes_written":        &l.bytesWritten,
		"chdb_classify_query_n":            &l.classifyQuery,
	} {
		symbol, err := purego.Dlsym(handle, name)
		if err != nil {
			return nil, fmt.Errorf("load libchdb %s: it is older than 26.7, or not libchdb: %w", path, err)
		}
		purego.RegisterFunc(fn, symbol)
	}
	l.version = version()
	if major, _, _ := strings.Cut(l.version, "."); len(major) != 2 {
		return nil, fmt.Errorf("load libchdb %s: unexpected version %q", path, l.version)
	}
	setSignalHandlers(0)
	return l, nil
}

// Version is the version the library reports of itself, for example "26.7.0".
func (l *Library) Version() string { return l.version }
