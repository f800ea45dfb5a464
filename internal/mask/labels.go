package mask

// What personal data is announced by, in small letters; of those that begin alike the longest comes first.
var (
	messengerLabels = [...]string{
		"企业微信号", "企业微信", "微信号", "微信群", "微信", "薇信", "飞书", "钉钉", "加微", "扣扣", "电报",
		"wechatid", "wechat", "weixin", "whatsapp", "telegram", "v信", "vx", "wx", "qq群", "qq", "tg", "skype", "kakao", "line id",
	}
	phoneLabels   = [...]string{"电话", "手机", "座机", "热线", "联系方式", "致电", "tel", "telephone", "phone", "mobile", "cell", "call"}
	contactLabels = [...]string{"联系人", "招聘负责人", "招聘联系人", "负责人", "对接人", "联系hr", "hrbp", "hr", "recruiter",
		"contact person", "contact name", "contact", "hiring manager"}
)

// labels are the beginnings of all Latin words that match looks at.
var labels = beginnings(messengerLabels[:], phoneLabels[:], contactLabels[:], []string{"dot", "at", "v"})

// latin says, for each first letter of a word, which second and which third letters it may have; bit 31 stands for
// any other byte and for the end of the text.
type latin [26]struct{ second, third uint32 }

const noLetter = 31

func beginnings(lists ...[]string) (l latin) {
	for _, list := range lists {
		for _, w := range list {
			if !letter(w[0]) {
				continue
			}
			first := &l[w[0]-'a']
			first.second |= 1 << letterAt(w, 1)
			if len(w) > 2 {
				first.third |= 1 << letterAt(w, 2)
			} else { // the word ends, or something else follows at once
				first.third = ^uint32(0)
			}
		}
	}
	return l
}

// mayBegin reports whether a word that match looks at may begin with the letter at s[i].
func (l *latin) mayBegin(s string, i int) bool {
	first := &l[s[i]|0x20-'a']
	return first.second>>letterAt(s, i+1)&1 != 0 && first.third>>letterAt(s, i+2)&1 != 0
}

// letterAt is the bit of the byte at s[i].
func letterAt(s string, i int) uint8 {
	if i < len(s) && letter(s[i]) {
		return s[i] | 0x20 - 'a'
	}
	return noLetter
}
