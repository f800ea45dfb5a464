package notify

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gapwatch/gapwatch/internal/codes"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// Fact is one number of a letter with what it is.
type Fact struct{ Label, Value string }

// Letter is a message in words. Channels lay it out; none of them adds words of its own.
type Letter struct {
	Language string
	Subject  string
	Title    string
	Lead     string // what happened, in two sentences
	Sample   string // says that the data are fictional; empty for real data
	FactsAre string // heading of the facts
	Facts    []Fact
	Unknown  []string // what is not known, which is not zero
	NextIs   string   // heading of the next steps
	Next     []string
	Picture  string // what the picture shows
	LinkText string
	URL      string
	Why      string // why the reader gets this
	Leave    string // text of the link that ends these mails
	LeaveURL string
}

// Bare returns the letter without control characters and line breaks, and without the beginnings of links (://, @ and
// www.) outside of its two addresses, whatever its parts were made of: the last fence behind Foreign.
func (l Letter) Bare() Letter {
	bare := func(s string) string { return unscheme(oneLine(s)) }
	l.Subject, l.Title, l.Lead, l.Sample, l.FactsAre = bare(l.Subject), bare(l.Title), bare(l.Lead), bare(l.Sample), bare(l.FactsAre)
	l.NextIs, l.Picture, l.LinkText, l.Why, l.Leave = bare(l.NextIs), bare(l.Picture), bare(l.LinkText), bare(l.Why), bare(l.Leave)
	l.Facts, l.Unknown, l.Next = slices.Clone(l.Facts), slices.Clone(l.Unknown), slices.Clone(l.Next)
	for i, f := range l.Facts {
		l.Facts[i] = Fact{bare(f.Label), bare(f.Value)}
	}
	for i, s := range l.Unknown {
		l.Unknown[i] = bare(s)
	}
	for i, s := range l.Next {
		l.Next[i] = bare(s)
	}
	return l
}

// Write says a message in its subscriber's language.
func Write(m Message) Letter {
	if m.Letter != nil {
		l := *m.Letter
		l.Language, l.LeaveURL = m.Language(), m.LeaveURL
		return l.Bare()
	}
	w := words{m: m, zh: m.Language() == "zh", e: m.Event.Evidence}
	l := Letter{
		Language: m.Language(), Title: w.title(), Lead: w.lead(), FactsAre: w.say("依据", "What it rests on"), Facts: w.facts(),
		Unknown: w.unknown(), NextIs: w.say("下一步", "What to do next"), Next: w.next(), URL: m.URL(),
		LinkText: w.say("打开预警页面（证据、图表、同类岗位）", "Open the alert's page (evidence, chart, postings)"),
		Picture: w.say("图：深色实线为窗口内需求人数，灰色带为趋势带，虚线为预期值，最后一点为本次判断。",
			"Picture: the dark solid line is the heads wanted in the window, the grey band the trend band, the dashed line what was expected; the last point is the one judged."),
		Why: w.say("您收到此邮件是因为您确认过接收贵机构订阅的短缺预警（订阅号 "+m.Subscription.ID+"）。",
			"You receive this because you confirmed that you want the shortage warnings that your organisation subscribed to (subscription "+m.Subscription.ID+")."),
		Leave: w.say("退订（一键，无需密钥）", "Unsubscribe (one click, no key needed)"), LeaveURL: m.LeaveURL,
	}
	if m.LastToday {
		l.Unknown = append(l.Unknown, w.say("今天发往此邮箱的预警已达上限：今天其余的预警不再发邮件，请在预警页面查看。",
			"This is the last warning to this address for today: the others of today are on the page of warnings only."))
	}
	l.Subject = l.Title
	if m.Sample {
		l.Sample = w.say("示例数据：雇主、学校和数字均为虚构。", "Sample data: employers, schools and numbers are fictional.")
		l.Subject = w.say("［示例数据］", "[sample data] ") + l.Subject
	}
	return l.Bare()
}

// words holds what the sentences are made of.
type words struct {
	m  Message
	zh bool
	e  talent.Evidence
}

func (w words) say(zh, en string) string {
	if w.zh {
		return zh
	}
	return en
}

// Severity names a colour never without what it is a colour of: 红牌 means oversupply elsewhere.
func Severity(s talent.Severity, lang string) string {
	zh := map[talent.Severity]string{talent.Blue: "蓝色Ⅳ级·一般", talent.Yellow: "黄色Ⅲ级·较重", talent.Orange: "橙色Ⅱ级·严重", talent.Red: "红色Ⅰ级·特别严重"}
	en := map[talent.Severity]string{talent.Blue: "blue IV, moderate", talent.Yellow: "yellow III, considerable", talent.Orange: "orange II, serious", talent.Red: "red I, very serious"}
	if lang == "zh" {
		return zh[s]
	}
	return en[s]
}

// SkillName is the skill's name in a language, else in the other, else its id.
func SkillName(s talent.Skill, id, lang string) string {
	first, second := s.NameZH, s.NameEN
	if lang == "en" {
		first, second = second, first
	}
	switch {
	case first != "":
		return first
	case second != "":
		return second
	}
	return id
}

// Cell names region, industry and tier of a series; the whole market is the whole market.
func Cell(k talent.SeriesKey, lang string) string {
	var parts []string
	if k.Region != "" {
		parts = append(parts, codes.RegionName(k.Region, lang))
	}
	if k.Industry != "" {
		parts = append(parts, codes.IndustryName(k.Industry, lang))
	}
	if k.Tier != "" {
		parts = append(parts, codes.TierName(k.Tier, lang))
	}
	if len(parts) == 0 {
		if lang == "zh" {
			return "全部市场"
		}
		return "whole market"
	}
	return strings.Join(parts, " · ")
}

func (w words) skill() string { return SkillName(w.m.Skill, w.m.Event.Skill, w.m.Language()) }
func (w words) cell() string  { return Cell(w.m.Event.SeriesKey(), w.m.Language()) }

func (w words) title() string {
	sev := Severity(w.m.Event.Severity, w.m.Language())
	switch w.m.Event.Kind {
	case talent.EventResolved:
		return fmt.Sprintf(w.say("【短缺预警解除】%s · %s", "[Shortage warning ended] %s · %s"), w.skill(), w.cell())
	case talent.EventEscalated:
		return fmt.Sprintf(w.say("【短缺预警升级·%s】%s · %s", "[Shortage warning raised · %s] %s · %s"), sev, w.skill(), w.cell())
	}
	return fmt.Sprintf(w.say("【短缺预警·%s】%s · %s", "[Shortage warning · %s] %s · %s"), sev, w.skill(), w.cell())
}

func (w words) lead() string {
	e := w.e
	if w.m.Event.Kind == talent.EventResolved {
		return fmt.Sprintf(w.say("%s：市场对“%s”的需求为 %s 人，已连续回到趋势带 %s–%s 人之内。此前的短缺预警自 %s 起生效，现予解除。",
			"%s: demand for %q was %s heads and has been back inside its trend band of %s to %s heads for several periods in a row. The shortage warning that began on %s has ended."),
			w.span(), w.skill(), num(e.Observed), num(e.Lower), num(e.Upper), w.m.Event.Opened.Format(time.DateOnly))
	}
	return fmt.Sprintf(w.say("%s：市场对“%s”的需求为 %s 人，而按其自身历史和本期岗位总量预期为 %s 人，趋势带上限为 %s 人。超出部分不能用招聘总量的涨落解释。",
		"%s: the market wanted %[3]s heads for %[2]q, where %[4]s were expected from its own history at this period's number of vacancies; the upper limit of the trend band is %[5]s. The rise and fall of all hiring does not explain it."),
		w.span(), w.skill(), num(e.Observed), num(e.Expected), num(e.Upper))
}

// span names the days of the window.
func (w words) span() string {
	g := w.m.Event.Grain
	from, to := g.Add(w.e.Period, 1-w.e.Window), g.Add(w.e.Period, 1).AddDate(0, 0, -1)
	unit := w.say(fmt.Sprintf("（%d 周）", w.e.Window), fmt.Sprintf(" (%d weeks)", w.e.Window))
	if g == talent.Month {
		unit = w.say(fmt.Sprintf("（%d 个月）", w.e.Window), fmt.Sprintf(" (%d months)", w.e.Window))
	}
	return from.Format(time.DateOnly) + w.say(" 至 ", " to ") + to.Format(time.DateOnly) + unit
}

func (w words) facts() []Fact {
	e := w.e
	expected := num(e.Expected)
	if e.Expected > 0 {
		expected += fmt.Sprintf(w.say("，实际为预期的 %s 倍", ", observed is %s times that"), num(e.Observed/e.Expected))
	}
	chance := "p = " + strconv.FormatFloat(e.P, 'g', 2, 64)
	if e.P < 0.001 {
		chance = w.say("低于千分之一（", "below 1 in 1000 (") + chance + w.say("）", ")")
	}
	f := []Fact{
		{w.say("技能", "Skill"), w.skill()},
		{w.say("范围", "Scope"), w.cell()},
		{w.say("时段", "Period"), w.span()},
		{w.say("需求人数", "Heads wanted"), num(e.Observed) + fmt.Sprintf(w.say("（其中企业直接提报 %s 人）", " (of which %s asked for directly by enterprises)"), num(e.Requested))},
		{w.say("预期人数", "Heads expected"), expected},
		{w.say("趋势带", "Trend band"), num(e.Lower) + "–" + num(e.Upper) + fmt.Sprintf(w.say(" 人（由 %d 期历史得出）", " heads (from %d periods of history)"), e.History)},
		{w.say("偶然超出的概率", "Probability by chance"), chance},
		{w.say("含该技能的岗位", "Vacancies with the skill"), fmt.Sprintf(w.say("%d 个，占全部 %s 个岗位", "%d of %s vacancies in scope"), e.Vacancies, num(e.Exposure))},
		{w.say("雇主", "Employers"), fmt.Sprintf(w.say("至少 %d 家", "at least %d"), e.Employers)},
	}
	if e.Requesters > 0 { // how many, never who
		f = append(f, Fact{w.say("直接提报的机构", "Organisations that asked directly"),
			fmt.Sprintf(w.say("至少 %d 家，填报合计 %s 人", "at least %d, for %s heads as they state it"), e.Requesters, num(e.Stated))})
	}
	if e.Supply != nil {
		s := num(*e.Supply) + w.say(" 人", " heads")
		if ratio, ok := talent.Ratio(e.Observed, e.Supply); ok {
			s += w.say("，求人倍率 ", ", demand / supply ") + num(ratio)
		}
		f = append(f, Fact{w.say("已登记的供给", "Registered supply"), s})
		if e.Gap != nil {
			f = append(f, Fact{w.say("缺口（需求 − 供给）", "Gap (demand − supply)"), num(*e.Gap) + w.say(" 人", " heads")})
		}
	}
	return f
}

// unknown names what the evidence does not know.
func (w words) unknown() []string {
	if w.e.Supply == nil {
		return []string{w.say("供给未知：该范围内没有登记的培养方案。未知不等于零，因此不计算缺口和求人倍率。",
			"Supply is unknown: no programme is registered in this scope. Unknown is not zero, so no gap and no ratio are given.")}
	}
	return nil
}

// next says what a curriculum planner can do with it.
func (w words) next() []string {
	out := []string{w.say("在预警页面核对证据：岗位原文、雇主分布、数据质量。", "Check the evidence on the alert's page: postings, spread over employers, quality of the data.")}
	if w.m.Event.Kind == talent.EventResolved {
		return append(out, w.say("若已据此调整计划，请结合最新趋势复核。", "If plans were changed because of it, review them against the latest trend."))
	}
	switch {
	case w.m.Programmes == 0:
		out = append(out, w.say("贵机构尚未登记培养方案：登记后，预警会指出哪些课程覆盖该技能。", "Your organisation has registered no programme: once it has, warnings name the courses that cover the skill."))
	case len(w.m.Courses) == 0:
		out = append(out, fmt.Sprintf(w.say("贵机构登记的 %d 个培养方案中没有课程覆盖“%s”：可考虑增设选修课或在现有课程中加入该内容。", "None of the %d programmes of your organisation has a course that covers %q: consider an elective, or a unit in an existing course."), w.m.Programmes, w.skill()))
	default:
		const most = 8
		for i, c := range w.m.Courses {
			if i == most {
				out = append(out, fmt.Sprintf(w.say("……另有 %d 门课程。", "… and %d more courses."), len(w.m.Courses)-most))
				break
			}
			kind := w.say("选修", "elective")
			if c.Required {
				kind = w.say("必修", "required")
			}
			out = append(out, fmt.Sprintf(w.say("贵机构覆盖该技能的课程：%s（%s，%s，%d 学时）。", "Your course that covers the skill: %s (%s, %s, %d hours)."), c.Title, c.Programme, kind, c.Hours))
		}
		out = append(out, w.say("评估这些课程的容量和深度是否足够。", "Ask whether the seats and the depth of these courses are enough."))
	}
	return append(out, w.say("与相关雇主核实需求是否会持续，再决定是否调整培养方案。", "Ask employers whether the demand will last before a programme is changed."))
}

// num writes heads: whole from ten on, one decimal below, because people are counted and expectations are not.
func num(x float64) string {
	if math.Abs(x) >= 10 || x == math.Trunc(x) {
		return strconv.FormatFloat(math.Round(x), 'f', 0, 64)
	}
	return strconv.FormatFloat(x, 'f', 1, 64)
}
