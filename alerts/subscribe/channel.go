package subscribe

import (
	"context"

	"github.com/gapwatch/gapwatch/internal/talent"
)

// Channel is what this package must know of a way to reach a subscriber: its addresses. How messages are sent over it
// is package notify's.
type Channel interface {
	// Name is the channel's name as it is stored and as the API says it.
	Name() string
	// Parse reads an address as a subscriber writes it and returns the form to keep. Its error says what is wanted.
	Parse(address string) (string, error)
	// Check says whether a parsed address may be sent to at all; its error says what to do about it.
	Check(ctx context.Context, address string) error
	// Mask is an address as it may be shown to people who are not its owner, in logs and in records.
	Mask(address string) string
	// Consents reports whether the owner of an address must agree before anything is sent to it: an address may be
	// somebody else's.
	Consents() bool
	// Signs reports whether messages are signed with a secret of the subscription.
	Signs() bool
}

// Channels are the ways to reach a subscriber, by name.
type Channels map[string]Channel

// Consents reports whether the owner of a row's address must agree first.
func (c Channels) Consents(sub talent.Subscription) bool {
	channel, ok := c[sub.Channel]
	return ok && channel.Consents()
}

// Mask is the masked address of a row.
func (c Channels) Mask(sub talent.Subscription) string {
	if channel, ok := c[sub.Channel]; ok {
		return channel.Mask(sub.Address)
	}
	return "…"
}
