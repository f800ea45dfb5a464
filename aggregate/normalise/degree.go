package normalise

import (
	"strings"

	"github.com/gapwatch/gapwatch/internal/text"
)

// Education reads the lowest degree that a posting accepts: doctor, master, bachelor or college, and "" when
// none is stated or none is needed. stated is the posting's own field; when it is empty the requirement is
// looked for in body.
func Education(stated, body string) string {
	if s := strings.TrimSpace(stated); s != "" {
		return lowestDegree(strings.ToLower(s))
	}
	return degreeIn(body)
}

// lowestDegree finds the lowest degree in a short field: "硕士及以上，博士优先" asks for a master's.
func lowestDegree(s string) string {
	switch {
	case containsAny(s, "不限", "无要求", "高中", "中专", "初中", "中技", "no degree", "high school"):
		return ""
	case containsAny(s, "大专", "专科", "高职", "associate", "college"):
		return "college"
	case containsAny(s, "本科", "学士", "bachelor", "undergraduate", "b.s", "b.a.", "大学") || hasAnyWord(s, "bs", "ba", "bsc", "beng", "b.sc"):
		return "bachelor"
	case containsAny(s, "硕士", "研究生", "master", "mba", "postgraduate", "m.s") || hasAnyWord(s, "ms", "msc", "meng"):
		return "master"
	case containsAny(s, "博士", "doctor", "phd", "ph.d"):
		return "doctor"
	}
	return ""
}

// degreeBytes are the first bytes of what degreeIn looks for.
var degreeBytes = [256]bool{'B': true, 'b': true, 'M': true, 'm': true, 'P': true, 'p': true, 0xE4: true, 0xE5: true, 0xE6: true, 0xE7: true}

// degreeIn finds the requirement in running text: a degree with 及以上, 以上, 学历 or 学位 right after it, or an
// English degree before "degree", "in" or "or". A degree without such a mark may be anything (a product for
// 博士生, the founders' own), so it does not count.
func degreeIn(body string) string {
	best := 0 // 1 college … 4 doctor; the lowest asked for
	take := func(rank int) {
		if best == 0 || rank < best {
			best = rank
		}
	}
	for i := 0; i+2 < len(body); i++ {
		if !degreeBytes[body[i]] { // almost all are passed by one look
			continue
		}
		switch body[i] {
		case 0xE5, 0xE6, 0xE7, 0xE4: // the first bytes of 一 二 专 大 学 博 本 硕 研
			for _, d := range [...]struct {
				word string
				rank int
			}{{"大专", 1}, {"专科", 1}, {"本科", 2}, {"学士", 2}, {"一本", 2}, {"二本", 2}, {"硕士", 3}, {"研究生", 3}, {"博士", 4}} {
				if body[i] == d.word[0] && strings.HasPrefix(body[i:], d.word) && degreeMark(body[i+len(d.word):]) {
					take(d.rank)
				}
			}
			i += 2
		case 'B', 'b', 'M', 'm', 'P', 'p':
			switch body[i+1] | 0x20 {
			case 'a', 's', 'h', '.': // the second letters of the words below
			default:
				continue
			}
			if i > 0 && letter(body[i-1]) {
				continue
			}
			rest := body[i:]
			switch {
			case text.PrefixFold(rest, "bachelor"), text.PrefixFold(rest, "bs degree"), text.PrefixFold(rest, "bs/ms"), text.PrefixFold(rest, "b.s."), text.PrefixFold(rest, "bs in "):
				take(2)
			case text.PrefixFold(rest, "master's") || text.PrefixFold(rest, "master’s"), text.PrefixFold(rest, "masters degree"), text.PrefixFold(rest, "master degree"), text.PrefixFold(rest, "ms in "), text.PrefixFold(rest, "ms degree"), text.PrefixFold(rest, "msc"):
				take(3)
			case text.PrefixFold(rest, "phd in "), text.PrefixFold(rest, "ph.d. in "), text.PrefixFold(rest, "phd degree"), text.PrefixFold(rest, "phd required"):
				take(4)
			}
		}
	}
	return [...]string{"", "college", "bachelor", "master", "doctor"}[best]
}

// degreeMark reports whether what follows a degree makes it a requirement.
func degreeMark(after string) bool {
	for range 6 { // "（含）", "或硕士", "、博士", "毕业"
		before := after
		for _, skip := range [...]string{" ", "(", "（", "含", ")", "）", "或", "/", "、", "研究生", "硕士", "博士"} {
			after = strings.TrimPrefix(after, skip)
		}
		if after == before {
			break
		}
	}
	for _, word := range [...]string{"学历", "学位"} {
		if rest, ok := strings.CutPrefix(after, word); ok {
			return !hasAnyPrefix(rest, "优先", "者优先")
		}
	}
	return hasAnyPrefix(after, "及以上", "以上", "以及以上", "及其以上", "毕业", "在读", "应届")
}
