package notify

import (
	"context"
	"time"

	"github.com/gapwatch/gapwatch/alerts/subscribe"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// letters lists the letters that are about no alert: those that ask the owner of an address, and those that tell an
// organisation of a receiver that is paused. Like warnings they are worked out from the store alone.
func (p *Postman) letters(ctx context.Context, subs []talent.Subscription, ledger subscribe.Ledger, now time.Time) (out []due, err error) {
	asked := map[string]bool{}
	for _, sub := range subs {
		id := subscribe.AskID(sub.Org, sub.Address)
		if last, ask := ledger.Ask(sub, now); ask && !asked[id] && p.sends(sub.Channel) {
			asked[id] = true
			out = append(out, due{about: aboutConsent, sub: sub, id: id, last: last})
		}
	}
	notices := p.notices(subs, ledger, now)
	ids := make([]string, len(notices))
	for i, d := range notices {
		ids[i] = d.id
	}
	sent, err := p.Store.Attempts(ctx, ids)
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

// notices lists the letters about paused receivers: one to each address of the organisation whose owner has agreed to
// its letters, and that is not itself what is paused.
func (p *Postman) notices(subs []talent.Subscription, ledger subscribe.Ledger, now time.Time) (out []due) {
	byOrg := map[string][]talent.Subscription{}
	for _, sub := range subs {
		byOrg[sub.Org] = append(byOrg[sub.Org], sub)
	}
	for _, broken := range subs {
		s := ledger.Standing(broken, now)
		if s.State != subscribe.Paused || s.Reason != subscribe.ReasonFailing {
			continue
		}
		told := map[string]bool{}
		for _, sub := range byOrg[broken.Org] {
			address := ledger.Confirmed(sub, now)
			if address == "" || told[address] || !p.sends(sub.Channel) || ledger.Standing(sub, now).State != subscribe.Active {
				continue
			}
			told[address] = true
			out = append(out, due{about: aboutPause, sub: sub, failing: s, broken: broken,
				id: talent.NewID("paused", broken.ID, broken.Channel, s.Since.Format(time.RFC3339), talent.AddressHash(address))})
		}
	}
	return out
}
