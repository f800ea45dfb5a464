package codes

import "github.com/gapwatch/gapwatch/internal/talent"

// Name is what a code is called in the two languages.
type Name struct{ ZH, EN string }

// In returns the name in lang ("zh" or "en"); any other language gets English. A name that is missing in the
// one language is given in the other.
func (n Name) In(lang string) string {
	if lang == "zh" && n.ZH != "" || n.EN == "" {
		return n.ZH
	}
	return n.EN
}

// Named is a code with its name.
type Named struct {
	Code string
	Name Name
}

// find returns the name of code in list.
func find(list []Named, code string) (Name, bool) {
	for _, n := range list {
		if n.Code == code {
			return n.Name, true
		}
	}
	return Name{}, false
}

// Tiers returns the talent tiers, highest first.
func Tiers() []Named {
	return []Named{
		{string(talent.TierLead), Name{"领军人才", "Lead"}},
		{string(talent.TierBackbone), Name{"骨干人才", "Backbone"}},
		{string(talent.TierReserve), Name{"后备人才", "Reserve"}},
	}
}

// TierName returns the name of a tier in lang; the empty tier is "all tiers", an unknown one is returned as
// it is.
func TierName(t talent.Tier, lang string) string {
	if t == "" {
		return Name{"全部层次", "All tiers"}.In(lang)
	}
	if n, ok := find(Tiers(), string(t)); ok {
		return n.In(lang)
	}
	return string(t)
}

// Degrees returns the degrees that postings ask for and programmes give, highest first.
func Degrees() []Named {
	return []Named{
		{"doctor", Name{"博士", "Doctor"}},
		{"master", Name{"硕士", "Master"}},
		{"bachelor", Name{"本科", "Bachelor"}},
		{"college", Name{"大专", "College"}},
	}
}

// DegreeName returns the name of a degree in lang; an unknown one is returned as it is.
func DegreeName(code, lang string) string {
	if n, ok := find(Degrees(), code); ok {
		return n.In(lang)
	}
	return code
}

// FutureDirections returns the six directions of 未来产业 (the opinions of seven ministries of January 2024 on
// future industries).
func FutureDirections() []Named {
	return []Named{
		{"manufacturing", Name{"未来制造", "Future manufacturing"}},
		{"information", Name{"未来信息", "Future information"}},
		{"materials", Name{"未来材料", "Future materials"}},
		{"energy", Name{"未来能源", "Future energy"}},
		{"space", Name{"未来空间", "Future space"}},
		{"health", Name{"未来健康", "Future health"}},
	}
}
