package notify

import (
	"context"

	"github.com/gapwatch/gapwatch/alerts/subscribe"
)

// Channel is one way to tell subscribers. A package under alerts/notify implements it and owns everything about it:
// addresses, configuration, sending. See docs/contributing.md for how to add one.
type Channel interface {
	subscribe.Channel
	// Ready says why nothing can be sent over the channel as it is configured; nil when it can.
	Ready() error
	// Receiver names whom a message to an address makes wait: a host, a mail domain.
	Receiver(address string) string
	// Width is how many messages may be under way at a time, in all and of one organisation.
	Width() (all, ofOrg int)
	// Send delivers one message. retry says whether another attempt can help, reason is the name that is recorded; err
	// is nil when the receiver accepted the message, and a Busy when it said when to come back.
	Send(ctx context.Context, m Message) (retry bool, reason string, err error)
	// Blames reports whether a failed attempt is the receiver's doing, and not that of a server of our own.
	Blames(retry bool, reason string) bool
}

// Channels are the ways to tell subscribers, by name.
type Channels map[string]Channel

// NewChannels registers channels under their names.
func NewChannels(list ...Channel) Channels {
	out := make(Channels, len(list))
	for _, c := range list {
		out[c.Name()] = c
	}
	return out
}

// Addresses are the channels as package subscribe knows them.
func (c Channels) Addresses() subscribe.Channels {
	out := make(subscribe.Channels, len(c))
	for name, channel := range c {
		out[name] = channel
	}
	return out
}
