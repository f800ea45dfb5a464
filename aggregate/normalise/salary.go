package normalise

import "strings"

// Months, days and hours: 21.75 paid days a month is the rule of the Ministry of Human Resources for daily
// wages, eight hours a day.
const (
	daysMonth  = 21.75
	hoursMonth = daysMonth * 8
	weeksMonth = daysMonth / 5
)

// What a month's pay may be, in CNY; what lies outside was misread and counts as not stated.
const (
	leastPay = 300
	mostPay  = 1_000_000
)

// Salary reads a stated salary as CNY a month: "25-35k", "15-25K·14薪" (the monthly rate; extra months are
// not spread), "80-120万" (a year), "1.5-2万/月", "200-300元/天". A side that is not stated is 0 ("20k以上":
// no maximum), and both are 0 for 面议, for another currency and for anything that is not a salary.
func Salary(s string) (low, high float64) {
	if s == "" || len(s) > 300 { // a field that long holds running text
		return 0, 0
	}
	s = strings.ToLower(narrow(s))
	abroad := foreign(s)
	for start := 0; start < len(s); {
		lo, hi, single, begin, end, ok := amounts(s, start)
		if !ok {
			return 0, 0
		}
		if abroad && !paidInYuan(s[end:]) {
			return 0, 0
		}
		if low, high, ok := monthly(s, lo, hi, single, begin, end); ok {
			return low, high
		}
		start = end
	}
	return 0, 0
}

// number is an amount as it is written: its value, the factor of its unit (0: none written).
type number struct{ value, unit float64 }

// amounts finds the first amount or range at or after from; single says that there is one amount only.
func amounts(s string, from int) (lo, hi number, single bool, begin, end int, ok bool) {
	begin = from
	for begin < len(s) && !digit(s[begin]) {
		begin++
	}
	if begin == len(s) {
		return
	}
	lo, end = readNumber(s, begin)
	rest := s[end:]
	trimmed := strings.TrimLeft(rest, " 元/月年rmb¥")
	for _, sep := range [...]string{"---", "--", "-", "–", "—", "~", "～", "至", "到", "to "} {
		after, found := strings.CutPrefix(trimmed, sep)
		if !found {
			continue
		}
		after = strings.TrimLeft(after, " ¥")
		if after != "" && digit(after[0]) {
			hi, end = readNumber(s, len(s)-len(after))
			return lo, hi, false, begin, end, true
		}
	}
	return lo, lo, true, begin, end, true
}

// readNumber reads digits with a decimal point, commas between thousands and a unit after them.
func readNumber(s string, i int) (number, int) {
	var n number
	scale := 0.0
	for ; i < len(s); i++ {
		c := s[i]
		switch {
		case digit(c):
			if n.value > 1e12 {
				continue // no salary; the bounds refuse it
			}
			if scale > 0 {
				n.value += float64(c-'0') * scale
				scale /= 10
			} else {
				n.value = n.value*10 + float64(c-'0')
			}
			continue
		case c == '.' && scale == 0 && i+1 < len(s) && digit(s[i+1]):
			scale = 0.1
			continue
		case c == ',' && scale == 0 && i+3 < len(s) && digit(s[i+1]) && digit(s[i+2]) && digit(s[i+3]):
			continue
		}
		break
	}
	rest := strings.TrimLeft(s[i:], " ")
	for _, u := range [...]struct {
		text  string
		value float64
	}{{"k", 1e3}, {"千", 1e3}, {"w", 1e4}, {"万", 1e4}, {"萬", 1e4}} {
		if after, ok := strings.CutPrefix(rest, u.text); ok && (after == "" || !letter(after[0]) || strings.HasPrefix(after, "rmb") || strings.HasPrefix(after, "cny")) {
			n.unit = u.value
			return n, len(s) - len(after)
		}
	}
	return n, i
}

// monthly makes CNY a month of what stands at s[begin:end]; false when that is not a salary.
func monthly(s string, lo, hi number, single bool, begin, end int) (low, high float64, ok bool) {
	if lo.unit == 0 && hi.unit != 0 {
		lo.unit = hi.unit // "25-35k"
		if lo.value > hi.value && hi.unit == 1e4 {
			lo.unit = 1e3 // "8-1.2万" is written for 8 thousand
		}
	}
	unit := lo.unit + hi.unit
	period := periodOf(s, begin, end)
	a, b := lo.value*max(lo.unit, 1), hi.value*max(hi.unit, 1)
	if a > b {
		a, b = b, a
	}
	if unit == 0 && period == 0 {
		// Bare numbers: a salary when they are large enough to be one, by the month.
		if strings.HasPrefix(s[end:], "薪") || b < 1000 || single && !yuan(s) && b < 2000 {
			return 0, 0, false
		}
		if b >= 100_000 {
			period = 12
		}
	}
	if period == 0 {
		period = 1
		if (hi.unit == 1e4 || lo.unit == 1e4) && b > 80_000 {
			period = 12 // "80-120万" is a year's pay
		} else if b > 200_000 {
			period = 12
		}
	}
	a, b = a/period, b/period
	if b < leastPay || b > mostPay {
		return 0, 0, false
	}
	if single {
		tail := strings.TrimLeft(s[end:], " 元/月年天人民币rmb")
		head := strings.TrimRight(s[:begin], " ¥:")
		switch {
		case hasAnyPrefix(tail, "以上", "起", "+", "及以上") || hasAnySuffix(head, "不低于", "from", "at least"):
			return a, 0, true
		case hasAnyPrefix(tail, "以下", "以内", "封顶") || hasAnySuffix(head, "up to", "不超过", "最高"):
			return 0, b, true
		}
	}
	return a, b, true
}

// periodOf returns how many months, or which part of one, the amount at s[begin:end] is paid for; 0 when that
// is not stated.
func periodOf(s string, begin, end int) float64 {
	tail := strings.TrimLeft(s[end:], " ")
	for _, money := range [...]string{"元", "人民币", "rmb", "cny", "块", "税前", "税后"} {
		tail = strings.TrimLeft(strings.TrimPrefix(tail, money), " ")
	}
	switch {
	case hasAnyPrefix(tail, "/年", "每年", "一年", "年薪", "(年薪", "/y", "per year", "a year", "per annum", "p.a", "annual", "年/", "/ 年"):
		return 12
	case hasAnyPrefix(tail, "/月", "每月", "一月", "月薪", "(月薪", "/m", "per month", "a month", "monthly", "/ 月"):
		return 1
	case hasAnyPrefix(tail, "/天", "/日", "每天", "一天", "/d", "per day", "a day"):
		return 1 / daysMonth
	case hasAnyPrefix(tail, "/时", "/小时", "每小时", "/h", "per hour", "an hour"):
		return 1 / hoursMonth
	case hasAnyPrefix(tail, "/周", "每周", "per week", "/w"):
		return 1 / weeksMonth
	}
	head := strings.TrimRight(s[:begin], " :：约为¥")
	switch {
	case hasAnySuffix(head, "年薪", "年包", "总包", "annual"):
		return 12
	case hasAnySuffix(head, "月薪", "monthly"):
		return 1
	case hasAnySuffix(head, "日薪"):
		return 1 / daysMonth
	case hasAnySuffix(head, "时薪"):
		return 1 / hoursMonth
	}
	return 0
}

// paidInYuan reports whether the words after an amount say that it is in CNY, although another currency is
// named later ("20-40K RMB，也可以发 USDT"); "RMB/USD" leaves it open.
func paidInYuan(tail string) bool {
	tail = strings.TrimLeft(tail, " ")
	for _, money := range [...]string{"rmb", "cny", "人民币", "元"} {
		if rest, ok := strings.CutPrefix(tail, money); ok {
			return !foreign(rest[:min(len(rest), 5)])
		}
	}
	return false
}

// foreign reports whether a salary names a currency that is not the yuan.
func foreign(s string) bool {
	if strings.ContainsAny(s, "$£€₹₩₽฿₫円") {
		return true
	}
	for _, c := range [...]string{"usd", "usdt", "usdc", "eur", "gbp", "hkd", "sgd", "jpy", "cad", "aud", "chf", "twd", "myr",
		"美元", "美金", "港币", "港元", "欧元", "英镑", "日元", "新币", "新元", "台币", "刀"} {
		if strings.Contains(s, c) {
			return true
		}
	}
	// "3000u" is how postings write USDT.
	for i := 1; i < len(s); i++ {
		if s[i] == 'u' && (digit(s[i-1]) || s[i-1] == 'k') && (i+1 == len(s) || !letter(s[i+1])) {
			return true
		}
	}
	return false
}

// yuan reports whether a salary says in so many words that it is in CNY.
func yuan(s string) bool {
	return strings.ContainsAny(s, "元¥￥万薪") || strings.Contains(s, "人民币") ||
		containsFold(s, "rmb") || containsFold(s, "cny")
}
