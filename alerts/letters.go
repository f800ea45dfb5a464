package alerts

import (
	"context"
	"time"

	"github.com/gapwatch/gapwatch/alerts/subscribe"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// letters lists the mails that are about no alert: those that ask the owner of an address, and those that tell an
// organisation of a receiver that is paused. Like warnings they are worked out from the store alone.
func (a *Alerts) letters(ctx context.Context, subs []talent.Subscription, ledger subscribe.Ledger, now time.Time) (out []due, err error) {
	if a.channels[channelEmail] == nil {
		return nil, nil
	}
	asked := map[string]bool{}
	for _, sub := range subs {
		id := subscribe.AskID(sub.Org, sub.Email)
		if last, ask := ledger.Ask(sub, now); ask && !asked[id] {
			asked[id] = true
			out = append(out, due{about: aboutConsent, sub: sub, channel: channelEmail, id: id, last: last})
		}
	}
	notices := a.notices(subs, ledger, now)
	ids := make([]string, len(notices))
	for i, d := range notices {
		ids[i] = d.id
	}
	sent, err := a.store.Attempts(ctx, ids)
	if err != nil {
		return nil, err
	}
	known := map[string]talent.Notification{}
	for _, n := range sent {
		known[n.ID] = n
	}
	for _, d := range notices {
		switch d.last = known[d.id]; d.last.Status {
		case "", talent.NotificationRetry, talent.NotificationSending, talent.NotificationWaiting:
			out = append(out, d)
		}
	}
	return out, nil
}

// notices lists the mails about paused receivers: one to each address of the organisation that has agreed to its
// mails, and whose own mails are not what is paused.
func (a *Alerts) notices(subs []talent.Subscription, ledger subscribe.Ledger, now time.Time) (out []due) {
	byOrg := map[string][]talent.Subscription{}
	for _, sub := range subs {
		byOrg[sub.Org] = append(byOrg[sub.Org], sub)
	}
	for _, broken := range subs {
		for _, channel := range subscribe.Channels(broken) {
			s := ledger.Standing(broken, channel, now)
			if s.State != subscribe.Paused || s.Reason != subscribe.ReasonFailing {
				continue
			}
			target := subscribe.MaskEmail(broken.Email)
			if channel == channelWebhook {
				target = subscribe.MaskURL(broken.WebhookURL)
			}
			told := map[string]bool{}
			for _, sub := range byOrg[broken.Org] {
				address := ledger.Confirmed(sub, now)
				if address == "" || told[address] || ledger.Standing(sub, channelEmail, now).State != subscribe.Active {
					continue
				}
				told[address] = true
				out = append(out, due{about: aboutPause, sub: sub, channel: channelEmail, failing: s, target: target, broken: broken.ID,
					id: talent.NewID("paused", broken.ID, channel, s.Since.Format(time.RFC3339), talent.AddressHash(address))})
			}
		}
	}
	return out
}
