package engine

import (
	"regexp"
	"slices"
	"strings"

	"github.com/gapwatch/gapwatch/internal/embedded/chdb"
)

// Strangers are told of their own mistakes: of the grammar, names and types of their statement, and of the limits it
// met. Whatever else goes wrong is the operator's to know and may speak of files, so they hear its number only.
var tellableCodes = []int{
	6, 8, 10, 20, 26, 27, 35, 36, 38, 41, 42, 43, 44, 46, 47, 48, 50, 53, 60, 62, 63, 69, 70, 72, 80, 81, 115, 125, 128, 130, 131, 135,
	153, 157, 158, 159, 160, 161, 162, 163, 164, 166, 167, 168, 169, 173, 179, 181, 182, 184, 190, 191, 198, 202, 206, 207, 210, 215, 236,
	241, 258, 263, 280, 290, 306, 307, 321, 349, 352, 381, 386, 394, 396, 403, 407, 432, 452, 456, 457, 475, 476, 497, 516, 702,
}

// serverPath looks like a place on this machine.
var serverPath = regexp.MustCompile(`(?:[\w.~-]*/){2,}[\w.~-]*`)

const maxTold = 2048

// tell is err as a stranger may read it; sql is the statement, whose own text may come back.
func tell(err error, sql string) error {
	e := asException(err)
	if !slices.Contains(tellableCodes, e.Code) {
		return exception(e.Code, "ERROR", "The statement failed; the operator of this machine can see why")
	}
	for _, path := range serverPath.FindAllString(e.Message, -1) {
		if !strings.Contains(sql, strings.TrimRight(path, ".")) {
			return exception(e.Code, "ERROR", "The statement failed")
		}
	}
	if len(e.Message) > maxTold {
		return &chdb.Error{Code: e.Code, Message: strings.ToValidUTF8(e.Message[:maxTold], "") + " …"}
	}
	return e
}
