package notify

import (
	"github.com/gapwatch/gapwatch/alerts/subscribe"
	"github.com/gapwatch/gapwatch/internal/words"
)

// Ask writes the letter that asks the owner of an address whether they want warnings. who asked, days is how long the
// link works.
func Ask(n words.Names, who Foreign, days int, url string) *Letter {
	say := n.Text.Say
	return &Letter{Title: say("mail.ask.title"), Lead: n.Text.Count("mail.ask.lead", days, who), URL: url, LinkText: say("mail.ask.open"),
		Why: say("mail.ask.why"), Leave: say("mail.ask.leave")}
}

// Failing writes the letter that tells an organisation that one of its receivers is paused. receiver is the masked
// address, url the page of subscriptions.
func Failing(n words.Names, receiver Foreign, s subscribe.Standing, subscription, url string) *Letter {
	say := n.Text.Say
	return &Letter{Title: say("mail.failing.title"), Lead: say("mail.failing.lead", receiver, subscription, words.Day(s.Since), s.Detail),
		NextIs: say("mail.next"), Next: []string{say("mail.failing.mend"), say("mail.failing.end")}, URL: url, LinkText: say("mail.failing.open"),
		Why: say("mail.why", subscription), Leave: say("mail.leave"), ManageURL: url}
}
