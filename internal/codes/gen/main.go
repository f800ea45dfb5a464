// Command gen writes the tables that package codes embeds. It is run by hand when an edition changes:
//
//	go run ./internal/codes/gen -from DIR -to internal/codes/data
//
// DIR holds provinces.json, cities.json and areas.json: arrays of {"code","name"} with the digits of GB/T 2260
// (2, 4 and 6). English names come from english.tsv beside this file; names of countries from Unicode CLDR, as
// golang.org/x/text carries it.
package main

import (
	"bufio"
	_ "embed"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

//go:embed english.tsv
var english string

type entry struct{ Code, Name string }

func main() {
	from := flag.String("from", "", "folder with provinces.json, cities.json, areas.json")
	to := flag.String("to", "internal/codes/data", "folder to write to")
	edition := flag.String("edition", "2023", "edition of the code lists")
	flag.Parse()
	if err := run(*from, *to, *edition); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(from, to, edition string) error {
	names := map[string]string{}
	for line := range strings.Lines(english) {
		if code, name, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
			names[code] = name
		}
	}
	var regions, areas []entry
	for _, file := range []string{"provinces.json", "cities.json", "areas.json"} {
		list, err := read(filepath.Join(from, file))
		if err != nil {
			return err
		}
		for _, e := range list {
			switch {
			case len(e.Code) == 2:
				regions = append(regions, entry{e.Code + "0000", e.Name})
			case len(e.Code) == 4 && !collective(e):
				regions = append(regions, entry{e.Code + "00", e.Name})
			case len(e.Code) == 6:
				areas = append(areas, e)
			}
		}
	}
	regions = append(regions, entry{"710000", "台湾省"}, entry{"810000", "香港特别行政区"}, entry{"820000", "澳门特别行政区"})
	for _, l := range [][]entry{regions, areas} {
		sort.Slice(l, func(i, j int) bool { return l[i].Code < l[j].Code })
	}
	head := "# GB/T 2260, edition " + edition + ": "
	if err := write(filepath.Join(to, "regions.tsv"), head+"provinces and prefectures. code, zh, en", regions, func(e entry) string {
		return e.Code + "\t" + e.Name + "\t" + names[e.Code]
	}); err != nil {
		return err
	}
	if err := write(filepath.Join(to, "areas.tsv"), head+"districts and counties. code, zh", areas, func(e entry) string {
		return e.Code + "\t" + e.Name
	}); err != nil {
		return err
	}
	// Countries renamed since that edition of CLDR, and names that carry a second one in brackets.
	renamed := map[string]string{
		"MK": "北马其顿\tNorth Macedonia", "SZ": "斯威士兰\tEswatini", "TR": "土耳其\tTürkiye", "MM": "缅甸\tMyanmar", "PS": "巴勒斯坦\tPalestine",
	}
	zh, en := display.Regions(language.SimplifiedChinese), display.Regions(language.English)
	return write(filepath.Join(to, "countries.tsv"), "# ISO 3166-1 alpha-2 without what GB/T 2260 codes, names of Unicode CLDR "+display.CLDRVersion+". code, zh, en", countries(), func(e entry) string {
		if n, ok := renamed[e.Code]; ok {
			return e.Code + "\t" + n
		}
		r := language.MustParseRegion(e.Code)
		return e.Code + "\t" + zh.Name(r) + "\t" + en.Name(r)
	})
}

// collective reports whether a code of four digits only collects what lies directly under a province.
func collective(e entry) bool {
	return e.Name == "市辖区" || e.Name == "县" || strings.Contains(e.Name, "直辖县级")
}

func countries() []entry {
	var out []entry
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			code := string([]rune{a, b})
			r, err := language.ParseRegion(code)
			// Reserved and user-assigned codes parse too; real ones are countries, canonical, with an M.49 number.
			if err != nil || !r.IsCountry() || r.Canonicalize() != r || r.M49() == 0 || r.IsPrivateUse() {
				continue
			}
			switch code {
			case "AC", "CP", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ", // reserved
				"AN", "CS", "NT", "SU", "YU", // withdrawn
				"CN", "HK", "MO", "TW": // GB/T 2260 codes them
				continue
			}
			out = append(out, entry{Code: code})
		}
	}
	return out
}

func read(path string) ([]entry, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read code list: %w", err)
	}
	var out []entry
	if err := json.Unmarshal(b, &out); err != nil {
		return nil, fmt.Errorf("read code list %s: %w", path, err)
	}
	return out, nil
}

func write(path, head string, list []entry, line func(entry) string) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}()
	w := bufio.NewWriter(f)
	fmt.Fprintln(w, head)
	for _, e := range list {
		fmt.Fprintln(w, line(e))
	}
	return w.Flush()
}
