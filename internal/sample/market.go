package sample

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// Config anchors the market. The same seed and anchor give the same market, to the letter.
type Config struct {
	Seed   uint64
	Anchor time.Time // when the market was first opened: two years of history lie before it, new postings after it
}

// The market's size and its disturbances.
const (
	historyWeeks   = 104
	weeklyVolume   = 240 // vacancies in a usual week
	shortageWeeks  = 5   // complete weeks before the anchor in which planted shortages began
	outageWeek     = 40  // weeks before the anchor in which the board published nothing for two weeks
	holidayWeek    = 22  // weeks before the anchor of a two-week holiday: everything falls to a third
	livePerHour    = 240
	liveHours      = 1
	laterPerDay    = 12
	englishPercent = 30
)

// Shortage is a planted one: from Since on, the skill's share of the vacancies of Region is Factor times as large.
type Shortage struct {
	Skill  string
	Region string // "" is everywhere
	Factor float64
	Since  time.Time
}

// Truth is what really happens in the market, for tests to compare with.
type Truth struct {
	Shortages       []Shortage
	Stable          []string     // skills whose share does not change
	Outage, Holiday [2]time.Time // first day, and the first day after
}

// Vacancy is one advertisement of the board.
type Vacancy struct {
	ID        int
	Published time.Time
	English   bool
	Role      role
	Employer  employer
	Place     place
	Openings  int
	Skills    []skill
	Text      string
}

// Market is the whole of it; it does not change after New.
type Market struct {
	cfg       Config
	truth     Truth
	vacancies []Vacancy // by day of publication
}

// New draws the market.
func New(cfg Config) *Market {
	anchor := monday(cfg.Anchor)
	m := &Market{cfg: cfg, truth: Truth{
		Shortages: []Shortage{
			{Skill: "retrieval-augmented-generation", Factor: 4, Since: anchor.AddDate(0, 0, -7*shortageWeeks)},
			{Skill: "ros", Region: "440000", Factor: 5, Since: anchor.AddDate(0, 0, -7*shortageWeeks)},
			{Skill: "cuda", Factor: 3, Since: anchor.AddDate(0, 0, -7*shortageWeeks)},
		},
		Outage:  [2]time.Time{anchor.AddDate(0, 0, -7*outageWeek), anchor.AddDate(0, 0, -7*(outageWeek-2))},
		Holiday: [2]time.Time{anchor.AddDate(0, 0, -7*holidayWeek), anchor.AddDate(0, 0, -7*(holidayWeek-2))},
	}}
	for _, s := range skills() {
		if s.rising == 0 && !slices.ContainsFunc(m.truth.Shortages, func(p Shortage) bool { return p.Skill == s.id }) {
			m.truth.Stable = append(m.truth.Stable, s.id)
		}
	}
	draw := rand.New(rand.NewPCG(cfg.Seed, 1))
	for week := -historyWeeks; week < 0; week++ {
		start := anchor.AddDate(0, 0, 7*week)
		for range poisson(draw, m.volume(start)) {
			m.add(draw, start.Add(time.Duration(draw.Int64N(int64(7*24*time.Hour)))))
		}
	}
	// the days of this week before the anchor, then the live postings
	days := cfg.Anchor.Sub(anchor).Hours() / 24
	for range poisson(draw, weeklyVolume*days/7) {
		m.add(draw, anchor.Add(time.Duration(draw.Int64N(int64(max(cfg.Anchor.Sub(anchor), 1))))))
	}
	for i := range livePerHour * liveHours {
		m.add(draw, cfg.Anchor.Add(time.Duration(i+1)*time.Hour/livePerHour))
	}
	for i := range laterPerDay * 60 {
		m.add(draw, cfg.Anchor.Add(liveHours*time.Hour+time.Duration(i+1)*24*time.Hour/laterPerDay))
	}
	slices.SortFunc(m.vacancies, func(a, b Vacancy) int { return a.Published.Compare(b.Published) })
	for i := range m.vacancies {
		m.vacancies[i].ID = i + 1
		m.vacancies[i].Text = describe(&m.vacancies[i])
	}
	return m
}

// Truth returns what a warning system should find.
func (m *Market) Truth() Truth { return m.truth }

// At returns the vacancies that are published by now.
func (m *Market) At(now time.Time) []Vacancy {
	n, _ := slices.BinarySearchFunc(m.vacancies, now, func(v Vacancy, t time.Time) int {
		if v.Published.After(t) {
			return 1
		}
		return -1
	})
	return m.vacancies[:n]
}

// volume is the number of vacancies expected in the week of start: a slow growth, a season, the holiday, the outage.
func (m *Market) volume(start time.Time) float64 {
	within := func(span [2]time.Time) bool { return !start.Before(span[0]) && start.Before(span[1]) }
	if within(m.truth.Outage) {
		return 0
	}
	years := m.cfg.Anchor.Sub(start).Hours() / 24 / 365.25
	v := weeklyVolume * (1 - 0.08*years) * (1 + 0.1*math.Sin(2*math.Pi*years))
	if within(m.truth.Holiday) {
		v /= 3
	}
	return v
}

func (m *Market) add(draw *rand.Rand, published time.Time) {
	all, staff, towns := roles(), employers(), places()
	v := Vacancy{Published: published, English: draw.IntN(100) < englishPercent,
		Role: all[draw.IntN(len(all))], Employer: staff[draw.IntN(len(staff))], Openings: 1, Place: pick(draw, towns)}
	if draw.IntN(5) == 0 {
		v.Openings = 2 + draw.IntN(3)
	}
	years := m.cfg.Anchor.Sub(published).Hours() / 24 / 365.25
	for _, s := range skills() {
		share := s.share * math.Exp(-s.rising*years)
		for _, p := range m.truth.Shortages {
			if p.Skill == s.id && !published.Before(p.Since) && (p.Region == "" || p.Region == v.Place.region) {
				share *= p.Factor
			}
		}
		if draw.Float64() < share {
			v.Skills = append(v.Skills, s)
		}
	}
	draw.Shuffle(len(v.Skills), func(i, j int) { v.Skills[i], v.Skills[j] = v.Skills[j], v.Skills[i] })
	m.vacancies = append(m.vacancies, v)
}

// describe writes the advertisement. Its number makes the text its own: the board never prints one twice.
func describe(v *Vacancy) string {
	draw := rand.New(rand.NewPCG(uint64(v.ID), 7))
	var names []string
	for _, s := range v.Skills {
		forms := s.zh
		if v.English {
			forms = s.en
		}
		names = append(names, forms[draw.IntN(len(forms))])
	}
	if v.English {
		text := fmt.Sprintf("Reference S-%05d. You will build products for customers of %s in %s.\n", v.ID, v.Employer.en, v.Place.en)
		if len(names) > 0 {
			text += "Requirements:\n- Hands-on experience with " + strings.Join(names, ", ") + "\n"
		}
		return text + fmt.Sprintf("- %s, %s of experience\n", v.Role.enDegree, v.Role.enYears)
	}
	text := fmt.Sprintf("职位编号 S-%05d。你将在%s参与%s的产品研发。\n任职要求：\n", v.ID, v.Place.zh, v.Employer.zh)
	if len(names) > 0 {
		text += "1、熟悉" + strings.Join(names, "、") + "；\n"
	}
	return text + fmt.Sprintf("2、%s及以上学历，%s经验。\n", v.Role.zhDegree, v.Role.zhYears)
}

// monday is the first day of the week of t.
func monday(t time.Time) time.Time {
	t = t.UTC()
	day := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	return day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
}

func pick(draw *rand.Rand, all []place) place {
	total := 0.
	for _, p := range all {
		total += p.weight
	}
	x := draw.Float64() * total
	for _, p := range all {
		if x -= p.weight; x < 0 {
			return p
		}
	}
	return all[len(all)-1]
}

// poisson draws a count with the mean (Knuth's method in logarithms; means here are below a few hundred).
func poisson(draw *rand.Rand, mean float64) int {
	if mean <= 0 {
		return 0
	}
	n, sum := 0, 0.
	for {
		sum += draw.ExpFloat64()
		if sum > mean {
			return n
		}
		n++
	}
}
