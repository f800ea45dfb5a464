package normalise

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/gapwatch/gapwatch/internal/codes"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// Codes that no region has: for a name that begins like a place and is not one, and for China as a whole.
const (
	noPlace = "-"
	china   = "CN"
)

// place is a name and its code.
type place struct{ name, code string }

// places is the index that Region looks names up in; it never changes once it is made.
type places struct {
	byHead    map[string][]place  // Chinese names by their first two characters, longest first
	areas     map[string][]place  // districts and counties by province: meant only after their province's name
	names     map[string]string   // English names, folded
	homonyms  map[string][]string // Chinese cities whose English names are equal
	countries map[string]string   // English names that can follow a comma: countries and Chinese regions, folded
	capitals  map[string]string   // abbreviations that count in capitals
	iso       map[string]string   // alpha-2 codes that count after a comma
	states    map[string]string   // states and provinces, abbreviated in capitals or folded, and their country
}

var gazetteer = sync.OnceValue(func() *places {
	g := &places{
		byHead: map[string][]place{}, areas: map[string][]place{}, names: map[string]string{}, homonyms: map[string][]string{},
		countries: map[string]string{}, capitals: map[string]string{}, iso: map[string]string{}, states: map[string]string{},
	}
	zh := map[string]string{}
	g.chinese(zh)
	g.foreign(zh)
	for name, code := range zh {
		head := headOf(name)
		g.byHead[head] = append(g.byHead[head], place{name, code})
	}
	for _, list := range g.byHead {
		slices.SortFunc(list, func(a, b place) int { return cmp.Compare(len(b.name), len(a.name)) })
	}
	return g
})

func headOf(name string) string {
	_, a := utf8.DecodeRuneInString(name)
	_, b := utf8.DecodeRuneInString(name[a:])
	return name[:a+b]
}

// chinese adds the regions of GB/T 2260 in both languages. Provinces come before cities and cities before
// counties, so that 吉林 is the province and 中山 the city.
func (g *places) chinese(zh map[string]string) {
	add := func(name, code string) {
		if _, taken := zh[name]; !taken && utf8.RuneCountInString(name) >= 2 {
			zh[name] = code
		}
	}
	english := func(name, code string) {
		name = fold(name)
		if _, taken := g.names[name]; !taken {
			g.names[name] = code
			g.countries[name] = code
		}
	}
	for p := range codes.Provinces() {
		add(p.Name.ZH, p.Code)
		add(shortProvince(p.Name.ZH), p.Code)
		english(p.Name.EN, p.Code)
	}
	for c := range codes.Cities() {
		add(c.Name.ZH, c.Code)
		add(shortCity(c.Name.ZH), c.Code)
		english(c.Name.EN, c.Code)
		if name := fold(c.Name.EN); g.names[name] != "" && !strings.HasSuffix(g.names[name], "0000") {
			g.homonyms[name] = append(g.homonyms[name], c.Code)
		}
	}
	g.names["suzhou"], g.countries["suzhou"] = "320500", "320500"
	g.names["fuzhou"], g.countries["fuzhou"] = "350100", "350100"
	count := map[string]int{}
	for a := range codes.Areas() {
		count[a.Name.ZH]++
	}
	for a := range codes.Areas() {
		city := codes.City(a.Code)
		province := talent.Province(a.Code)
		g.areas[province] = append(g.areas[province], place{a.Name.ZH, city})
		if count[a.Name.ZH] > 1 || a.Name.ZH == "城区" || a.Name.ZH == "郊区" || a.Name.ZH == "矿区" {
			continue
		}
		add(a.Name.ZH, city)
		if short, ok := strings.CutSuffix(a.Name.ZH, "市"); ok {
			add(short, city) // 昆山, 义乌: towns that are named without their prefecture
		}
	}
	for _, p := range chineseNicknames() {
		zh[p.name] = p.code
	}
	for _, p := range chineseEnglish() {
		g.names[p.name], g.countries[p.name] = p.code, p.code
	}
}

func shortProvince(name string) string {
	for _, suffix := range [...]string{"特别行政区", "维吾尔自治区", "回族自治区", "壮族自治区", "自治区", "省", "市"} {
		if s, ok := strings.CutSuffix(name, suffix); ok {
			return s
		}
	}
	return name
}

// shortCity drops what kind of prefecture it is; an autonomous prefecture is known by its first two or three
// characters, which shortCity leaves to the list of nicknames.
func shortCity(name string) string {
	for _, suffix := range [...]string{"地区", "市", "盟"} {
		if s, ok := strings.CutSuffix(name, suffix); ok {
			return s
		}
	}
	return name
}

// foreign adds countries, their larger cities, states and abbreviations.
func (g *places) foreign(zh map[string]string) {
	for c := range codes.Countries() {
		name := fold(c.Name.EN)
		g.countries[name] = c.Code
		if _, taken := g.names[name]; !taken && name != "georgia" && name != "jersey" {
			g.names[name] = c.Code
		}
		if name := narrow(c.Name.ZH); zh[name] == "" {
			zh[name] = c.Code
		}
	}
	for code, list := range foreignCities() {
		for name := range strings.SplitSeq(list, ",") {
			g.names[name] = code
		}
	}
	for code, list := range countryAliases() {
		for name := range strings.SplitSeq(list, ",") {
			g.names[name], g.countries[name] = code, code
		}
	}
	for code, list := range foreignChinese() {
		for name := range strings.SplitSeq(list, ",") {
			zh[name] = code
		}
	}
	for country, list := range stateNames() {
		for name := range strings.SplitSeq(list, ",") {
			g.states[name] = country
			if strings.ToUpper(name) == name { // an abbreviation counts after a comma only
				continue
			}
			if _, taken := g.names[name]; !taken && name != "georgia" {
				g.names[name] = country
			}
		}
	}
	for code, list := range capitalNames() {
		for name := range strings.SplitSeq(list, ",") {
			g.capitals[name] = code
		}
	}
	for code := range strings.FieldsSeq("AE AT AU BE BG BR CA CH CL CO CZ DE DK EE ES FI FR GB GR HU IE IL IN IT JP KR LT LU LV MX MY NL NO NZ PH PL PT RO RS RU SA SE SG SI SK TH TR UA US VN ZA") {
		g.iso[code] = code
	}
}
