package engine

import (
	"encoding/binary"
	"net/http"
	"strings"
)

// displayName is how the engine introduces itself to clients.
const displayName = "gapwatch"

// hello is the first statement of clickhouse-go on a connection. It is answered here, because the
// client then decodes blocks at the revision it names, and the engine writes them at revision 0
// whatever version it reports. A test holds the text against the client's.
const hello = "SELECT displayName(), version(), revision(), timezone()"

func isHello(sql string) bool { return strings.TrimSpace(sql) == hello }

// Revisions of ClickHouse's protocol from which a block in Native has more to it.
const (
	revisionBlockInfo     = 51903 // the block begins with its info
	revisionSerialization = 54454 // each column tells whether it is serialised in a custom way
)

// writeHello sends one row in the format Native, as of the client's own revision, which it uses until it
// knows ours: the number of columns and rows, then for each column its name, its type and its value.
// Strings are preceded by their length.
func (e *Engine) writeHello(w http.ResponseWriter, req *request) {
	var block []byte
	text := func(s string) {
		block = binary.AppendUvarint(block, uint64(len(s)))
		block = append(block, s...)
	}
	column := func(name, kind string) {
		text(name)
		text(kind)
		if req.revision >= revisionSerialization {
			block = append(block, 0)
		}
	}
	if req.revision >= revisionBlockInfo {
		// Field 1: no overflow row. Field 2: bucket -1, none. Field 0: the end.
		block = append(block, 1, 0, 2, 0xff, 0xff, 0xff, 0xff, 0)
	}
	block = binary.AppendUvarint(block, 4)
	block = binary.AppendUvarint(block, 1)
	column("displayName()", "String")
	text(displayName)
	column("version()", "String")
	text(e.version)
	column("revision()", "UInt32")
	block = binary.LittleEndian.AppendUint32(block, 0)
	column("timezone()", "String")
	text(e.timezone)
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("X-ClickHouse-Format", "Native")
	_, _ = req.native.writer(w).Write(block)
}
