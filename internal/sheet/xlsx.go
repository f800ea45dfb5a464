package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// unzipped is how large a workbook may become: small files can be made to unfold into huge ones.
const unzipped = 64 << 20

// openXLSX returns a reader of the rows of a workbook's first sheet, with values as they are stored.
func openXLSX(data []byte) (func() (int, []string, error), error) {
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{RawCellValue: true, UnzipSizeLimit: unzipped, UnzipXMLSizeLimit: unzipped / 2})
	if err != nil {
		return nil, fmt.Errorf("the workbook cannot be read: %w", err)
	}
	defer func() { _ = f.Close() }()
	sheets := f.GetSheetList()
	if len(sheets) == 0 {
		return nil, errors.New("the workbook has no sheet")
	}
	rows, err := f.GetRows(sheets[0])
	if err != nil {
		return nil, fmt.Errorf("the first sheet cannot be read: %w", err)
	}
	i := 0
	return func() (int, []string, error) {
		if i == len(rows) {
			return 0, nil, io.EOF
		}
		i++
		if len(rows[i-1]) == 0 {
			return i, []string{""}, nil
		}
		return i, rows[i-1], nil
	}, nil
}

// Date reads a day as people and spreadsheets write it: 2027-03-01, 2027/3/1, 2027.3.1, 2027年3月1日, or the
// number of days by which Excel stores one.
func Date(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	for _, layout := range []string{time.DateOnly, "2006-1-2", "2006/1/2", "2006.1.2", "2006年1月2日"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	// 1 January 1950 to 31 December 2099; other numbers are more likely a slip than a day.
	if n, err := strconv.Atoi(s); err == nil && n >= 18264 && n <= 73050 {
		return time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n), true
	}
	return time.Time{}, false
}
