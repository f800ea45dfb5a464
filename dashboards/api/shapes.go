package api

import (
	"github.com/gapwatch/gapwatch/internal/talent"
	"github.com/gapwatch/gapwatch/internal/words"
)

// seriesJSON words.Names a series.
type seriesJSON struct {
	ID       string `json:"id" doc:"stable id of the series"`
	Grain    string `json:"grain" enum:"week,month"`
	Skill    string `json:"skill"`
	Region   string `json:"region" doc:"GB/T 2260 code ending in 0000, or ISO 3166-1 alpha-2; empty: all regions"`
	Industry string `json:"industry" doc:"GB/T 4754-2017 section; empty: all industries"`
	Tier     string `json:"tier" doc:"lead, backbone or reserve; empty: all tiers"`
}

func keyJSON(k talent.SeriesKey) seriesJSON {
	return seriesJSON{k.ID(), string(k.Grain), k.Skill, k.Region, k.Industry, string(k.Tier)}
}

// bandJSON is the trend band of one evaluated period.
type bandJSON struct {
	State      string  `json:"state" doc:"ok, or why there is no band: insufficient_history, source_down, no_data"`
	Window     int     `json:"window" doc:"periods judged together, ending with this one"`
	Observed   float64 `json:"observed" doc:"heads wanted in the window"`
	Expected   float64 `json:"expected"`
	Lower      float64 `json:"lower"`
	Upper      float64 `json:"upper"`
	P          float64 `json:"p" doc:"probability of so many heads or more without a change"`
	Dispersion float64 `json:"dispersion"`
	TrendYear  float64 `json:"trend_year" doc:"growth of the rate a year; 0.1 is +10 %"`
	History    int     `json:"history" doc:"judged periods behind the band"`
	Version    string  `json:"version"`
}

func bandOf(b talent.Band) *bandJSON {
	return &bandJSON{string(b.State), b.Window, b.Observed, b.Expected, b.Lower, b.Upper, b.P, b.Dispersion, b.TrendYear, b.History, b.BandVersion}
}

// pointJSON is one period of a series.
type pointJSON struct {
	Period    string    `json:"period" format:"date" doc:"first day"`
	Openings  float64   `json:"openings" doc:"heads wanted by postings"`
	Requested float64   `json:"requested" doc:"heads wanted by enterprises directly"`
	Demand    float64   `json:"demand" doc:"openings + requested"`
	Vacancies int       `json:"vacancies"`
	Employers int       `json:"employers"`
	Exposure  int       `json:"exposure" doc:"all vacancies of the cell, with or without the skill"`
	Supply    *float64  `json:"supply" doc:"heads; null when unknown, which is not zero"`
	Gap       *float64  `json:"gap" doc:"demand - supply; null when supply is unknown"`
	Ratio     *float64  `json:"ratio" doc:"demand / supply; null when supply is unknown or zero"`
	State     string    `json:"state" doc:"ok, partial, source_down or no_data: numbers of the last two say nothing"`
	Band      *bandJSON `json:"band,omitempty"`
}

func pointOf(p talent.Point) pointJSON {
	out := pointJSON{Period: words.Day(p.Period), Openings: p.Openings, Requested: p.Requested, Demand: p.Demand(), Vacancies: p.Vacancies,
		Employers: p.Employers, Exposure: p.Exposure, Supply: p.Supply, State: string(p.State)}
	if gap, ok := p.Gap(); ok {
		out.Gap = &gap
	}
	if ratio, ok := talent.Ratio(p.Demand(), p.Supply); ok {
		out.Ratio = &ratio
	}
	return out
}

// alertJSON is one alert.
type alertJSON struct {
	ID       string          `json:"id"`
	Series   seriesJSON      `json:"series"`
	Severity string          `json:"severity" enum:"blue,yellow,orange,red"`
	Status   string          `json:"status" enum:"firing,resolved"`
	Opened   string          `json:"opened" format:"date" doc:"period that fired it"`
	Updated  string          `json:"updated" format:"date" doc:"period of its latest event"`
	Evidence talent.Evidence `json:"evidence" doc:"every number of the latest evaluation"`
}

func alertOf(a talent.Alert) alertJSON {
	return alertJSON{a.ID, keyJSON(a.Key), string(a.Severity), string(a.Status), words.Day(a.Opened), words.Day(a.Updated), a.Evidence}
}
