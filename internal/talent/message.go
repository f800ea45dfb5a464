package talent

import "encoding/json"

// DecodePosting reads a message of postings.v1.
func DecodePosting(message []byte) (Posting, error) {
	var p Posting
	err := json.Unmarshal(message, &p)
	return p, err
}
