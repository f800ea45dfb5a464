package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Employer returns the key under which copies of one employer's name meet: compatibility forms folded
// (NFKC), lower case, without legal form (有限公司, 集团, Inc, GmbH …), without a place or the word "group" in
// brackets ("（上海）"), without punctuation and spaces. A place outside brackets stays, because 北京银行 and
// 南京银行 differ by nothing else. A name without letters and digits gives "". Employer(Employer(x)) is
// Employer(x).
func Employer(name string) string {
	// Dropping one ending can lay another one bare across a gap; four rounds are more than real names need.
	for range 4 {
		next := employerOnce(name)
		if next == name {
			break
		}
		name = next
	}
	return name
}

func employerOnce(name string) string {
	if !norm.NFKC.IsNormalString(name) {
		name = norm.NFKC.String(name)
	}
	name = dropBrackets(strings.ToLower(name))
	var buf [16]string
	tokens := tokenise(name, buf[:0])
	for len(tokens) > 1 && legalWord(tokens[len(tokens)-1]) {
		tokens = tokens[:len(tokens)-1]
	}
	return dropHanForms(strings.Join(tokens, ""))
}

// tokenise appends the runs of letters and digits of s to dst; Han and other scripts are runs of their own,
// dots and apostrophes join ("s.a." is one word, "sa").
func tokenise(s string, dst []string) []string {
	var b strings.Builder
	b.Grow(len(s))
	start, han := 0, false
	cut := func() {
		if b.Len() > start {
			dst = append(dst, b.String()[start:])
			start = b.Len()
		}
	}
	for _, r := range s {
		isHan := r >= 0x4E00 && r <= 0x9FFF // nearly all; the tables know the rest
		switch {
		case isHan, r >= 'a' && r <= 'z', r >= '0' && r <= '9':
		case r == '.' || r == '\'' || r == '’':
			continue
		case r < utf8.RuneSelf || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r):
			cut()
			continue
		default:
			isHan = unicode.Is(unicode.Han, r)
		}
		if isHan != han {
			cut()
			han = isHan
		}
		b.WriteRune(r)
	}
	cut()
	return dst
}

// legalWord reports whether a Latin word at the end of a name is a legal form.
func legalWord(w string) bool {
	switch w {
	case "inc", "incorporated", "llc", "llp", "lp", "ltd", "limited", "coltd", "gmbh", "mbh", "ag", "kg", "se",
		"co", "corp", "corporation", "company", "plc", "pllc", "sa", "sas", "sarl", "srl", "spa", "bv", "nv",
		"pty", "pte", "pvt", "oy", "ab", "as", "aps", "kk", "pbc", "ug", "group", "sdn", "bhd":
		return true
	}
	return false
}

// dropHanForms removes Chinese legal forms from the end, and the branch from "…有限公司上海分公司".
func dropHanForms(s string) string {
	if strings.HasSuffix(s, "分公司") {
		if i := strings.Index(s, "有限公司"); i > 0 {
			s = s[:i]
		} else if i := strings.Index(s, "公司"); i > 0 && i < len(s)-len("公司") {
			s = s[:i]
		}
	}
	for {
		cut := s
		for _, form := range [...]string{
			"股份有限公司", "有限责任公司", "有限公司", "股份公司", "集团公司", "总公司", "公司", "集团", "有限责任",
			"股份有限", "有限", "合伙企业", "有限合伙", "普通合伙", "株式会社",
		} {
			if rest, ok := strings.CutSuffix(cut, form); ok && utf8.RuneCountInString(rest) >= 2 {
				cut = rest
				break
			}
		}
		if cut == s {
			return s
		}
		s = cut
	}
}

// dropBrackets removes "(…)" groups that name a place, a group or an accelerator's batch.
func dropBrackets(s string) string {
	if !strings.ContainsAny(s, "([【〔") {
		return s
	}
	var b strings.Builder
	rest := s
	for {
		open := strings.IndexAny(rest, "([【〔")
		if open < 0 {
			break
		}
		_, w := utf8.DecodeRuneInString(rest[open:])
		end := strings.IndexAny(rest[open:], ")]】〕")
		if end < 0 {
			break
		}
		_, we := utf8.DecodeRuneInString(rest[open+end:])
		inner := strings.TrimSpace(rest[open+w : open+end])
		b.WriteString(rest[:open])
		b.WriteByte(' ')
		if !dispensable(inner) && strings.TrimSpace(b.String()) != "" || strings.TrimSpace(rest[:open]+rest[open+end+we:]) == "" {
			b.WriteString(inner)
			b.WriteByte(' ')
		}
		rest = rest[open+end+we:]
	}
	b.WriteString(rest)
	return b.String()
}

// dispensable reports whether what stands in brackets tells nothing about which employer it is.
func dispensable(s string) bool {
	if strings.HasPrefix(s, "yc ") || strings.HasPrefix(s, "http") || strings.HasPrefix(s, "www.") {
		return true
	}
	for _, suffix := range [...]string{"特别行政区", "省", "市", "区"} {
		if rest, ok := strings.CutSuffix(s, suffix); ok && utf8.RuneCountInString(rest) >= 2 {
			s = rest
			break
		}
	}
	switch s {
	case "中国", "集团", "控股", "有限合伙", "普通合伙", "特殊普通合伙", "筹", "亚洲", "亚太", "大中华",
		"北京", "天津", "上海", "重庆", "河北", "山西", "内蒙古", "辽宁", "吉林", "黑龙江", "江苏", "浙江", "安徽", "福建",
		"江西", "山东", "河南", "湖北", "湖南", "广东", "广西", "海南", "四川", "贵州", "云南", "西藏", "陕西", "甘肃",
		"青海", "宁夏", "新疆", "香港", "澳门", "台湾", "横琴", "前海", "浦东", "雄安", "义乌", "昆山",
		"石家庄", "唐山", "保定", "廊坊", "太原", "呼和浩特", "沈阳", "大连", "长春", "哈尔滨", "南京", "无锡", "徐州",
		"常州", "苏州", "南通", "盐城", "扬州", "镇江", "泰州", "杭州", "宁波", "温州", "嘉兴", "湖州", "绍兴", "金华", "台州",
		"合肥", "芜湖", "福州", "厦门", "泉州", "南昌", "济南", "青岛", "烟台", "潍坊", "淄博", "威海", "郑州", "洛阳",
		"武汉", "宜昌", "襄阳", "长沙", "株洲", "湘潭", "广州", "深圳", "珠海", "佛山", "东莞", "中山", "惠州", "汕头", "江门",
		"南宁", "柳州", "桂林", "海口", "三亚", "成都", "绵阳", "贵阳", "昆明", "拉萨", "西安", "咸阳", "兰州", "西宁",
		"银川", "乌鲁木齐",
		"china", "prc", "beijing", "shanghai", "shenzhen", "guangzhou", "hangzhou", "suzhou", "nanjing", "chengdu",
		"wuhan", "hong kong", "hk", "taiwan", "singapore", "usa", "us", "uk", "europe", "apac", "asia", "india",
		"canada", "germany", "remote", "group", "holdings":
		return true
	}
	return false
}
