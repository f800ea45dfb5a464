package engine

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/gapwatch/gapwatch/internal/embedded/chdb"
)

// What strangers may use of the machine. Their statements have connections, memory and time of their own, so that
// whatever they send, the program's and the owner's statements never wait for them.
const (
	strangerStatement = 64 << 10         // bytes of a statement
	strangerParams    = 64               // parameters of a statement
	strangerAnswer    = 64 << 20         // bytes of an answer
	strangerRead      = 10 * time.Second // until a request has been read
	strangerTime      = 20 * time.Second // until its statement is ended, waiting included
	strangerWrite     = 60 * time.Second // until its answer has been taken
	wrongPassword     = 500 * time.Millisecond
)

// strangerPool leaves the processors to the program: two statements run, each in one thread.
var strangerPool = poolLimits{running: 2, waiting: 16, wait: 5 * time.Second, idle: 4}

// strangerSettings bound a statement. They are set before readonly, after which no statement can change any. Conditions
// are not moved into views: one that fails on a row would tell of rows that the view leaves out.
const strangerSettings = `implicit_select = 0, enable_analyzer = 1, async_insert = 0, log_queries = 0, max_threads = 1, max_block_size = 8192,
	max_memory_usage = %d, max_execution_time = 10, timeout_overflow_mode = 'throw', max_rows_to_read = 50000000, max_bytes_to_read = 4000000000,
	read_overflow_mode = 'throw', max_result_rows = 200000, max_result_bytes = 16777216, result_overflow_mode = 'throw',
	max_query_size = %d, max_parser_depth = 200, max_ast_depth = 200, max_ast_elements = 5000, max_expanded_ast_elements = 20000,
	max_subquery_depth = 20, max_recursive_cte_evaluation_depth = 100, max_rows_in_set = 1000000, max_rows_in_join = 5000000,
	max_rows_to_group_by = 2000000, max_rows_to_sort = 10000000, function_range_max_elements_in_block = 1000000,
	max_bytes_before_external_group_by = 0, max_bytes_ratio_before_external_group_by = 0, max_bytes_before_external_sort = 0,
	max_bytes_ratio_before_external_sort = 0, query_plan_filter_push_down = 0, query_plan_merge_filters = 0,
	query_plan_optimize_prewhere = 0, optimize_move_to_prewhere = 0, enable_optimize_predicate_expression = 0, output_format_pretty_max_rows = 1000, output_format_pretty_max_value_width = 1000`

// limitsOf is the list of a SET.
func limitsOf(cfg Config) string {
	return fmt.Sprintf(strangerSettings, min(cfg.MaxMemory/8, 256<<20), strangerStatement*2)
}

// connectStranger opens a connection whose settings are final and whose role reads public tables only.
func (e *Engine) connectStranger(key poolKey) (*chdb.Conn, error) {
	conn, err := e.lib.Connect(e.cfg.Dir)
	if err != nil {
		return nil, err
	}
	statements := []string{"SET " + limitsOf(e.cfg)}
	if key.settings != "" {
		statements = append(statements, "SET "+key.settings)
	}
	last := []string{"SET ROLE " + strangerRole, "SET readonly = 1"}
	if key.database != "" {
		statements = append(statements, "USE "+quoteIdentifier(key.database))
		return prepare(conn, append(statements, last...))
	}
	if conn, err = prepare(conn, append(statements, "USE system")); err != nil {
		return nil, err
	}
	// Before the first migration there is no such database; a stranger's SELECT 1 works all the same.
	var missing *chdb.Error
	if err := conn.Exec("USE " + quoteIdentifier(e.cfg.Database)); err != nil && (!errors.As(err, &missing) || missing.Code != codeUnknownDatabase) {
		conn.Close()
		return nil, err
	}
	return prepare(conn, last)
}

// strangerOutput are the settings that a stranger may give: they change how an answer is written, not what is read.
var strangerOutput = []string{
	"date_time_output_format", "extremes", "final", "format_csv_delimiter", "format_csv_null_representation", "format_tsv_null_representation",
	"group_by_use_nulls", "join_use_nulls", "low_cardinality_allow_in_native_format", "output_format_csv_crlf_end_of_line",
	"output_format_decimal_trailing_zeros", "output_format_json_array_of_rows", "output_format_json_escape_forward_slashes",
	"output_format_json_named_tuples_as_objects", "output_format_json_quote_64bit_floats", "output_format_json_quote_64bit_integers",
	"output_format_json_quote_decimals", "output_format_json_quote_denormals", "output_format_pretty_color",
	"output_format_pretty_row_numbers", "output_format_tsv_crlf_end_of_line", "output_format_write_statistics",
}

// strangerIgnored are settings that clients send by themselves and that change nothing here: limits, for which the
// stricter ones above hold, and what an HTTP server would do differently.
var strangerIgnored = []string{
	"add_http_cors_header", "cancel_http_readonly_queries_on_client_close", "connect_timeout", "enable_http_compression",
	"http_headers_progress_interval_ms", "http_receive_timeout", "http_send_timeout", "log_comment", "max_block_size",
	"max_execution_time", "max_memory_usage", "max_result_bytes", "max_result_rows", "max_rows_to_read", "max_threads", "readonly",
	"receive_timeout", "result_overflow_mode", "send_progress_in_http_headers", "send_timeout",
}

var outputValue = regexp.MustCompile(`^[A-Za-z0-9_.,;|\\ -]{0,32}$`)

// strangerFormats write an answer as it is. Formats that read a schema or a template of the machine are not here.
var strangerFormats = map[string]bool{
	"tabseparated": true, "tabseparatedwithnames": true, "tabseparatedwithnamesandtypes": true, "tabseparatedraw": true,
	"tsv": true, "tsvwithnames": true, "tsvwithnamesandtypes": true, "tsvraw": true, "csv": true, "csvwithnames": true, "csvwithnamesandtypes": true,
	"json": true, "jsonstrings": true, "jsoncolumns": true, "jsoncompact": true, "jsoncompactstrings": true, "jsoneachrow": true, "jsonlines": true,
	"ndjson": true, "jsonstringseachrow": true, "jsoncompacteachrow": true, "jsoncompacteachrowwithnames": true, "jsoncompacteachrowwithnamesandtypes": true,
	"native": true, "rowbinary": true, "rowbinarywithnames": true, "rowbinarywithnamesandtypes": true, "pretty": true, "prettycompact": true,
	"prettycompactmonoblock": true, "prettyspace": true, "prettynoescapes": true, "vertical": true, "values": true, "markdown": true, "xml": true, "null": true,
	"parquet": true, "arrow": true, "arrowstream": true,
}

// readStranger reads what a stranger asks for: settings, format and statement, each by its list.
func (req *request) readStranger(r *http.Request, values url.Values) error {
	req.stranger = true
	if req.key.database == "default" {
		req.key.database = "" // where every readable file is a table
	}
	if req.native.request {
		return exception(codeNotImplemented, "NOT_IMPLEMENTED", "A compressed statement needs the user and password of the configuration")
	}
	if err := req.readOutput(values); err != nil {
		return err
	}
	body, err := bodyReader(r, req.native)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(io.LimitReader(body, strangerStatement+1))
	if err != nil {
		return exception(codeCannotReadAll, "CANNOT_READ_ALL_DATA", "Cannot read the request")
	}
	if query := values.Get("query"); query != "" && len(text) > 0 {
		text = append([]byte(query+"\n"), text...)
	} else if query != "" {
		text = []byte(query)
	}
	if len(text) > strangerStatement {
		return exception(codeTooLarge, "QUERY_IS_TOO_LARGE", "The statement is longer than %d bytes", strangerStatement)
	}
	format, sql := outputFormat(string(text))
	if format != "" {
		req.format = format
	}
	if !strangerFormats[strings.ToLower(req.format)] {
		return refuse("The format %.40q is not allowed", req.format)
	}
	if req.sql = trimEnd(sql); req.sql == "" {
		return exception(codeSyntax, "SYNTAX_ERROR", "Empty query")
	}
	return nil
}

// readOutput sorts the keys of the address: parameters of the statement, settings of the output, and keys that say
// nothing to us. Any other is refused.
func (req *request) readOutput(values url.Values) error {
	var settings []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		value := values.Get(name)
		param, ok := strings.CutPrefix(name, "param_")
		switch {
		case ok && len(req.params) < strangerParams:
			req.params = append(req.params, chdb.Param{Name: param, Value: value})
		case ok:
			return refuse("More than %d parameters are not allowed", strangerParams)
		case slices.Contains(notSettings, name), slices.Contains(strangerIgnored, name):
		case slices.Contains(strangerOutput, name) && outputValue.MatchString(value):
			settings = append(settings, name+" = "+quoteString(value))
		default:
			return exception(codeUnknownSetting, "UNKNOWN_SETTING", "default: The setting %.60q is not allowed without the user and password of the configuration", name)
		}
	}
	req.key.settings = strings.Join(settings, ", ")
	return nil
}

// bound sets the times within which a request is read and its answer taken. Only the open listener's requests come
// here; the owner's may stream for as long as they like.
func bound(w http.ResponseWriter, who identity) error {
	c := http.NewResponseController(w)
	var read, write time.Time
	if who == stranger {
		read, write = time.Now().Add(strangerRead), time.Now().Add(strangerWrite)
	}
	return errors.Join(c.SetReadDeadline(read), c.SetWriteDeadline(write))
}
