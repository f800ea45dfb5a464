package api

import (
	"time"

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
	State      string   `json:"state" doc:"ok, or why there is no band: insufficient_history, source_down, no_data, suppressed"`
	Window     int      `json:"window" doc:"periods judged together, ending with this one"`
	Observed   *float64 `json:"observed" doc:"heads wanted in the window; this and the numbers below are null when suppressed"`
	Expected   *float64 `json:"expected"`
	Lower      *float64 `json:"lower"`
	Upper      *float64 `json:"upper"`
	P          *float64 `json:"p" doc:"probability of so many heads or more without a change"`
	Dispersion *float64 `json:"dispersion"`
	TrendYear  *float64 `json:"trend_year" doc:"growth of the rate a year; 0.1 is +10 %"`
	History    int      `json:"history" doc:"judged periods behind the band"`
	Version    string   `json:"version"`
}

func bandOf(b talent.Band) *bandJSON {
	e := evidenceOf(b.Evidence)
	return &bandJSON{string(b.State), b.Window, e.Observed, e.Expected, e.Lower, e.Upper, e.P, e.Dispersion, e.TrendYear, b.History, b.BandVersion}
}

// evidenceJSON is what an evaluation rests on.
type evidenceJSON struct {
	Period      time.Time `json:"period" doc:"the period judged, first day"`
	Window      int       `json:"window" doc:"periods judged together, ending with period"`
	Suppressed  bool      `json:"suppressed" doc:"the numbers are null because fewer than three parties stand behind one of the periods, or because they would tell of such a cell"`
	Observed    *float64  `json:"observed" doc:"heads wanted in the window, as judged"`
	Exposure    *float64  `json:"exposure" doc:"vacancies of the cell in the window"`
	Expected    *float64  `json:"expected" doc:"heads expected at that exposure"`
	Lower       *float64  `json:"lower"`
	Upper       *float64  `json:"upper"`
	P           *float64  `json:"p" doc:"one-sided, upward"`
	Dispersion  *float64  `json:"dispersion" doc:"variance / mean of the counts"`
	BaseRate    *float64  `json:"base_rate" doc:"heads per vacancy in the history"`
	TrendYear   *float64  `json:"trend_year" doc:"growth of the rate a year, 0.1 = +10 %"`
	History     int       `json:"history" doc:"judged periods behind the band"`
	Vacancies   *int      `json:"vacancies"`
	Employers   *int      `json:"employers"`
	Requested   *float64  `json:"requested" doc:"of observed, heads that enterprises asked for directly, as judged"`
	Stated      *float64  `json:"stated" doc:"the same heads as the enterprises stated them; null where fewer than three did"`
	Requesters  *int      `json:"requesters" doc:"organisations that asked, the most in one period of the window; null where fewer than three did"`
	Supply      *float64  `json:"supply" doc:"heads in the window, null when unknown"`
	Gap         *float64  `json:"gap" doc:"heads in the window, null when supply is unknown"`
	BandVersion string    `json:"band_version" doc:"evaluator that made the numbers"`
}

func evidenceOf(e talent.Evidence) evidenceJSON {
	out := evidenceJSON{Period: e.Period, Window: e.Window, Suppressed: e.Suppressed, History: e.History, Supply: e.Supply, Gap: e.Gap, BandVersion: e.BandVersion}
	if e.Suppressed {
		return out
	}
	out.Observed, out.Exposure, out.Expected, out.Lower, out.Upper, out.P = &e.Observed, &e.Exposure, &e.Expected, &e.Lower, &e.Upper, &e.P
	out.Dispersion, out.BaseRate, out.TrendYear, out.Requested, out.Stated = &e.Dispersion, &e.BaseRate, &e.TrendYear, &e.Requested, &e.Stated
	out.Vacancies, out.Employers, out.Requesters = &e.Vacancies, &e.Employers, &e.Requesters
	if e.Hidden&talent.HiddenRequests != 0 {
		out.Stated, out.Requesters = nil, nil
	}
	return out
}

// pointJSON is one period of a series.
type pointJSON struct {
	Period    string    `json:"period" format:"date" doc:"first day"`
	Openings  *float64  `json:"openings" doc:"heads wanted by postings; null when suppressed, like the numbers below but supply"`
	Requested *float64  `json:"requested" doc:"heads wanted by enterprises directly; null also where fewer than three organisations ask, and by month"`
	Demand    *float64  `json:"demand" doc:"openings + requested, without requested where that is null"`
	Vacancies *int      `json:"vacancies"`
	Employers *int      `json:"employers"`
	Exposure  *int      `json:"exposure" doc:"all vacancies of the cell, with or without the skill"`
	Supply    *float64  `json:"supply" doc:"heads; null when unknown, which is not zero"`
	Gap       *float64  `json:"gap" doc:"demand - supply; null when supply is unknown"`
	Ratio     *float64  `json:"ratio" doc:"demand / supply; null when supply is unknown or zero"`
	State     string    `json:"state" enum:"ok,partial,source_down,no_data,suppressed" doc:"numbers of source_down and no_data say nothing; suppressed: fewer than three parties stand behind them, or they would tell of such a cell"`
	Band      *bandJSON `json:"band,omitempty"`
}

func pointOf(p talent.Point) pointJSON {
	out := pointJSON{Period: words.Day(p.Period), Supply: p.Supply, State: string(p.State)}
	if p.State != talent.StateSuppressed {
		out.Openings, out.Demand, out.Vacancies, out.Employers, out.Exposure = &p.Openings, new(p.Demand()), &p.Vacancies, &p.Employers, &p.Exposure
		if p.Hidden&talent.HiddenRequests == 0 {
			out.Requested = &p.Requested
		}
	}
	if gap, ok := p.Gap(); ok {
		out.Gap = &gap
	}
	if ratio, ok := p.Ratio(); ok {
		out.Ratio = &ratio
	}
	return out
}

// alertJSON is one alert.
type alertJSON struct {
	ID       string       `json:"id"`
	Series   seriesJSON   `json:"series"`
	Severity string       `json:"severity" enum:"blue,yellow,orange,red"`
	Status   string       `json:"status" enum:"firing,resolved"`
	Opened   string       `json:"opened" format:"date" doc:"period that fired it"`
	Updated  string       `json:"updated" format:"date" doc:"period of its latest event"`
	Evidence evidenceJSON `json:"evidence" doc:"every number of the latest evaluation"`
}

func alertOf(a talent.Alert) alertJSON {
	return alertJSON{a.ID, keyJSON(a.Key), string(a.Severity), string(a.Status), words.Day(a.Opened), words.Day(a.Updated), evidenceOf(a.Evidence)}
}
