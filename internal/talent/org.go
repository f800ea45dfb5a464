package talent

import "time"

// Organisation is an enterprise, a university or the operator's own.
type Organisation struct {
	ID, Name string
	Role     Role
	Region   string
}

// APIKey is a key as it is stored: only its hash.
type APIKey struct {
	ID      string // public part, shown in lists
	Org     string
	Role    Role
	Hash    string // SHA-256 of the secret, hexadecimal
	Created time.Time
	Revoked bool
}
