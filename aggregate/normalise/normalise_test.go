package normalise_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gapwatch/gapwatch/aggregate/normalise"
	"github.com/gapwatch/gapwatch/internal/talent"
)

func sample() talent.Posting {
	seen := time.Date(2026, 5, 15, 19, 24, 0, 0, time.UTC)
	return talent.Posting{
		ID: talent.PostingID("board", "42"), Source: "board", Key: "42", URL: "https://user:pw@board.example/jobs/42",
		Title: "高级大模型算法工程师", Employer: "星河数智信息技术（上海）有限公司", Location: "上海-浦东新区", Industry: "人工智能",
		Education: "硕士", Experience: "3-5年", Salary: "30-50k·15薪", PostedAt: time.Date(2026, 5, 13, 0, 0, 0, 0, time.FixedZone("CST", 8*3600)),
		FirstSeen: seen, Fetched: seen, Grain: talent.Week,
		Text: "岗位职责：\n1. 负责大模型训练与推理优化，熟悉 PyTorch、CUDA 12.4；\n2. 搭建 RAG 检索链路。\n任职要求：\n1. 硕士及以上学历，3 年以上相关经验；\n" +
			"招聘 2 名。薪资 30000-50000 元。联系人：张女士，微信：xinghe_hr，电话 138-0013-8000，邮箱 hr@xinghe.example.com。",
	}
}

func TestPosting(t *testing.T) {
	p := sample()
	want := talent.PostingFact{
		ID: p.ID, Source: "board", Key: "42", URL: "https://board.example/jobs/42",
		Title: p.Title, Employer: p.Employer, EmployerKey: "星河数智信息技术", Location: p.Location, Region: "310000", Industry: "I",
		Tier: talent.TierBackbone, Education: "master", ExperienceYears: 3, SalaryMin: 30000, SalaryMax: 50000,
		Date: time.Date(2026, 5, 13, 0, 0, 0, 0, time.UTC), DateBasis: talent.DateStated, Openings: 2, OpeningsStated: true,
		Language: "zh", Grain: talent.Week, FirstSeen: p.FirstSeen, Fetched: p.Fetched,
		Text: "岗位职责：\n1. 负责大模型训练与推理优化，熟悉 PyTorch、CUDA 12.4；\n2. 搭建 RAG 检索链路。\n任职要求：\n1. 硕士及以上学历，3 年以上相关经验；\n" +
			"招聘 2 名。薪资 30000-50000 元。联系人：<CONTACT>，微信：<CONTACT>，电话 <PHONE>，邮箱 <EMAIL>。",
	}
	if diff := cmp.Diff(want, normalise.Posting(p)); diff != "" {
		t.Errorf("fact (-want +got):\n%s", diff)
	}
}

// A posting that states nothing yields a fact that knows nothing.
func TestPostingKnowsWhatItDoesNotKnow(t *testing.T) {
	seen := time.Date(2026, 5, 15, 23, 0, 0, 0, time.UTC)
	got := normalise.Posting(talent.Posting{Source: "s", Key: "k", Text: "\xff", FirstSeen: seen})
	want := talent.PostingFact{
		ID: talent.PostingID("s", "k"), Source: "s", Key: "k", Text: "\uFFFD", ExperienceYears: -1, Openings: 1, Language: "en", Grain: talent.Week,
		Date: time.Date(2026, 5, 15, 0, 0, 0, 0, time.UTC), DateBasis: talent.DateFirstSeen, FirstSeen: seen,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("fact (-want +got):\n%s", diff)
	}
}

func TestSalaryAbroadIsNotYuan(t *testing.T) {
	for _, c := range []struct {
		location, salary, text string
		low                    float64
	}{
		{"San Francisco, CA", "120k-150k", "We hire", 0},
		{"Remote", "90k-120k", "We hire engineers", 0},
		{"香港", "30-40k", "招聘工程师", 0},
		{"Shanghai", "30-40k", "We hire engineers", 30000},
		{"", "30-40k", "招聘工程师", 30000},
		{"Singapore", "30-40k RMB", "We hire engineers", 30000},
	} {
		f := normalise.Posting(talent.Posting{Source: "s", Key: "k", Location: c.location, Salary: c.salary, Text: c.text})
		if f.SalaryMin != c.low {
			t.Errorf("%q in %q: %v, want %v", c.salary, c.location, f.SalaryMin, c.low)
		}
	}
}

func TestSalary(t *testing.T) {
	for _, c := range []struct {
		in        string
		low, high float64
	}{
		{"25-35k", 25000, 35000}, {"15-25K·14薪", 15000, 25000}, {"20k-40k", 20000, 40000}, {"20K～40K", 20000, 40000}, {"8k", 8000, 8000},
		{"80-120万RMB", 800000. / 12, 1200000. / 12}, {"30-50万/年", 25000, 50000. * 10 / 12}, {"年薪30-60万", 25000, 50000}, {"50w-100w", 500000. / 12, 1000000. / 12},
		{"1.5-2万/月", 15000, 20000}, {"1-1.5万", 10000, 15000}, {"8千-1.2万", 8000, 12000}, {"50-100k/m", 50000, 100000}, {"3-5万", 30000, 50000},
		{"8000-12000元/月", 8000, 12000}, {"8000-12000", 8000, 12000}, {"15,000 - 20,000 RMB", 15000, 20000}, {"300000-500000", 25000, 500000. / 12},
		{"200-300元/天", 4350, 6525}, {"200元/天", 4350, 4350}, {"50-80元/小时", 8700, 13920}, {"20k以上", 20000, 0}, {"up to 30k", 0, 30000}, {"30k以内", 0, 30000},
		{"月薪 20-30K", 20000, 30000}, {"薪资范围：25k~45k，14薪", 25000, 45000}, {"２５－３５Ｋ", 25000, 35000}, {"20-30k*14薪+0-6个月绩效", 20000, 30000}, {"35-25k", 25000, 35000},
		{"¥20,000-¥30,000", 20000, 30000}, {"35000至40000元", 35000, 40000},
		// no salary, no currency of ours
		{"", 0, 0}, {"面议", 0, 0}, {"薪资面议", 0, 0}, {"Competitive", 0, 0}, {"$120k – $150k", 0, 0}, {"£60k-£80k", 0, 0}, {"€50K - €70K", 0, 0}, {"3000-5000 USDT", 0, 0},
		{"3000-5000u", 0, 0}, {"HKD 30k", 0, 0}, {"20-40K RMB，也可以发USDT", 20000, 40000}, {"80-120万 RMB/USD", 0, 0}, {"2000-5000美元", 0, 0}, {"14薪", 0, 0}, {"0.5%-1% 期权", 0, 0}, {"999999999999999999999k", 0, 0},
	} {
		low, high := normalise.Salary(c.in)
		if abs(low-c.low) > 0.5 || abs(high-c.high) > 0.5 {
			t.Errorf("Salary(%q) = %v, %v; want %v, %v", c.in, low, high, c.low, c.high)
		}
	}
}

func abs(x float64) float64 {
	if x < 0 {
		return -x
	}
	return x
}

func FuzzSalary(f *testing.F) {
	for _, s := range []string{"25-35k·14薪", "80-120万/年", "200-300元/天", "1,000,000", "1.5.5k-", "-k", "¥", "至5k", "5k至"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		low, high := normalise.Salary(s)
		if low < 0 || high < 0 || high > 1e6 || low > 1e6 || high != 0 && low > high || low != low || high != high {
			t.Errorf("Salary(%q) = %v, %v", s, low, high)
		}
	})
}

func TestEducation(t *testing.T) {
	for _, c := range []struct{ stated, text, want string }{
		{"本科", "", "bachelor"}, {"统招本科", "", "bachelor"}, {"大专", "", "college"}, {"硕士", "", "master"}, {"博士", "", "doctor"}, {"学历不限", "硕士及以上学历", ""},
		{"本科及以上", "", "bachelor"}, {"硕士及以上，博士优先", "", "master"}, {"大专及以上(本科优先)", "", "college"}, {"Bachelor's degree", "", "bachelor"}, {"PhD", "", "doctor"}, {"高中", "", ""},
		{"", "任职要求：硕士及以上学历", "master"}, {"", "本科（含）以上学历，计算机相关专业", "bachelor"}, {"", "本科或硕士以上学历", "bachelor"}, {"", "大专以上", "college"},
		{"", "面向博士生的平台，为硕士服务", ""}, {"", "本科以及以上学历", "bachelor"}, {"", "2026届硕士毕业生", "master"}, {"", "在站博士后", ""}, {"", "Bachelor's degree or higher in CS", "bachelor"}, {"", "Master's or PhD in machine learning", "master"}, {"", "PhD in statistics", "doctor"},
		{"", "Our founders met at Stanford", ""}, {"", "", ""},
	} {
		if got := normalise.Education(c.stated, c.text); got != c.want {
			t.Errorf("Education(%q, %q) = %q, want %q", c.stated, c.text, got, c.want)
		}
	}
}

func TestExperience(t *testing.T) {
	for _, c := range []struct {
		stated, text string
		want         int
	}{
		{"5年以上", "", 5}, {"5-10年", "", 5}, {"1-3年", "", 1}, {"经验不限", "5年以上经验", 0}, {"应届", "", 0}, {"实习", "", 0}, {"1年以下", "", 0}, {"10年以上", "", 10},
		{"三年以上", "", 3}, {"3+ years", "", 3}, {"2年以上", "", 2},
		{"", "要求 3 年以上相关工作经验", 3}, {"", "3-5年深度学习开发经验", 3}, {"", "具备三年以上开发经验", 3}, {"", "5+ years of experience with Go", 5}, {"", "5+ years with Go", 5},
		{"", "at least 2 years' professional experience", 2}, {"", "公司成立 20 年，服务百万用户", -1}, {"", "2024年毕业，有实习经验", -1}, {"", "签三年合同", -1}, {"", "", -1}, {"", "over the next 5 years", -1},
		{"", "8~10 年经验", 8}, {"", "5年以内工作经验", -1}, {"", "要求：\n1.3年以上开发经验", 3},
	} {
		if got := normalise.Experience(c.stated, c.text); got != c.want {
			t.Errorf("Experience(%q, %q) = %d, want %d", c.stated, c.text, got, c.want)
		}
	}
}

func TestOpenings(t *testing.T) {
	for _, c := range []struct {
		stated int
		text   string
		heads  uint32
		known  bool
	}{
		{3, "", 3, true}, {5000, "", 999, true}, {0, "招1人", 1, true}, {0, "招聘 5 名", 5, true}, {0, "招聘人数：3人", 3, true}, {0, "招聘人数：3", 3, true}, {0, "招募2位工程师", 2, true},
		{0, "招聘若干名", 1, false}, {0, "招聘人数：若干", 1, false}, {0, "", 1, false}, {0, "招聘 2026 届毕业生", 1, false}, {0, "校招 30 所高校", 1, false}, {0, "We have 3 openings", 3, true},
		{0, "招100000人", 1, false}, {0, "招生 5000 人", 1, false}, {0, "招聘人数：2-3人", 2, true}, {0, "招聘 0 人", 1, false}, {-1, "", 1, false},
	} {
		heads, known := normalise.Openings(c.stated, c.text)
		if heads != c.heads || known != c.known {
			t.Errorf("Openings(%d, %q) = %d, %v; want %d, %v", c.stated, c.text, heads, known, c.heads, c.known)
		}
	}
}

func TestTier(t *testing.T) {
	for _, c := range []struct {
		title, education, experience, text string
		want                               talent.Tier
	}{
		{"首席科学家", "博士", "10年以上", "", talent.TierLead}, {"Principal Engineer", "", "", "", talent.TierLead}, {"Director of AI", "", "", "", talent.TierLead}, {"算法工程师", "", "10年以上", "", talent.TierLead},
		{"技术总监助理", "", "", "", talent.TierReserve}, {"总监", "", "1-3年", "", talent.TierBackbone}, {"高级算法工程师", "本科", "", "", talent.TierBackbone}, {"Senior ML Engineer", "", "", "", talent.TierBackbone},
		{"算法工程师", "本科", "3-5年", "", talent.TierBackbone}, {"算法工程师", "硕士", "1-3年", "", talent.TierBackbone}, {"算法工程师", "本科", "1-3年", "", talent.TierReserve}, {"算法工程师", "博士", "", "", talent.TierBackbone},
		{"算法实习生", "博士", "", "", talent.TierReserve}, {"Java开发（2027届春招）", "", "", "", talent.TierReserve}, {"Machine Learning Intern", "", "", "", talent.TierReserve}, {"算法工程师", "本科", "应届", "", talent.TierReserve},
		{"算法工程师", "本科", "经验不限", "", ""}, {"算法工程师", "", "", "", ""}, {"Internal Tools Engineer", "", "", "", ""}, {"ML Engineer", "", "", "5+ years of experience", talent.TierBackbone}, {"", "", "", "", ""},
	} {
		if got := normalise.Tier(c.title, c.education, c.experience, c.text); got != c.want {
			t.Errorf("Tier(%q, %q, %q, %q) = %q, want %q", c.title, c.education, c.experience, c.text, got, c.want)
		}
	}
}

func TestIndustry(t *testing.T) {
	for _, c := range []struct{ stated, employer, want string }{
		{"I", "", "I"}, {"I65", "", "I"}, {"信息传输、软件和信息技术服务业", "", "I"}, {"Finance", "", "J"}, {"人工智能", "", "I"}, {"计算机软件", "", "I"}, {"IT服务", "", "I"}, {"云计算/大数据", "", "I"},
		{"电子/半导体/集成电路", "", "C"}, {"新能源汽车", "", "C"}, {"科技金融", "", "J"}, {"医疗器械", "", "C"}, {"医疗机构", "", "Q"}, {"培训服务", "", "P"}, {"电子商务", "", "I"}, {"批发/零售", "", "F"},
		{"通信设备,互联网", "", "C"}, {"全部行业", "", ""}, {"全部行业,互联网", "", "I"}, {"新能源", "", ""}, {"", "", ""}, {"", "星河商业银行股份有限公司", "J"}, {"", "星河信息技术（上海）有限公司", "I"},
		{"", "星河科技有限公司", ""}, {"", "星河大学", "P"}, {"", "Northwind Inc", ""}, {"Z", "", ""},
	} {
		if got := normalise.Industry(c.stated, c.employer); got != c.want {
			t.Errorf("Industry(%q, %q) = %q, want %q", c.stated, c.employer, got, c.want)
		}
	}
}

func TestDate(t *testing.T) {
	day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
	seen := time.Date(2026, 5, 15, 19, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name                   string
		posted, first, fetched time.Time
		want                   time.Time
		basis                  talent.DateBasis
	}{
		{"own", day(2026, 5, 1), seen, seen, day(2026, 5, 1), talent.DateStated},
		{"own, in its time zone", time.Date(2026, 5, 1, 0, 30, 0, 0, time.FixedZone("", 8*3600)), seen, seen, day(2026, 5, 1), talent.DateStated},
		{"old archive", day(1996, 1, 1), seen, seen, day(1996, 1, 1), talent.DateStated},
		{"epoch", day(1970, 1, 1), seen, seen, day(2026, 5, 15), talent.DateFirstSeen},
		{"a day ahead", day(2026, 5, 17), seen, seen, day(2026, 5, 17), talent.DateStated},
		{"far ahead", day(2026, 5, 18), seen, seen, day(2026, 5, 15), talent.DateFirstSeen},
		{"renewed after it was first seen", day(2026, 6, 1), seen, seen.AddDate(0, 1, 0), day(2026, 6, 1), talent.DateStated},
		{"none", time.Time{}, seen, seen.AddDate(0, 0, 9), day(2026, 5, 15), talent.DateFirstSeen},
		{"only fetched", time.Time{}, time.Time{}, seen, day(2026, 5, 15), talent.DateFirstSeen},
		{"nothing", time.Time{}, time.Time{}, time.Time{}, time.Time{}, talent.DateFirstSeen},
	} {
		got, basis := normalise.Date(c.posted, c.first, c.fetched)
		if !got.Equal(c.want) || basis != c.basis {
			t.Errorf("%s: %v, %s; want %v, %s", c.name, got, basis, c.want, c.basis)
		}
	}
}

func long() talent.Posting {
	p := sample()
	line := "负责多模态大模型的训练、评测与推理优化，熟悉 PyTorch、DeepSpeed，参与数据治理与平台建设；\n"
	p.Text += strings.Repeat(line, (1500-len(p.Text))/len(line))
	return p
}
