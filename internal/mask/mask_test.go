package mask_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gapwatch/gapwatch/internal/mask"
)

func TestMask(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		// addresses
		{"简历投递：hr.zhang@xinghe.example.com，标题写姓名", "简历投递：<EMAIL>，标题写姓名"},
		{"mail jane_doe+jobs@northwind.io.", "mail <EMAIL>."},
		{"jane at northwind dot io", "<EMAIL>"},
		{"write to jane [at] northwind [dot] co [dot] uk today", "write to <EMAIL> today"},
		{"jane(at)northwind.com", "<EMAIL>"}, {"jane {dot} doe {at} northwind {dot} edu.", "<EMAIL>."},
		{"jane @ northwind.com", "<EMAIL>"},
		{"zhang#xinghe.com（#换成@）", "<EMAIL>（#换成@）"},
		{"邮箱：zhang＠xinghe.com", "邮箱：<EMAIL>"},
		{"mailto:jane@northwind.io", "mailto:<EMAIL>"},
		{"https://user:secret@northwind.io/jobs", "https://user:<EMAIL>/jobs"},
		// numbers
		{"电话13800138000", "电话<PHONE>"}, {"138-0013-8000", "<PHONE>"}, {"138 0013 8000", "<PHONE>"},
		{"+86 13800138000", "<PHONE>"}, {"+86-138-0013-8000", "<PHONE>"}, {"8613800138000", "<PHONE>"}, {"(+86)13800138000", "<PHONE>"},
		{"联系方式：021-55550123转808", "联系方式：<PHONE>"}, {"(010) 55550123", "<PHONE>"}, {"0571-5555012", "<PHONE>"},
		{"400-555-0123", "<PHONE>"}, {"电话：5555 0123", "电话：<PHONE>"}, {"Tel: 55550123", "Tel: <PHONE>"},
		{"+1 (415) 555-0132", "<PHONE>"}, {"+14155550132", "<PHONE>"}, {"+44 20 7946 0958", "<PHONE>"}, {"(415) 555-0132 ext. 7", "<PHONE>"},
		{"415.555.0132", "<PHONE>"}, {"手机/微信：13800138000", "手机/微信：<CONTACT>"},
		// messengers
		{"微信：xinghe_hr", "微信：<CONTACT>"}, {"微信号: Xinghe2020", "微信号: <CONTACT>"}, {"加微信xinghe2020", "加微信<CONTACT>"},
		{"VX: xinghe2020 备注岗位", "VX: <CONTACT> 备注岗位"}, {"wx xinghe_2020", "wx <CONTACT>"}, {"加v：xinghe2020", "加v：<CONTACT>"},
		{"V：xh20201", "V：<CONTACT>"}, {"WeChat ID: xinghe-hr", "WeChat ID: <CONTACT>"}, {"WeChat: xinghehr", "WeChat: <CONTACT>"},
		{"QQ：123456789", "QQ：<CONTACT>"}, {"QQ群 123456789", "QQ群 <CONTACT>"}, {"Telegram: @xinghe", "Telegram: <CONTACT>"},
		{"TG @xinghe", "TG <CONTACT>"}, {"Telegram: https://t.me/xinghe", "Telegram: https://t.me/<CONTACT>"},
		{"微信（备注来意）：xinghehr", "微信（备注来意）：<CONTACT>"}, {"微信/QQ：12345678", "微信/QQ：<CONTACT>"}, {"Skype: live.jane", "Skype: <CONTACT>"}, {"skype：live:.cid.66b1", "skype：<CONTACT>"},
		{"联系方式：微信 xinghehr（附作品）", "联系方式：微信 <CONTACT>（附作品）"}, {"可以加微信 xinghehr", "可以加微信 <CONTACT>"},
		// names
		{"联系人：张先生", "联系人：<CONTACT>"}, {"联系人：刘女士、李女士", "联系人：<CONTACT>"}, {"请找高小姐面谈", "请找<CONTACT>面谈"}, {"联系人：李雷 13800138000", "联系人：<CONTACT> <PHONE>"}, {"HR：王小姐，电话 021-55550123", "HR：<CONTACT>，电话 <PHONE>"},
		{"HR: Lisa", "HR: <CONTACT>"}, {"Contact: Jane Doe, Berlin", "Contact: <CONTACT>, Berlin"}, {"联系人: 欧阳小雪", "联系人: <CONTACT>"},
	} {
		if got := mask.Text(c.in); got != c.want {
			t.Errorf("Text(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestMaskLeavesTheRest(t *testing.T) {
	for _, s := range []string{
		"薪资 25000-35000 元/月，年终奖 3-6 个月", "底薪+15000-25000元", "20-40k·14薪", "$120,000 - $150,000", "年薪 300000-500000",
		"2024-05-13 09:30", "2019 - 2023", "20260513", "2023.05.13-2024.05.12", "版本 1.2.3.4567", "Python 3.11.4, CUDA 12.4.131", "192.168.100.100",
		"https://example.com/job/1982515683.shtml", "https://example.com/jobs/13800138000", "(A244767)", "MJ033240", "职位编号：1982515683", "req_13800138000",
		"GB/T 2260-2007", "ISO 9001:2015", "100,000,000 users", "+20 000 000 users", "10000-20000人", "7x24", "24/7", "3.1415926535",
		"熟悉微信小程序、QQ 音乐接口", "WeChat Pay 与 Telegram Bot 开发", "有 wx API 经验", "微信生态 2024 年", "企业微信、飞书、钉钉集成", "C++/Qt", "v2.0", "Vue3",
		"HR：负责招聘工作", "HR：高薪诚聘", "HR：全职", "联系人：人事部", "Contact: send your resume", "you will work at Northwind dot matrix team", "@angular/core", "vue@3.4.21", "C#.net",
		"look at the docs", "hiring manager: you report to the CTO", "手机 2025 款", "电话：2024-05-13", "负责人工智能平台", "招聘负责人一名",
		"电话面试 2 轮", "call center 24 hours", "signal processing: DSP", "signal: small coding challenge", "WeChat is hiring", "微信 android 客户端", "莘莘学子、女士优先", "先生产后优化", "<EMAIL> <PHONE> 微信：<CONTACT> 联系人：<CONTACT>",
	} {
		if got := mask.Text(s); got != s {
			t.Errorf("Text(%q) = %q", s, got)
		}
	}
}

func TestURL(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"https://example.com/jobs/13800138000", "https://example.com/jobs/13800138000"},
		{"https://user:pw@example.com/a@b", "https://example.com/a@b"},
		{"mailto:jane@example.com", ""}, {"tel:+4912345678", ""}, {"", ""},
		{"https://example.com/apply?to=jane@example.com&x=1", "https://example.com/apply?to=<EMAIL>&x=1"},
	} {
		if got := mask.URL(c.in); got != c.want {
			t.Errorf("URL(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestMaskIsIdempotent(t *testing.T) {
	piece := rapid.OneOf(rapid.SampledFrom([]string{
		"a@b.com", "@", ".com", "13800138000", "138", "0013", "8000", "-", " ", "+", "86", "(", ")", "010", "5550123", "微信", "：", "vx", "wx:", "QQ", "id",
		"abc_1", "联系人：", "HR:", "张", "三", "先生", "Jane", "Doe", " at ", " dot ", "com", "#", "/", "转", "1", "<", "EMAIL", ">", "tel", "电话", "t.me/",
	}), rapid.StringN(0, 2, -1))
	rapid.Check(t, func(t *rapid.T) {
		s := strings.Join(rapid.SliceOfN(piece, 0, 14).Draw(t, "pieces"), "")
		once := mask.Text(s)
		if twice := mask.Text(once); twice != once {
			t.Fatalf("%q -> %q -> %q", s, once, twice)
		}
	})
}

func FuzzMask(f *testing.F) {
	for _, s := range []string{"a@b.com 13800138000", "微信：abc_123，联系人：张三", "jane at host dot com", "+1 (415) 555-0132 x5", "QQ/微信：\xe5", "(+86)138-0013-8000"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := mask.Text(s)
		if twice := mask.Text(once); twice != once {
			t.Errorf("%q -> %q -> %q", s, once, twice)
		}
		mask.URL(s)
	})
}
