package talent

import "slices"

// Tier is the talent tier: lead 领军, backbone 骨干, reserve 后备.
type Tier string

// The tiers, highest first. The empty tier means that it could not be told.
const (
	TierLead     Tier = "lead"
	TierBackbone Tier = "backbone"
	TierReserve  Tier = "reserve"
)

// Valid reports whether t is a known tier.
func (t Tier) Valid() bool { return t == TierLead || t == TierBackbone || t == TierReserve }

// Severity is one of China's four warning colours, low to high.
type Severity string

// The severities: 蓝 Ⅳ 一般, 黄 Ⅲ 较重, 橙 Ⅱ 严重, 红 Ⅰ 特别严重.
const (
	Blue   Severity = "blue"
	Yellow Severity = "yellow"
	Orange Severity = "orange"
	Red    Severity = "red"
)

// Severities lists the severities, low to high.
func Severities() []Severity { return []Severity{Blue, Yellow, Orange, Red} }

// Rank orders severities: blue 1 … red 4, and 0 for anything else.
func (s Severity) Rank() int { return slices.Index(Severities(), s) + 1 }

// Province returns the region that series are kept in: "440305" and "440300" give "440000"; the code of a country and
// "" are returned as they are.
func Province(region string) string {
	if len(region) == 6 {
		return region[:2] + "0000"
	}
	return region
}

// DataState says what is known about a number. "No data" is not zero.
type DataState string

// The states of a period of a series.
const (
	StateOK         DataState = "ok"
	StatePartial    DataState = "partial"     // the period has not ended
	StateSourceDown DataState = "source_down" // a source that feeds it had no complete run in it
	StateNoData     DataState = "no_data"     // no exposure at all
	StateSuppressed DataState = "suppressed"  // made by Point.Public: too few parties stand behind the numbers
)

// Known reports whether the numbers of a period were observed, be it that the period has not ended.
func (s DataState) Known() bool { return s == StateOK || s == StatePartial }

// Role is what an organisation's key may do.
type Role string

// The roles of keys.
const (
	RoleEnterprise Role = "enterprise" // posts requests
	RoleUniversity Role = "university" // registers programmes, courses, subscriptions
	RoleAnalyst    Role = "analyst"    // reads everything that is not an organisation's own
	RoleAdmin      Role = "admin"      // all of it
)

// ParseRole reads a role's name.
func ParseRole(s string) (Role, bool) {
	switch r := Role(s); r {
	case RoleEnterprise, RoleUniversity, RoleAnalyst, RoleAdmin:
		return r, true
	}
	return "", false
}
