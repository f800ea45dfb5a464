// Package terms resolves what people write for skills, regions, industries, tiers and degrees (a code, or a
// name in Chinese or English) to the codes that are stored.
package terms

import (
	"strings"
	"sync"

	"github.com/gapwatch/gapwatch/internal/codes"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// fold makes names comparable: small letters, no space, hyphen or underscore.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case ' ', '\t', '-', '_', '\u00a0', '\u3000':
			return -1
		}
		return r
	}, strings.ToLower(s))
}

// regionNames maps folded names to codes, parsed once at first use. Provinces come before cities, so that 吉林
// is the province; 吉林市 names the city.
var regionNames = sync.OnceValue(func() map[string]string {
	names := make(map[string]string, 1500)
	add := func(name, code string) {
		if k := fold(name); k != "" && names[k] == "" {
			names[k] = code
		}
	}
	for n := range codes.Provinces() {
		add(n.Name.ZH, n.Code)
		add(n.Name.EN, n.Code)
		add(shortProvince(n.Name.ZH), n.Code)
	}
	for n := range codes.Cities() {
		add(n.Name.ZH, n.Code)
		add(strings.TrimSuffix(n.Name.ZH, "市"), n.Code)
		add(n.Name.EN, n.Code)
	}
	for n := range codes.Countries() {
		add(n.Name.ZH, n.Code)
		add(n.Name.EN, n.Code)
	}
	return names
})

// shortProvince is the everyday name of a province: 浙江, 新疆, 香港.
func shortProvince(zh string) string {
	for _, suffix := range []string{"维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "特别行政区", "省", "市"} {
		if short, ok := strings.CutSuffix(zh, suffix); ok {
			return short
		}
	}
	return zh
}

// Region resolves a region: a GB/T 2260 code, an ISO 3166-1 country outside China, or the name of a province, a
// city or a country. Districts are taken by code only, because many share a name.
func Region(s string) (string, bool) {
	s = strings.TrimSpace(s)
	if c := strings.ToUpper(s); c != "" && codes.ValidRegion(c) {
		return c, true
	}
	c, ok := regionNames()[fold(s)]
	return c, ok
}

// Industry resolves an industry: a section of GB/T 4754-2017, a longer code of it, or the section's name.
func Industry(s string) (string, bool) {
	s = strings.TrimSpace(s)
	if c := strings.ToUpper(s); c != "" {
		if _, ok := codes.Industry(c); ok {
			return c[:1], true
		}
	}
	return named(codes.Industries(), s)
}

// Tier resolves a talent tier: lead, backbone, reserve, or 领军, 骨干, 后备 with or without 人才.
func Tier(s string) (talent.Tier, bool) {
	c, ok := named(codes.Tiers(), s)
	if !ok {
		c, ok = named(codes.Tiers(), strings.TrimSpace(s)+"人才")
	}
	return talent.Tier(c), ok
}

// Degree resolves a degree: bachelor, master, doctor, college, or 本科, 学士, 硕士, 博士, 大专, 专科 with or
// without 研究生.
func Degree(s string) (string, bool) {
	if c, ok := named(codes.Degrees(), s); ok {
		return c, true
	}
	switch strings.TrimSuffix(strings.TrimSpace(s), "研究生") {
	case "学士":
		return "bachelor", true
	case "硕士":
		return "master", true
	case "博士":
		return "doctor", true
	case "专科", "高职":
		return "college", true
	}
	return "", false
}

func named(list []codes.Named, s string) (string, bool) {
	k := fold(strings.TrimSpace(s))
	for _, n := range list {
		if k != "" && (k == fold(n.Code) || k == fold(n.Name.ZH) || k == fold(n.Name.EN)) {
			return n.Code, true
		}
	}
	return "", false
}
