package skills

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxLine bounds one line of Stream's input, bytes.
const maxLine = 64 << 20

type streamIn struct {
	ID   json.RawMessage `json:"id"`
	Text *string         `json:"text"`
}

type streamOut struct {
	ID     json.RawMessage `json:"id"`
	Skills []streamSkill   `json:"skills"`
}

type streamSkill struct {
	Skill    string `json:"skill"`
	Start    int    `json:"start"`
	End      int    `json:"end"`
	Required bool   `json:"required"`
}

// Stream reads lines {"id", "text"} from r and writes one line {"id", "skills": [{"skill", "start", "end",
// "required"}]} for each to w, in order; start and end are byte offsets in the UTF-8 text after JSON decoding, end
// exclusive. Empty lines are passed over. A line that cannot be read ends it with an error that names the line;
// the lines before it have been written.
func Stream(r io.Reader, w io.Writer) error {
	x, err := New()
	if err != nil {
		return err
	}
	in := bufio.NewReaderSize(r, 1<<16)
	out := bufio.NewWriterSize(w, 1<<16)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	err = func() error {
		for n := 1; ; n++ {
			line, err := readLine(in)
			if err != nil && !errors.Is(err, io.EOF) {
				return fmt.Errorf("line %d: %w", n, err)
			}
			last := err != nil
			if line = bytes.TrimSpace(line); len(line) > 0 {
				rec, err := x.extractLine(line)
				if err != nil {
					return fmt.Errorf("line %d: %w", n, err)
				}
				if err := enc.Encode(rec); err != nil {
					return fmt.Errorf("write the skills of line %d: %w", n, err)
				}
			}
			if last {
				return nil
			}
		}
	}()
	if ferr := out.Flush(); ferr != nil && err == nil {
		err = fmt.Errorf("write skills: %w", ferr)
	}
	return err
}

func (x *Extractor) extractLine(line []byte) (streamOut, error) {
	var in streamIn
	if err := json.Unmarshal(bytes.TrimPrefix(line, []byte("\xEF\xBB\xBF")), &in); err != nil {
		return streamOut{}, fmt.Errorf(`want one JSON object {"id": …, "text": "…"}: %w`, err)
	}
	if len(in.ID) == 0 || in.ID[0] != '"' && in.ID[0] != '-' && (in.ID[0] < '0' || in.ID[0] > '9') {
		return streamOut{}, errors.New(`"id" is missing or is neither a string nor a number`)
	}
	if in.Text == nil {
		return streamOut{}, errors.New(`"text" is missing`)
	}
	mentions := x.Extract(*in.Text)
	out := streamOut{ID: in.ID, Skills: make([]streamSkill, len(mentions))}
	for i, m := range mentions {
		out.Skills[i] = streamSkill(m)
	}
	return out, nil
}

func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > maxLine {
			return nil, fmt.Errorf("longer than %d MiB", maxLine>>20)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}
