package mask

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gapwatch/gapwatch/internal/text"
)

// messengerAt masks the id after a messenger's label at s[i]: "微信：abc_123", "VX abc12345", "QQ群 123456",
// "Telegram: @name", "加v：abc123". With a colon any id counts; without one it must look like one (a digit or
// an underscore in it, or an @ before it), because 微信小程序 and "QQ Music" are products.
func messengerAt(s string, i int) span {
	j, short := messengerLabel(s, i)
	if j == 0 {
		return span{}
	}
	start := passLabel(s, j)
	// "电话/微信：…", "微信/QQ: …": the id comes after the last label.
	for range 4 {
		if start != j || start >= len(s) || s[start] != '/' && !strings.HasPrefix(s[start:], "、") && !strings.HasPrefix(s[start:], "或") {
			break
		}
		_, w := utf8.DecodeRuneInString(s[start:])
		k, _ := messengerLabel(s, start+w)
		if k == 0 {
			for _, word := range [...]string{"电话", "手机", "邮箱"} {
				if strings.HasPrefix(s[start+w:], word) {
					k = start + w + len(word)
				}
			}
		}
		if k == 0 {
			return span{}
		}
		j = k
		start = passLabel(s, j)
	}
	colon := strings.ContainsAny(s[j:start], ":：") || invited(s, i)
	at := start < len(s) && s[start] == '@'
	if at {
		start++
	}
	// The id, or the account's address: t.me/name, wa.me/123.
	for _, host := range [...]string{"https://", "http://", "t.me/", "telegram.me/", "wa.me/", "+"} {
		if text.PrefixFold(s[start:], host) {
			start += len(host)
		}
	}
	end, marked, digits := start, false, 0
	if text.PrefixFold(s[start:], "live:") { // how Skype's ids begin
		end += len("live:")
		for end < len(s) && s[end] == '.' {
			end++
		}
	}
	for end < len(s) && (letter(s[end]) || digit(s[end]) || s[end] == '_' || s[end] == '-' || s[end] == '.' && colon && end+1 < len(s) && (letter(s[end+1]) || digit(s[end+1]))) {
		if digit(s[end]) {
			digits++
		}
		marked = marked || digit(s[end]) || s[end] == '_'
		end++
	}
	n := end - start
	switch {
	case n > 64, end < len(s) && s[end] == '@': // an address, which is masked as one
		return span{}
	case at && n >= 3:
		return span{start - 1, end, maskContact}
	case colon && n >= 4 && (!short || marked):
		return span{start, end, maskContact}
	case n >= 5 && marked && (digits < n || digits >= 5) && (letter(s[start]) || digits == n && digits <= 13):
		return span{start, end, maskContact}
	}
	return span{}
}

// invited reports whether the label at s[i] stands in an invitation to get in touch: 联系 before it in the same
// clause, or 加 right before it.
func invited(s string, i int) bool {
	clause := s[max(0, i-36):i]
	if k := strings.LastIndexAny(clause, "\n,.;，。；"); k >= 0 {
		clause = clause[k:]
	}
	return strings.Contains(clause, "联系") || hasAnySuffix(clause, "加", "添加", "加我", "加我的", "加 ")
}

// messengerLabel returns the end of a messenger's label at s[i], 0 when there is none. short labels (a single
// v) need an id that looks like one.
func messengerLabel(s string, i int) (end int, short bool) {
	if i >= len(s) {
		return 0, false
	}
	if s[i] < utf8.RuneSelf && i > 0 && letter(s[i-1]) {
		return 0, false
	}
	for _, w := range messengerLabels {
		if s[i]|0x20 != w[0]|0x20 || !text.PrefixFold(s[i:], w) {
			continue
		}
		k := i + len(w)
		if w[len(w)-1] < utf8.RuneSelf && k < len(s) && letter(s[k]) && !text.PrefixFold(s[k:], "id") {
			continue
		}
		return k, false
	}
	// "加v", "+V:", "V："
	k := i
	if rest, ok := strings.CutPrefix(s[i:], "加"); ok {
		k = len(s) - len(rest)
	}
	if k < len(s) && s[k]|0x20 == 'v' && (k+1 == len(s) || !letter(s[k+1])) {
		if k > i || i > 0 && s[i-1] == '+' || strings.HasPrefix(s[k+1:], ":") || strings.HasPrefix(s[k+1:], "：") {
			return k + 1, true
		}
	}
	return 0, false
}

// passLabel passes what stands between a label and its value: 号, id, a remark in brackets, 是, is, colon,
// blanks. Without any of these the result is the label's end itself.
func passLabel(s string, i int) int {
	for _, w := range [...]string{"号码", "号", " id", "id", "同号", " number", " no."} {
		if text.PrefixFold(s[i:], w) && (letterless(w) || i+len(w) == len(s) || !letter(s[i+len(w)])) {
			i += len(w)
			break
		}
	}
	for _, open := range [...]string{"(", "（"} {
		rest, ok := strings.CutPrefix(s[i:], open)
		if !ok {
			continue
		}
		if k := strings.IndexAny(rest[:min(len(rest), 60)], ")）"); k >= 0 {
			_, w := utf8.DecodeRuneInString(rest[k:])
			if after := rest[k+w:]; strings.HasPrefix(after, ":") || strings.HasPrefix(after, "：") {
				i = len(s) - len(after)
			}
		}
	}
	for i < len(s) {
		switch {
		case s[i] == ' ' || s[i] == ':' || s[i] == '\t' || s[i] == '*':
			i++
		case strings.HasPrefix(s[i:], "：") || strings.HasPrefix(s[i:], "为") || strings.HasPrefix(s[i:], "是") || strings.HasPrefix(s[i:], "　"):
			i += 3
		case text.PrefixFold(s[i:], "is "):
			i += 3
		default:
			return i
		}
	}
	return i
}

func letterless(w string) bool { return w[len(w)-1] >= utf8.RuneSelf || w[len(w)-1] == '.' }

// namedContact masks the name after 联系人, HR, "Contact" … and a colon.
func namedContact(s string, i int) span {
	j, zh := 0, false
	for _, w := range contactLabels {
		if s[i]|0x20 == w[0]|0x20 && text.PrefixFold(s[i:], w) {
			j, zh = i+len(w), w[0] >= utf8.RuneSelf || w == "hr" || w == "hrbp"
			break
		}
	}
	if j == 0 {
		return span{}
	}
	after := passLabel(s, j)
	if after == j || !strings.ContainsAny(s[j:after], ":：") {
		return span{}
	}
	if end := hanName(s, after); end > 0 {
		for _, and := range [...]string{"、", "/", "或", "和"} { // "刘女士、李女士"
			if rest, ok := strings.CutPrefix(s[end:], and); ok {
				if next := hanName(s, len(s)-len(rest)); next > 0 {
					end = next
				}
			}
		}
		return span{after, end, maskContact}
	}
	if end := latinNames(s, after, zh); end > 0 {
		return span{after, end, maskContact}
	}
	return span{}
}

// surnames are the most common Chinese family names; nine in ten people have one of them. Rarer ones that are
// also everyday words (高 is kept, 全 and 信 are not) would mask words that are not names.
const surnames = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔汤温康施牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕季裴霍涂苗谷曲翁骆蓝辛靳柴鲍喻祁蒲滕屈饶牟艾阳缪"

// compound are the family names of two characters.
const compound = "欧阳 司马 上官 诸葛 皇甫 尉迟 公孙 慕容 令狐 夏侯 司徒"

// hanName returns the end of a Chinese name at s[i:], 0 when there is none: one to three characters and 先生,
// 女士, 老师, 经理, 总 …, or a family name and one or two characters before a character that is not Han.
func hanName(s string, i int) int {
	var ends [5]int
	n, at := 0, i
	for n < len(ends) && at < len(s) {
		r, w := utf8.DecodeRuneInString(s[at:])
		if !unicode.Is(unicode.Han, r) {
			break
		}
		at += w
		ends[n] = at
		n++
	}
	if n == 0 {
		return 0
	}
	_, w := utf8.DecodeRuneInString(s[i:])
	surname := strings.Contains(surnames, s[i:i+w])
	for k := range min(n, 3) {
		for _, title := range [...]string{"先生", "女士", "小姐", "老师", "经理", "总监", "主管", "主任", "同学", "总"} {
			if rest, ok := strings.CutPrefix(s[ends[k]:], title); ok && surname {
				if title == "总" && startsHan(rest) {
					continue
				}
				return ends[k] + len(title)
			}
		}
	}
	if surname && (n == 2 || n == 3) || n >= 3 && n <= 4 && strings.Contains(compound, s[i:ends[1]]) {
		return ends[n-1]
	}
	return 0
}

// titledName masks a family name and 女士, 先生 or 小姐 at s[i] after it, wherever it stands: advertisements
// use these titles for contacts only.
func titledName(s string, i, floor int) span {
	if i-3 < floor || i+6 > len(s) {
		return span{}
	}
	switch s[i : i+6] {
	case "女士", "先生", "小姐":
		if strings.Contains(surnames, s[i-3:i]) {
			return span{i - 3, i + 6, maskContact}
		}
	}
	return span{}
}

func startsHan(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.Is(unicode.Han, r)
}

// latinNames returns the end of one to three capitalised words at s[i:], 0 when they are not a name: a single word
// counts after a Chinese label only, and a word in small letters after them means a sentence.
func latinNames(s string, i int, single bool) int {
	end, n, at := 0, 0, i
	for n < 3 && at < len(s) && s[at] >= 'A' && s[at] <= 'Z' {
		j := at + 1
		for j < len(s) && (s[j] >= 'a' && s[j] <= 'z' || s[j] == '\'' || s[j] == '-') {
			j++
		}
		if j-at < 2 || j < len(s) && (letter(s[j]) || digit(s[j])) {
			break
		}
		end = j
		n++
		if j+1 >= len(s) || s[j] != ' ' {
			at = j
			break
		}
		at = j + 1
	}
	if n == 0 || n == 1 && !single {
		return 0
	}
	if at < len(s) && at > end && letter(s[at]) {
		return 0
	}
	if at < len(s) && s[at] == '@' || end < len(s) && (s[end] == '@' || s[end] == '.' && end+1 < len(s) && letter(s[end+1])) {
		return 0 // an address, which is masked as one
	}
	return end
}
