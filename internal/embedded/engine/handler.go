package engine

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gapwatch/gapwatch/internal/embedded/chdb"
)

// Handler serves ClickHouse's HTTP protocol. Requests are trusted when the caller vouches for them,
// which only the listener inside this process can; others say who they are.
func (e *Engine) Handler(trusted bool) http.Handler {
	mux := http.NewServeMux()
	alive := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=UTF-8")
		_, _ = io.WriteString(w, "Ok.\n")
	}
	mux.HandleFunc("/ping", alive)
	mux.HandleFunc("/replicas_status", alive)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			http.Error(w, "There is no handle "+r.URL.Path+"\n\nUse / or /ping for health checks.", http.StatusNotFound)
			return
		}
		e.serve(w, r, trusted)
	})
	if trusted {
		return mux
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !localHost(r) {
			http.Error(w, "the embedded engine answers to localhost and addresses only", http.StatusForbidden)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func (e *Engine) serve(w http.ResponseWriter, r *http.Request, trusted bool) {
	if !e.begin() {
		writeException(w, errPoolClosed)
		return
	}
	defer e.running.Done()

	who := owner
	if !trusted {
		var err error
		if who, err = e.identify(r); err == nil {
			err = bound(w, who)
		} else {
			select { // guessing takes its time
			case <-time.After(wrongPassword):
			case <-r.Context().Done():
			}
		}
		if err != nil {
			writeException(w, err)
			return
		}
	}
	if r.Method == http.MethodGet && r.URL.RawQuery == "" {
		w.Header().Set("Content-Type", "text/html; charset=UTF-8")
		_, _ = io.WriteString(w, "Ok.\n")
		return
	}
	req, err := parse(r, who)
	if err != nil {
		writeException(w, req.tell(err))
		return
	}
	w.Header().Set("X-ClickHouse-Server-Display-Name", displayName)
	w.Header().Set("X-ClickHouse-Query-Id", req.queryID)
	w.Header().Set("X-ClickHouse-Timezone", e.timezone)
	e.run(w, r, req)
}

// run executes one request on a connection of its own, and cancels the statement when the client goes
// away or the engine closes.
func (e *Engine) run(w http.ResponseWriter, r *http.Request, req *request) {
	ctx, cancel := context.WithCancel(r.Context())
	connections := e.pool
	if req.stranger {
		connections = e.strangers
		ctx, cancel = context.WithTimeout(r.Context(), strangerTime)
	}
	defer cancel()
	defer context.AfterFunc(e.stopped, cancel)()

	conn, err := connections.acquire(ctx, req.key)
	if err != nil {
		writeException(w, req.tell(err))
		return
	}
	reusable := false
	defer func() { connections.release(req.key, conn, reusable) }()

	if isHello(req.sql) && strings.EqualFold(req.format, "Native") {
		reusable = true
		e.writeHello(w, req)
		return
	}
	killed, ended := make(chan struct{}), make(chan struct{})
	stopKill := context.AfterFunc(ctx, func() {
		defer close(killed)
		e.killUntil(req.tag, ended)
	})
	defer func() {
		close(ended)
		if !stopKill() {
			<-killed
			reusable = false
		}
	}()
	analysis, err := e.admit(conn, req)
	if err != nil {
		reusable = true
		writeException(w, req.tell(err))
		return
	}

	switch {
	case req.insert != nil:
		err = e.runInsert(w, conn, req)
	case analysis.Class == chdb.ClassRead && streams(req):
		err = e.runStream(ctx, w, conn, req)
	default:
		err = e.runWhole(w, conn, req)
	}
	// A SET or USE would stay on the connection for its next user.
	reusable = err == nil && analysis.Class != chdb.ClassControl && analysis.Class != chdb.ClassUnknown
	if err == nil {
		return
	}
	if sent, ok := errors.AsType[*sentError](err); ok {
		e.logger.Debug("statement failed after output had begun", "query_id", req.queryID, "error", sent.err)
		return
	}
	writeException(w, req.tell(err))
}

// admit decides whether a request's statement runs. The engine's parser classifies it.
func (e *Engine) admit(conn *chdb.Conn, req *request) (chdb.Analysis, error) {
	if req.stranger {
		sql, err := e.gate.admit(conn, req.tag, req.sql, req.params)
		req.sql = sql
		return chdb.Analysis{Statements: 1, Class: chdb.ClassRead}, err
	}
	analysis, err := conn.Classify(req.sql)
	switch {
	case err != nil:
		return analysis, err
	case analysis.Statements > 1:
		return analysis, exception(codeSyntax, "SYNTAX_ERROR", "Multi-statements are not allowed")
	case req.readers && (req.insert != nil || analysis.Class != chdb.ClassRead && analysis.Class != chdb.ClassUnknown):
		return analysis, exception(codeReadOnly, "READONLY", "Cannot execute query in readonly mode. For queries over HTTP, method GET implies readonly. You should use method POST for modifying queries")
	case analysis.Class != chdb.ClassRead:
		return analysis, e.roomFor(req)
	}
	return analysis, nil
}

// sentError is an error that the client has already been told, or can no longer be told.
type sentError struct{ err error }

func (s *sentError) Error() string { return s.err.Error() }
func (s *sentError) Unwrap() error { return s.err }

// runWhole executes a statement and sends its output in one piece.
func (e *Engine) runWhole(w http.ResponseWriter, conn *chdb.Conn, req *request) error {
	result, err := conn.Query(req.tag+req.sql, req.format, req.params...)
	if err != nil {
		return err
	}
	defer result.Close()
	readRows, readBytes := result.Scanned()
	writtenRows, writtenBytes := result.Written()
	setSummary(w, readRows, readBytes, writtenRows, writtenBytes)
	setFormat(w, req)
	output := result.Bytes()
	if req.stranger && len(output) > strangerAnswer {
		return errAnswerTooLong
	}
	if len(output) == 0 {
		w.Header().Set("Content-Length", "0") // clickhouse-go takes it for "no output"
		w.WriteHeader(http.StatusOK)
		return nil
	}
	if _, err := req.native.writer(w).Write(output); err != nil {
		return &sentError{err}
	}
	return nil
}

// runInsert streams the data of an INSERT into the engine. The answer, and with it the acknowledgement,
// comes after the engine has stored all of it.
func (e *Engine) runInsert(w http.ResponseWriter, conn *chdb.Conn, req *request) error {
	in, err := conn.Insert(req.tag+req.insert.statement, req.insert.format, req.params...)
	if err != nil {
		return err
	}
	defer in.Close()
	if _, err := io.CopyBuffer(writerOnly{in}, req.data, make([]byte, 256<<10)); err != nil {
		return err // Close drops what was not committed
	}
	rows, bytes, err := in.Commit()
	if err != nil {
		return err
	}
	setSummary(w, 0, 0, rows, bytes)
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusOK)
	return nil
}

// writerOnly hides other methods of a writer, so that io.CopyBuffer uses the buffer it is given.
type writerOnly struct{ io.Writer }

func setSummary(w http.ResponseWriter, readRows, readBytes, writtenRows, writtenBytes uint64) {
	number := func(n uint64) string { return `"` + strconv.FormatUint(n, 10) + `"` }
	w.Header().Set("X-ClickHouse-Summary", `{"read_rows":`+number(readRows)+`,"read_bytes":`+number(readBytes)+
		`,"written_rows":`+number(writtenRows)+`,"written_bytes":`+number(writtenBytes)+`}`)
}
