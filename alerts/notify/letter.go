package notify

import (
	"slices"

	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/words"
)

// Fact is one number of a letter with what it is.
type Fact struct{ Label, Value string }

// Letter is a message in words. Channels lay it out; none of them adds words of its own.
type Letter struct {
	Language string
	Subject  string
	Title    string
	Lead     string // what happened, in two sentences
	Sample   string // says that the data are fictional; empty for real data
	FactsAre string // heading of the facts
	Facts    []Fact
	Notes    []string // what the reader should know beside
	NextIs   string   // heading of the next steps
	Next     []string
	Picture  string // what the picture shows
	LinkText string
	URL      string
	Why      string // why the reader gets this
	Leave    string // text of the link that ends these mails
	LeaveURL string

	Manage    string // text of the link to the organisation's subscriptions
	ManageURL string // empty in a letter to somebody who has none
}

// Bare returns the letter without control characters and line breaks, and without the beginnings of links (://, @ and
// www.) outside of its own addresses, whatever its parts were made of: the last fence behind Foreign.
func (l Letter) Bare() Letter {
	bare := func(s string) string { return unscheme(oneLine(s)) }
	l.Subject, l.Title, l.Lead, l.Sample, l.FactsAre = bare(l.Subject), bare(l.Title), bare(l.Lead), bare(l.Sample), bare(l.FactsAre)
	l.NextIs, l.Picture, l.LinkText, l.Why = bare(l.NextIs), bare(l.Picture), bare(l.LinkText), bare(l.Why)
	l.Manage, l.Leave = bare(l.Manage), bare(l.Leave)
	l.Facts, l.Notes, l.Next = slices.Clone(l.Facts), slices.Clone(l.Notes), slices.Clone(l.Next)
	for i, f := range l.Facts {
		l.Facts[i] = Fact{bare(f.Label), bare(f.Value)}
	}
	for i, s := range l.Notes {
		l.Notes[i] = bare(s)
	}
	for i, s := range l.Next {
		l.Next[i] = bare(s)
	}
	return l
}

// Write says a message in its subscriber's language.
func Write(m Message) Letter {
	var l Letter
	if m.Letter != nil {
		l = *m.Letter
	} else {
		l = letter(m)
	}
	say := m.Names.Text.Say
	l.Language, l.LeaveURL = m.Names.Lang, m.LeaveURL
	if l.ManageURL != "" {
		l.Manage = say("mail.manage")
	}
	l.Subject = l.Title
	if m.Sample {
		l.Sample, l.Subject = say("mail.sample"), say("mail.sample.subject", l.Title)
	}
	return l.Bare()
}

// letter says an event.
func letter(m Message) Letter {
	n, e, key := m.Names, m.Event.Evidence, m.Event.SeriesKey()
	say := n.Text.Say
	l := Letter{
		Title: say("mail."+string(m.Event.Kind), say("severity."+string(m.Event.Severity)+".level"), n.Skill(key.Skill), n.Cell(key)),
		Lead:  n.Paragraph(n.Explain(talent.Alert{Key: key, Evidence: e})), FactsAre: say("mail.facts"), Facts: facts(m), NextIs: say("mail.next"), Next: next(m),
		URL: m.URL(), LinkText: say("mail.open"), Picture: say("mail.picture"), Why: say("mail.why", m.Subscription.ID), Leave: say("mail.leave"), ManageURL: m.ManageURL(),
	}
	if m.Event.Kind == talent.EventResolved && !e.Suppressed {
		l.Lead = n.Paragraph([]string{say("mail.resolved.lead", words.Day(m.Event.Opened), words.Heads(e.Lower), words.Heads(e.Upper)), l.Lead})
	}
	if m.LastToday {
		l.Notes = []string{say("mail.lasttoday")}
	}
	return l
}

// facts are the numbers of the evidence under the names that they have on the alert's page.
func facts(m Message) []Fact {
	n, e, key := m.Names, m.Event.Evidence, m.Event.SeriesKey()
	say, heads := n.Text.Say, words.Heads
	expected := heads(e.Expected)
	if e.Expected > 0 {
		expected = say("ev.expected.times", expected, words.Ratio(e.Observed/e.Expected))
	}
	supply, gap := say("state.unknown"), say("state.unknown")
	if e.Supply != nil {
		supply = heads(*e.Supply)
	}
	if e.Gap != nil {
		gap = words.Signed(*e.Gap)
	}
	f := []Fact{{say("col.skill"), n.Skill(key.Skill)}, {say("col.cell"), n.Cell(key)}, {say("ev.window"), n.Window(key.Grain, e)}}
	if e.Suppressed {
		return append(f, Fact{say("ev.observed"), say("state.suppressed")}, Fact{say("ev.supply"), supply})
	}
	f = append(f, []Fact{
		{say("ev.observed"), heads(e.Observed)}, {say("ev.expected"), expected}, {say("ev.band"), heads(e.Lower) + " – " + heads(e.Upper)},
		{say("ev.history"), words.Whole(e.History)}, {say("ev.p"), words.Percent(e.P)},
		{say("ev.vacancies"), say("ev.vacancies.of", words.Whole(e.Vacancies), heads(e.Exposure))},
		{say("ev.employers"), say("ev.atleast", words.Whole(e.Employers))}, {say("ev.requested"), heads(e.Requested)},
	}...)
	if e.Requesters > 0 { // how many, never who
		f = append(f, Fact{say("ev.stated"), heads(e.Stated)}, Fact{say("ev.requesters"), say("ev.atleast", words.Whole(e.Requesters))})
	}
	f = append(f, Fact{say("ev.supply"), supply}, Fact{say("ev.gap"), gap})
	if ratio, ok := talent.Ratio(e.Observed, e.Supply); ok {
		f = append(f, Fact{say("col.ratio"), words.Ratio(ratio)})
	}
	return f
}

// mostCourses is how many courses of its reader a letter names.
const mostCourses = 8

// next says what a curriculum planner can do with it.
func next(m Message) []string {
	text := m.Names.Text
	out := []string{text.Say("mail.step.check")}
	if m.Event.Kind == talent.EventResolved {
		return append(out, text.Say("mail.step.resolved"))
	}
	switch {
	case m.Programmes == 0:
		out = append(out, text.Say("mail.step.noprogramme"))
	case len(m.Courses) == 0:
		out = append(out, text.Count("mail.step.nocourse", m.Programmes, m.Names.Skill(m.Event.Skill)))
	default:
		for _, c := range m.Courses[:min(mostCourses, len(m.Courses))] {
			kind := text.Say("mail.step.elective")
			if c.Required {
				kind = text.Say("mail.step.required")
			}
			out = append(out, text.Say("mail.step.course", c.Title, c.Programme, kind, c.Hours))
		}
		if more := len(m.Courses) - mostCourses; more > 0 {
			out = append(out, text.Count("mail.step.more", more))
		}
		out = append(out, text.Say("mail.step.seats"))
	}
	return append(out, text.Say("mail.step.ask"))
}
