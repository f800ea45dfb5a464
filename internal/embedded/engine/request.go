package engine

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/gapwatch/gapwatch/internal/embedded/chdb"
)

const (
	// maxStatement bounds the text of a statement, data apart. The engine's own max_query_size is less.
	maxStatement = 16 << 20
	// statementHead is how much of a body is looked at for the end of an INSERT's statement.
	statementHead = 256 << 10
)

// notSettings are the keys of a request's address that are not settings of the engine. Asynchronous
// inserts are left out on purpose: what is acknowledged has to be stored.
var notSettings = []string{
	"query", "database", "user", "password", "default_format", "query_id", "quota_key", "session_id",
	"session_timeout", "session_check", "close_session", "client_protocol_version", "compress",
	"decompress", "wait_end_of_query", "buffer_size", "stacktrace", "role", "async_insert",
	"wait_for_async_insert", "network_compression_method", "network_zstd_compression_level",
}

var settingName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.]*$`)

// request is what a client asks for, read from address, headers and body.
type request struct {
	sql     string
	format  string // wanted for the output, unless the statement names one
	key     poolKey
	params  []chdb.Param
	queryID string
	tag     string // begins the statement's text, to find it again
	readers bool   // only statements that read are allowed
	// stranger marks a request without credentials; its format is final and its statement has no FORMAT.
	stranger bool
	insert   *insertParts
	data     io.Reader // of an INSERT that brings its own
	native   compression
	// revision is the client's revision of the protocol. Only the answer to its hello depends on it.
	revision int
}

// parse reads a request. It consumes the body, except for the data of an INSERT.
func parse(r *http.Request, who identity) (*request, error) {
	values := r.URL.Query()
	req := &request{
		format:  values.Get("default_format"),
		queryID: values.Get("query_id"),
		tag:     "/*gapwatch:" + randomHex() + "*/ ",
	}
	if req.format == "" {
		req.format = r.Header.Get("X-ClickHouse-Format")
	}
	if req.format == "" {
		req.format = "TabSeparated"
	}
	req.revision, _ = strconv.Atoi(values.Get("client_protocol_version"))
	if req.queryID == "" {
		req.queryID = randomHex()
	}
	req.key.database = values.Get("database")
	if req.key.database == "" {
		req.key.database = r.Header.Get("X-ClickHouse-Database")
	}
	req.native = readCompression(values)
	if who == stranger {
		return req, req.readStranger(r, values)
	}
	// A GET is read only even for a user who may write, as in ClickHouse: an address can be followed
	// by accident.
	req.readers = r.Method == http.MethodGet || r.Method == http.MethodHead
	if err := req.readSettings(values); err != nil {
		return nil, err
	}
	return req, req.readStatement(r, values.Get("query"))
}

// tell is an error as the sender of the request may read it.
func (req *request) tell(err error) error {
	if req != nil && req.stranger {
		return tell(err, req.sql)
	}
	return err
}

// readSettings sorts the keys of the address into parameters of the statement and settings.
func (req *request) readSettings(values url.Values) error {
	var settings []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		value := values.Get(name)
		if param, ok := strings.CutPrefix(name, "param_"); ok {
			req.params = append(req.params, chdb.Param{Name: param, Value: value})
			continue
		}
		if slices.Contains(notSettings, name) {
			continue
		}
		if !settingName.MatchString(name) {
			return exception(codeUnknownSetting, "UNKNOWN_SETTING", "Setting %q is not a name", name)
		}
		settings = append(settings, name+" = "+quoteString(value))
	}
	req.key.settings = strings.Join(settings, ", ")
	return nil
}

// readStatement joins what the address and the body say, as ClickHouse does: the statement may be in
// either, or begin in the address and go on in the body.
func (req *request) readStatement(r *http.Request, query string) error {
	body, err := bodyReader(r, req.native)
	if err != nil {
		return err
	}
	if parts, ok := splitInsert(query); ok {
		req.sql, req.insert = query, &parts
		req.data = io.MultiReader(strings.NewReader(query[parts.dataStart:]), body)
		return nil
	}
	head, err := io.ReadAll(io.LimitReader(body, statementHead))
	if err != nil {
		return exception(codeCannotReadAll, "CANNOT_READ_ALL_DATA", "Cannot read the request: %s", err)
	}
	if query == "" {
		if parts, ok := splitInsert(string(head)); ok {
			// The engine itself reads short VALUES: it binds parameters in them, and their text is safe.
			if parts.format != "Values" || len(head) == statementHead {
				req.sql, req.insert = string(head[:parts.dataStart]), &parts
				req.data = io.MultiReader(bytes.NewReader(head[parts.dataStart:]), body)
				return nil
			}
		}
	}
	rest, err := io.ReadAll(io.LimitReader(body, maxStatement))
	if err != nil {
		return exception(codeCannotReadAll, "CANNOT_READ_ALL_DATA", "Cannot read the request: %s", err)
	}
	if len(rest) == maxStatement {
		return exception(codeTooLarge, "QUERY_IS_TOO_LARGE", "The statement is longer than %d bytes", maxStatement)
	}
	req.sql = query
	if len(head) > 0 {
		if query != "" {
			req.sql += "\n"
		}
		req.sql += string(head) + string(rest)
	}
	req.sql = strings.TrimSpace(req.sql)
	if req.sql == "" {
		return exception(codeSyntax, "SYNTAX_ERROR", "Empty query")
	}
	return nil
}

// bodyReader undoes the encoding of a request's body.
func bodyReader(r *http.Request, native compression) (io.Reader, error) {
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		return nil, exception(codeNotImplemented, "NOT_IMPLEMENTED", "External tables are not supported by the embedded engine")
	}
	switch encoding := r.Header.Get("Content-Encoding"); encoding {
	case "", "identity":
		return native.reader(r.Body), nil
	case "gzip":
		z, err := gzip.NewReader(r.Body)
		if errors.Is(err, io.EOF) {
			return bytes.NewReader(nil), nil
		}
		if err != nil {
			return nil, exception(codeCannotReadAll, "CANNOT_READ_ALL_DATA", "Cannot read the request: %s", err)
		}
		return z, nil
	default:
		return nil, exception(codeNotImplemented, "NOT_IMPLEMENTED", "Content-Encoding %q is not supported by the embedded engine", encoding)
	}
}

// randomHex is 16 characters: the length ClickHouse gives the tag of an exception's frame.
func randomHex() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	return hex.EncodeToString(b[:])
}
