package subscribe

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"time"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// NewToken makes the token of one mail's links: 130 random bits.
func NewToken() string { return rand.Text() }

// TokenHash is the form in which a token is stored. Tokens are random, so a fast hash will do.
func TokenHash(token string) string {
	h := sha256.Sum256([]byte(token))
	return hex.EncodeToString(h[:])
}

// Link is the address of a page for a token; the page is in the language of the mail.
func Link(base, path, token string) string {
	return base + path + "?" + url.Values{"t": {token}}.Encode()
}

// NewLink makes the record of a mail's token.
func (l Ledger) NewLink(sub talent.Subscription, delivery, token string, confirms bool, now time.Time) talent.MailLink {
	return talent.MailLink{Hash: TokenHash(token), Delivery: delivery, Subscription: sub.ID, Org: sub.Org, KeyID: l.KeyID(sub),
		Address: talent.AddressHash(sub.Address), Mailbox: talent.MailboxHash(sub.Address), Language: sub.Language, Confirms: confirms,
		Created: now, Expires: now.Add(l.cfg.ConfirmWithin)}
}
