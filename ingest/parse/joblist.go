package parse

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
)

// errNoList is answered for an answer without the list that it is read for.
var errNoList = errors.New("it has no jobs list")

// eachJob decodes the elements of a JSON list one at a time, so that a board takes the memory of its postings and not
// of its text. key names the member of an object that holds the list; without a key the text itself is the list.
// When there are too many elements, those before are taken and errManyPostings comes back.
func eachJob[T any](body []byte, key string, take func(T)) error {
	if err := checkJSON(body); err != nil {
		return err
	}
	if !json.Valid(body) { // also a text that breaks off after its list
		return json.Unmarshal(body, &struct{}{})
	}
	d := json.NewDecoder(bytes.NewReader(body))
	if key != "" {
		if err := opens(d, '{'); err != nil {
			return err
		}
		if err := member(d, key); err != nil {
			return err
		}
	}
	if err := opens(d, '['); err != nil {
		return err
	}
	for n := 0; d.More(); n++ {
		if n == mostPostings {
			return errManyPostings
		}
		var job T
		if err := d.Decode(&job); err != nil {
			return err
		}
		take(job)
	}
	return nil
}

// opens takes the beginning of an object or a list.
func opens(d *json.Decoder, want json.Delim) error {
	tok, err := d.Token()
	if err != nil {
		return err
	}
	if tok != want {
		return errNoList
	}
	return nil
}

// member moves to the value of a member.
func member(d *json.Decoder, key string) error {
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		if s, ok := name.(string); ok && strings.EqualFold(s, key) {
			return nil
		}
		var passed json.RawMessage
		if err := d.Decode(&passed); err != nil {
			return err
		}
	}
	return errNoList
}
