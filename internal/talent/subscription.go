package talent

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
)

// Subscription says which alerts reach one address of an organisation over one channel. Empty lists mean "all". What an
// organisation subscribed to with several addresses is as many rows with one ID, which differ in Channel, Address and
// Secret only.
type Subscription struct {
	ID          string
	Org         string
	Skills      []string
	Regions     []string
	Industries  []string
	MinSeverity Severity
	Language    string // zh or en
	Channel     string // the name of a package under alerts/notify
	Address     string // as that package keeps it
	Secret      string // signs messages, where the channel signs them
	Active      bool
	Written     time.Time // when it was made or last changed; set by the store
}

// AddressHash names a mail address where the address itself is not kept: SHA-256 of it in small letters, hexadecimal.
func AddressHash(address string) string {
	h := sha256.Sum256([]byte(strings.ToLower(strings.TrimSpace(address))))
	return hex.EncodeToString(h[:])
}

// MailboxHash is AddressHash without what stands after a plus sign in the local part: many providers deliver
// a+1@example.org and a+2@example.org to one reader, who has one limit and one wish to be left alone.
func MailboxHash(address string) string {
	local, domain, _ := strings.Cut(address, "@")
	local, _, _ = strings.Cut(local, "+")
	return AddressHash(local + "@" + domain)
}

// MailLink is the token that a mail's links carry, and for whom the mail was.
type MailLink struct {
	Hash         string // SHA-256 of the token, hexadecimal: nothing else of it is kept
	Delivery     string // id of the notification; every attempt of it has a link of its own
	Subscription string
	Org          string
	KeyID        string // of the subscription, empty when it is not known
	Address      string // AddressHash
	Mailbox      string // MailboxHash
	Language     string
	Confirms     bool // the mail asks for consent
	Created      time.Time
	Expires      time.Time // consent cannot be given with it any more
}

// ConsentState is what the owner of an address said.
type ConsentState string

// The states of a consent. Never and Allowed are said to the whole system, the others to one organisation.
const (
	ConsentConfirmed ConsentState = "confirmed"
	ConsentLeft      ConsentState = "left"
	ConsentNever     ConsentState = "never"
	ConsentAllowed   ConsentState = "allowed" // takes ConsentNever back
)

// Consent is what the owner of an address said to an organisation, or to the whole system when Org is empty.
type Consent struct {
	Address string // AddressHash, or MailboxHash when Org is empty
	Org     string
	State   ConsentState
	At      time.Time
}

// The kinds of marks on a subscription; each has one writer, so that no decision undoes another's.
const (
	MarkKey      = "key"      // id of the API key that it ends with; written by the API
	MarkOwner    = "owner"    // MarkResumed; written by the API
	MarkOperator = "operator" // MarkStopped or MarkResumed; written by the command line
)

// The values of MarkOwner and MarkOperator.
const (
	MarkStopped = "stopped"
	MarkResumed = "resumed"
)

// SubscriptionMark is a decision about a subscription after it was made.
type SubscriptionMark struct {
	Subscription, Kind, Value string
	At                        time.Time
}

// ChannelHealth is how a subscription's receiver has answered since it last took a message.
type ChannelHealth struct {
	Subscription, Channel string
	Failures              int       // in a row, 0: the last attempt succeeded
	FailingSince          time.Time // the first of them
	Reason                string    // of the last of them
	At                    time.Time // of the last attempt
}

// MailCounts are how many different mails were sent since some moment.
type MailCounts struct{ Mailbox, Key, Org int }
