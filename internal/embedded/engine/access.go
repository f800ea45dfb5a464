package engine

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"regexp"
	"strings"

	"github.com/gapwatch/gapwatch/internal/embedded/chdb"
)

// identity is who a request comes from.
type identity int

const (
	anonymous identity = iota // may read tables
	owner                     // the configured user, or this process itself: may do everything
)

// identify reads the credentials of a request on the open listener, in the three places where
// ClickHouse's clients put them. None at all, and the user "default" without a password, are anonymous.
func (e *Engine) identify(r *http.Request) (identity, error) {
	user, password, ok := r.BasicAuth()
	if !ok {
		user, password = r.Header.Get("X-ClickHouse-User"), r.Header.Get("X-ClickHouse-Key")
	}
	if user == "" && password == "" {
		values := r.URL.Query()
		user, password = values.Get("user"), values.Get("password")
	}
	if password == "" && (user == "" || user == "default") && !e.cfg.OwnersOnly {
		return anonymous, nil
	}
	if e.cfg.User != "" && e.cfg.Password != "" && sameText(user, e.cfg.User) && sameText(password, e.cfg.Password) {
		return owner, nil
	}
	return anonymous, exception(codeAuthentication, "AUTHENTICATION_FAILED",
		"%s: Authentication failed: password is incorrect, or there is no user with such name", user)
}

// sameText compares secrets without telling by its duration how much of them agrees.
func sameText(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// localHost tells whether a request was addressed to this machine by name. A page on the web can make
// a browser send requests to a loopback port under a name of its own and read the answers.
func localHost(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	host = strings.Trim(host, "[]")
	return host == "" || strings.EqualFold(host, "localhost") || net.ParseIP(host) != nil
}

// admit refuses a statement that its sender may not run. The engine's parser classifies it.
func (e *Engine) admit(conn *chdb.Conn, req *request, analysis chdb.Analysis) error {
	if analysis.Statements > 1 {
		return exception(codeSyntax, "SYNTAX_ERROR", "Multi-statements are not allowed")
	}
	if !req.readers {
		return nil
	}
	if req.insert != nil || analysis.Class != chdb.ClassRead && analysis.Class != chdb.ClassUnknown {
		if !req.key.readOnly {
			return exception(codeReadOnly, "READONLY", "Cannot execute query in readonly mode. For queries over HTTP, method GET implies readonly. You should use method POST for modifying queries")
		}
		return exception(codeReadOnly, "READONLY", "%s: Cannot execute query in readonly mode. Give the user and password of the configuration to write", "default")
	}
	if !req.key.readOnly || analysis.Class == chdb.ClassUnknown {
		return nil // text that does not parse fails in the engine, which says where
	}
	if err := e.checkPrivate(req.sql); err != nil {
		return err
	}
	return checkSources(conn, req)
}

// checkPrivate keeps anonymous readers from private tables: no text that names one, whatever for.
func (e *Engine) checkPrivate(sql string) error {
	for _, table := range e.cfg.Private {
		if regexp.MustCompile(`(?i)\b` + regexp.QuoteMeta(table) + `(_local)?\b`).MatchString(sql) {
			return exception(codeReadOnly, "READONLY", "default: Reading %s is not allowed without the user and password of the configuration", table)
		}
	}
	return nil
}

var (
	astFunction   = regexp.MustCompile(`(?m)^ *Function (\S+)`)
	astIdentifier = regexp.MustCompile(`(?m)^ *(Table)?Identifier (.*?)(?: \(alias .*\))?(?: \(children \d+\))?$`)
	astRoot       = regexp.MustCompile(`^[A-Z][A-Za-z]+(Query)?\b`)
	fileLike      = regexp.MustCompile(`[/\\:*?\[\]]|^default\.`)
	// identifierParam would put a name into the statement that its syntax tree does not show.
	identifierParam = regexp.MustCompile(`(?i):\s*Identifier\s*\}`)
)

// fileFunctions read files or load code, or tables by a computed name; readonly does not stop them.
// Table functions that reach outside (file, url, s3, executable, remote, …) it does.
var fileFunctions = map[string]bool{
	// these read tables by a name that need not stand in the statement
	"merge": true, "loop": true, "mergeTreeIndex": true, "mergeTreeProjection": true, "dictionary": true, "dictGet": true,
	"cluster": true, "clusterAllReplicas": true, "remote": true, "remoteSecure": true,
	"file": true, "catboostEvaluate": true, "evalMLMethod": true}

// checkSources keeps anonymous readers to tables. The engine's readonly mode stops table functions but
// not the function file(), nor names of files used as tables of the database `default`. Both show in
// the engine's own syntax tree of the statement.
func checkSources(conn *chdb.Conn, req *request) error {
	refuse := func(what string) error {
		return exception(codeReadOnly, "READONLY", "default: %s is not allowed without the user and password of the configuration", what)
	}
	if identifierParam.MatchString(req.sql) {
		return refuse("A parameter of type Identifier")
	}
	_, statement := outputFormat(req.sql)
	result, err := conn.Query("EXPLAIN AST "+statement, "TSVRaw", req.params...)
	if err != nil {
		return err
	}
	defer result.Close()
	tree := string(result.Bytes())
	if !astRoot.MatchString(tree) {
		return refuse("This form of statement")
	}
	for _, m := range astFunction.FindAllStringSubmatch(tree, -1) {
		if fileFunctions[m[1]] {
			return refuse("The function " + m[1])
		}
	}
	for _, m := range astIdentifier.FindAllStringSubmatch(tree, -1) {
		if name := m[2]; fileLike.MatchString(name) || m[1] != "" && strings.Count(name, ".") > 1 {
			return refuse("Reading " + name)
		}
	}
	return nil
}
