package normalise

import (
	"strings"
	"sync"

	"github.com/gapwatch/gapwatch/internal/codes"
	"github.com/gapwatch/gapwatch/internal/text"
)

// industryWord maps words of boards and feeds to a section of GB/T 4754-2017.
type industryWord struct {
	section string
	words   []string
}

// Industry returns the section letter (A–T) of the industry that a posting states, else of what the
// employer's registered name says it does (…银行股份有限公司), else "". Of several stated industries the first
// known one counts; 全部行业 and what fits two sections (新能源, 科技) are unknown.
func Industry(stated, employer string) string {
	if s := strings.TrimSpace(stated); s != "" {
		if codes.ValidIndustry(s) {
			return s
		}
		if _, ok := codes.Industry(s); ok {
			return s[:1]
		}
		for part := range strings.FieldsFuncSeq(strings.ToLower(s), func(r rune) bool { return r == ',' || r == '，' || r == ';' || r == '；' || r == '|' }) {
			if section := statedIndustry(strings.TrimSpace(part)); section != "" {
				return section
			}
		}
	}
	if employer == "" {
		return ""
	}
	return employerIndustry(text.Employer(employer))
}

func statedIndustry(s string) string {
	for _, n := range sections() {
		if s == n.Name.ZH || strings.EqualFold(s, n.Name.EN) {
			return n.Code
		}
	}
	for _, w := range statedWords() {
		if containsAny(s, w.words...) {
			return w.section
		}
	}
	return ""
}

// sections is the code list, made once.
var sections = sync.OnceValue(codes.Industries)

// statedWords are the words of boards, narrow ones first: "科技金融" is finance, "医疗器械" is made, "在线教育" is
// taught.
var statedWords = sync.OnceValue(func() []industryWord {
	return []industryWord{
		{"J", []string{"金融", "基金", "证券", "期货", "保险", "银行", "资产管理", "信托", "投资", "融资", "保理", "fintech", "finance", "financial", "banking", "insurance", "venture capital"}},
		{"P", []string{"教育", "培训", "学校", "大学", "education", "e-learning", "edtech"}},
		{"C", []string{"医疗器械", "医疗设备", "制药", "生物制品", "半导体", "集成电路", "芯片", "电子/", "电子元器件", "通信设备", "计算机硬件", "智能硬件",
			"消费电子", "汽车", "整车", "机械", "设备制造", "设备", "自动化", "电气", "机器人", "仪器仪表", "新材料", "化工", "钢铁", "纺织", "服装", "食品", "饮料", "酒水",
			"家电", "家具", "印刷", "包装", "造纸", "制造", "航空/航天", "航空航天", "电池", "光伏", "semiconductor", "manufacturing", "automotive", "robotics", "hardware",
			"electronics", "aerospace", "pharmaceutical", "medical device", "machinery", "chemicals"}},
		{"Q", []string{"医院", "医疗机构", "医疗服务", "卫生", "护理", "养老", "hospital", "health care", "healthcare"}},
		{"R", []string{"文化", "体育", "娱乐", "影视", "广播", "电影", "新闻", "出版", "演出", "publishing", "entertainment", "sports"}},
		{"K", []string{"房地产", "物业", "real estate", "proptech"}},
		{"L", []string{"人力资源", "广告", "公关", "会展", "咨询", "法律", "律师", "财务", "审计", "商务服务", "租赁", "猎头", "旅行社", "consulting", "staffing", "recruiting", "advertising", "marketing", "legal"}},
		{"G", []string{"物流", "运输", "仓储", "快递", "货运", "客运", "民航", "航运", "铁路", "logistics", "transportation", "shipping"}},
		{"F", []string{"批发", "零售", "贸易", "进出口", "retail", "wholesale"}},
		{"I", []string{"互联网", "软件", "it服务", "信息技术", "信息传输", "云计算", "大数据", "人工智能", "信息安全", "网络安全", "网络/信息", "游戏", "电子商务", "电商",
			"在线社交", "社交", "o2o", "物联网", "区块链", "电信", "通信运营", "数据服务", "计算机服务", "software", "internet", "information technology", "artificial intelligence",
			"cloud", "saas", "e-commerce", "gaming", "blockchain", "cybersecurity", "telecom", "it services"}},
		{"M", []string{"学术", "科研", "研究", "专业技术服务", "技术服务", "科技推广", "检测", "认证", "工程设计", "research", "biotechnology"}},
		{"N", []string{"环保", "水利", "环境", "公共设施", "environmental"}},
		{"D", []string{"电力", "热力", "燃气", "水务", "utilities", "electricity"}},
		{"E", []string{"建筑", "建材施工", "装修", "土木", "construction"}},
		{"B", []string{"采矿", "矿产", "石油开采", "煤炭", "mining", "oil & gas"}},
		{"H", []string{"酒店", "餐饮", "民宿", "hospitality", "restaurants"}},
		{"A", []string{"农业", "林业", "牧业", "渔业", "农/林", "agriculture", "farming"}},
		{"S", []string{"政府", "公共事业", "社会组织", "非营利", "协会", "government", "non-profit", "nonprofit"}},
		{"O", []string{"生活服务", "家政", "修理", "维修", "美容"}},
	}
})

// employerIndustry reads the trade that ends a registered Chinese name (行政区划 + 字号 + 行业 + 组织形式); key is
// the employer's key, without legal form.
func employerIndustry(key string) string {
	for _, w := range employerWords() {
		if hasAnySuffix(key, w.words...) {
			return w.section
		}
	}
	return ""
}

// employerWords are the trades that registered names end with.
var employerWords = sync.OnceValue(func() []industryWord {
	return []industryWord{
		{"J", []string{"银行", "证券", "保险", "人寿", "基金", "期货", "信托", "基金管理", "资产管理", "消费金融", "私募基金管理"}},
		{"P", []string{"大学", "学院", "学校", "中学", "小学", "幼儿园"}},
		{"Q", []string{"医院", "卫生院"}},
		{"I", []string{"软件", "信息技术", "网络科技", "网络技术", "信息科技", "计算机系统", "软件技术", "软件开发", "互联网信息服务", "软件科技", "信息系统"}},
		{"C", []string{"半导体", "集成电路", "微电子", "汽车", "制药", "药业", "医疗器械", "机械", "电器", "重工", "化工", "钢铁", "光电", "新材料"}},
		{"G", []string{"物流", "快递", "航空", "铁路", "供应链管理"}},
		{"F", []string{"贸易", "商贸", "进出口"}},
		{"L", []string{"人力资源", "管理咨询", "企业管理", "广告", "律师事务所", "会计师事务所", "人才服务", "劳务派遣"}},
		{"K", []string{"房地产", "房地产开发", "物业管理", "物业服务"}},
		{"M", []string{"研究院", "研究所", "设计院", "实验室", "检测技术"}},
		{"R", []string{"影业", "影视", "出版社", "传媒", "文化传媒"}},
		{"D", []string{"电网", "电力", "燃气", "热力"}},
		{"E", []string{"建筑工程", "建设工程", "装饰工程"}},
		{"H", []string{"酒店", "酒店管理", "餐饮", "餐饮管理"}},
	}
})
