package codes

import (
	_ "embed" // the tables
	"iter"
	"strings"
	"sync"
)

// RegionEdition is the edition of the Chinese region codes.
const RegionEdition = "GB/T 2260, 2023"

//go:embed data/regions.tsv
var regionsTSV string

//go:embed data/areas.tsv
var areasTSV string

//go:embed data/countries.tsv
var countriesTSV string

// table is the parsed code lists; it never changes once it is made.
type table struct {
	byCode                      map[string]Name
	provinces, cities, areas    []Named
	countries, provincesAndRest []Named
}

var tables = sync.OnceValue(func() *table {
	t := &table{byCode: make(map[string]Name, 3700)}
	read := func(tsv string, add func(Named)) {
		for line := range strings.Lines(tsv) {
			line = strings.TrimRight(line, "\r\n")
			if strings.HasPrefix(line, "#") || line == "" {
				continue
			}
			code, rest, _ := strings.Cut(line, "\t")
			zh, en, _ := strings.Cut(rest, "\t")
			n := Named{code, Name{zh, en}}
			t.byCode[code] = n.Name
			add(n)
		}
	}
	read(regionsTSV, func(n Named) {
		if strings.HasSuffix(n.Code, "0000") {
			t.provinces = append(t.provinces, n)
		} else {
			t.cities = append(t.cities, n)
		}
	})
	read(areasTSV, func(n Named) { t.areas = append(t.areas, n) })
	read(countriesTSV, func(n Named) { t.countries = append(t.countries, n) })
	t.provincesAndRest = append(append(t.provincesAndRest, t.provinces...), t.countries...)
	return t
})

// Region returns the name of a GB/T 2260 code of six digits or of an ISO 3166-1 alpha-2 code. China itself,
// Hong Kong, Macao and Taiwan have no alpha-2 code here: the latter three are 810000, 820000 and 710000.
func Region(code string) (Name, bool) {
	n, ok := tables().byCode[code]
	return n, ok
}

// ValidRegion reports whether code is one that facts and requests may carry.
func ValidRegion(code string) bool {
	_, ok := Region(code)
	return ok
}

// City returns the code that facts are stored with: the prefecture of a district ("440305" → "440300"), the
// province of a municipality's district ("110108" → "110000"); counties directly under a province, and every
// other code, are returned as they are.
func City(code string) string {
	if len(code) != 6 {
		return code
	}
	switch code[:2] {
	case "11", "12", "31", "50", "71", "81", "82":
		return code[:2] + "0000"
	}
	if code[2:4] == "90" {
		return code
	}
	return code[:4] + "00"
}

// RegionName returns the name of a region in lang; the empty code is "all regions", an unknown code is
// returned as it is. Districts have Chinese names only.
func RegionName(code, lang string) string {
	if code == "" {
		return Name{"全部地区", "All regions"}.In(lang)
	}
	if n, ok := Region(code); ok {
		return n.In(lang)
	}
	return code
}

// Regions returns the provinces of China by code, then the other countries by code. The slice is the
// caller's own.
func Regions() []Named { return append([]Named(nil), tables().provincesAndRest...) }

// Provinces yields the provinces, municipalities, autonomous and special administrative regions.
func Provinces() iter.Seq[Named] { return all(tables().provinces) }

// Cities yields the prefectures of China; municipalities have none.
func Cities() iter.Seq[Named] { return all(tables().cities) }

// Areas yields the districts and counties of China; they have Chinese names only.
func Areas() iter.Seq[Named] { return all(tables().areas) }

// Countries yields the countries and territories outside China.
func Countries() iter.Seq[Named] { return all(tables().countries) }

func all(list []Named) iter.Seq[Named] {
	return func(yield func(Named) bool) {
		for _, n := range list {
			if !yield(n) {
				return
			}
		}
	}
}
