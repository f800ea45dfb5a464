package codes_test

import (
	"slices"
	"testing"

	"github.com/gapwatch/gapwatch/internal/codes"
	"github.com/gapwatch/gapwatch/internal/talent"
)

func TestRegion(t *testing.T) {
	for _, c := range []struct{ code, zh, en, province, city string }{
		{"110000", "北京市", "Beijing", "110000", "110000"},
		{"110108", "海淀区", "", "110000", "110000"},
		{"440300", "深圳市", "Shenzhen", "440000", "440300"},
		{"440305", "南山区", "", "440000", "440300"},
		{"429004", "仙桃市", "", "420000", "429004"},
		{"522300", "黔西南布依族苗族自治州", "Qianxinan", "520000", "522300"},
		{"810000", "香港特别行政区", "Hong Kong", "810000", "810000"},
		{"710000", "台湾省", "Taiwan", "710000", "710000"},
		{"US", "美国", "United States", "US", "US"},
		{"GB", "英国", "United Kingdom", "GB", "GB"},
	} {
		n, ok := codes.Region(c.code)
		if !ok || n.ZH != c.zh || n.EN != c.en {
			t.Errorf("Region(%s) = %v, %v", c.code, n, ok)
		}
		if got := talent.Province(c.code); got != c.province {
			t.Errorf("Province(%s) = %s, want %s", c.code, got, c.province)
		}
		if got := codes.City(c.code); got != c.city {
			t.Errorf("City(%s) = %s, want %s", c.code, got, c.city)
		}
	}
	for _, code := range []string{"", "CN", "HK", "110100", "999999", "XX", "us"} {
		if codes.ValidRegion(code) {
			t.Errorf("%q is valid", code)
		}
	}
	if got := codes.RegionName("440305", "en"); got != "南山区" {
		t.Errorf("a district without English name is called %q", got)
	}
	if talent.Province("") != "" || codes.RegionName("ZZ", "zh") != "ZZ" {
		t.Error("unknown codes are not passed on")
	}
}

// The lists are complete and consistent: every city lies in a listed province, every area in a listed city or
// directly under its province, and every province and city has both names.
func TestTables(t *testing.T) {
	count := map[string]int{}
	for p := range codes.Provinces() {
		count["province"]++
		if p.Name.ZH == "" || p.Name.EN == "" {
			t.Errorf("%v lacks a name", p)
		}
	}
	for c := range codes.Cities() {
		count["city"]++
		if c.Name.ZH == "" || c.Name.EN == "" || !codes.ValidRegion(talent.Province(c.Code)) {
			t.Errorf("%v lacks a name or province", c)
		}
	}
	for a := range codes.Areas() {
		count["area"]++
		if a.Name.ZH == "" || !codes.ValidRegion(codes.City(a.Code)) {
			t.Errorf("%v lacks a name or city", a)
		}
	}
	for range codes.Countries() {
		count["country"]++
	}
	for what, want := range map[string]int{"province": 34, "city": 333, "area": 2978, "country": 245} {
		if count[what] != want {
			t.Errorf("%d × %s, want %d", count[what], what, want)
		}
	}
	if got := codes.Regions(); len(got) != 34+245 || !slices.IsSortedFunc(got[:34], func(a, b codes.Named) int {
		if a.Code < b.Code {
			return -1
		}
		return 1
	}) {
		t.Errorf("%d regions, or not in order", len(got))
	}
}

func TestNames(t *testing.T) {
	if got := codes.Industries(); len(got) != 20 || got[0].Code != "A" || got[19].Code != "T" {
		t.Errorf("sections: %v", got)
	}
	for code, want := range map[string]bool{"I": true, "I65": false, "": false, "U": false, "i": false} {
		if codes.ValidIndustry(code) != want {
			t.Errorf("ValidIndustry(%q) = %v", code, !want)
		}
	}
	if n, ok := codes.Industry("I65"); !ok || n.ZH != "信息传输、软件和信息技术服务业" {
		t.Errorf("division 65 = %v, %v", n, ok)
	}
	if _, ok := codes.Industry("Information"); ok {
		t.Error("a word is taken for a code")
	}
	for _, c := range []struct{ got, want string }{
		{codes.TierName(talent.TierLead, "zh"), "领军人才"},
		{codes.TierName("", "en"), "All tiers"},
		{codes.IndustryName("J", "en"), "Finance"},
		{codes.IndustryName("", "zh"), "全部行业"},
		{codes.RegionName("", "zh"), "全部地区"},
		{codes.DegreeName("master", "zh"), "硕士"},
		{codes.FutureDirections()[5].Name.In("zh"), "未来健康"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
