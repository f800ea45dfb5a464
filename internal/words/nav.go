package words

// Place is an entry of the navigation.
type Place struct {
	Path string
	Key  string // of its name; empty: API, which has one name in every language
}

// Navigation lists what every page leads to, whichever part of the program serves it. The mailbox is there with the
// sample market only.
func Navigation(mailbox bool) []Place {
	places := []Place{
		{"/", "nav.overview"}, {"/skills", "nav.skills"}, {"/alerts", "nav.alerts"}, {"/sources", "nav.sources"}, {"/request", "nav.request"},
		{"/programmes", "nav.programmes"}, {"/subscribe", "nav.subscribe"}, {"/api", ""}, {"/about", "nav.about"},
	}
	if mailbox {
		places = append(places, Place{"/mailbox", "nav.mailbox"})
	}
	return places
}

// Place is a place's name.
func (m Messages) Place(p Place) string {
	if p.Key == "" {
		return "API"
	}
	return m.Say(p.Key)
}
