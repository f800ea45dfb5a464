package normalise_test

import (
	"testing"

	"github.com/gapwatch/gapwatch/aggregate/normalise"
	"github.com/gapwatch/gapwatch/internal/codes"
	"github.com/gapwatch/gapwatch/internal/talent"
)

func TestRegion(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		// Chinese
		{"上海-浦东新区", "310000"}, {"北京市海淀区", "110000"}, {"北京", "110000"}, {"深圳/广州", "440300"},
		{"深圳-南山区", "440300"}, {"广东省广州市", "440100"}, {"广东 深圳", "440300"}, {"广东省", "440000"},
		{"广东省南山区", "440300"}, {"苏州-昆山", "320500"}, {"昆山", "320500"}, {"江苏昆山", "320500"},
		{"东莞-凤岗镇", "441900"}, {"内蒙古呼和浩特", "150100"}, {"吉林", "220000"}, {"吉林省吉林市", "220200"},
		{"吉林市", "220200"}, {"海南", "460000"}, {"湖北仙桃", "429004"}, {"重庆-渝北区", "500000"},
		{"香港", "810000"}, {"中国香港", "810000"}, {"台北市，可远程", "710000"}, {"新疆乌鲁木齐市", "650100"},
		{"延边", "222400"}, {"浦东", "310000"}, {"🇨🇳 深圳（坐班）", "440300"}, {"上海 / 远程", "310000"},
		{"远程 / 武汉", "420100"}, {"杭州&成都", "330100"}, {"base 成都优先", "510100"}, {"天津市 天津市", "120000"},
		{"西安", "610100"}, {"中山", "442000"}, {"上海浦东", "310000"}, {"新加坡/台湾/杭州/远程", "SG"},
		{"马来西亚 · 吉隆坡", "MY"}, {"莫斯科；中国（远程）", "RU"}, {"中国 上海", "310000"},
		// honest about what is not known
		{"", ""}, {"远程", ""}, {"远程办公", ""}, {"全国多地 base", ""}, {"不限", ""}, {"国内", ""}, {"中国", ""},
		{"中国内地 / 香港", ""}, {"全远程，按北京时间工作", ""}, {"南山区", ""}, {"朝阳区", ""}, {"江浙沪", ""}, {"海外 / 远程", ""},
		{"Remote", ""}, {"REMOTE", ""}, {"Worldwide Remote", ""}, {"North America", ""}, {"Anywhere", ""}, {"Remote, Beijing time", ""}, {"REMOTE (U.S.)", "US"}, {"GMT+8", ""}, {"China", ""},
		{"Taizhou", ""}, {"Georgia", ""}, {"us", ""}, {".", ""},
		// English
		{"New York, NY", "US"}, {"London, UK", "GB"}, {"SF Bay Area", "US"}, {"Emeryville, CA (SF) or REMOTE", "US"},
		{"London, ON", "CA"}, {"London, OR remote", "GB"}, {"Portland, OR", "US"}, {"Cambridge, MA", "US"}, {"Cambridge, UK", "GB"},
		{"Cambridge", "GB"}, {"Beijing, China", "110000"}, {"Shanghai", "310000"}, {"Shenzhen, Guangdong, China", "440300"},
		{"Guangdong, China", "440000"}, {"Guangdong, Shenzhen", "440300"}, {"Hong Kong", "810000"}, {"Taipei, Taiwan", "710000"}, {"HK/Remote", "810000"},
		{"China/Hong Kong", "810000"}, {"Suzhou", "320500"}, {"Suzhou, Anhui", "341300"}, {"Taizhou, Zhejiang", "331000"}, {"Xi'an", "610100"},
		{"Ürümqi", "650100"}, {"Enschede, The Netherlands", "NL"}, {"Tbilisi, Georgia", "GE"}, {"Atlanta, Georgia", "US"}, {"Atlanta, GA", "US"},
		{"Berlin, DE", "DE"}, {"Wilmington, DE", "US"}, {"Toronto, CA", "CA"}, {"São Paulo", "BR"}, {"Zürich", "CH"}, {"REMOTE (US only)", "US"},
		{"Remote, US", "US"}, {"Washington, D.C.", "US"}, {"Washington, DC", "US"}, {"NYC", "US"}, {"Vancouver, WA", "US"}, {"Vancouver, BC", "CA"},
		{"Sydney, NSW", "AU"}, {"Singapore（Onsite）", "SG"}, {"New Jersey", "US"}, {"Jersey City, NJ", "US"}, {"San Francisco, London, Austin", "US"},
		{"Onsite（Hangzhou）", "330100"}, {"Preferred based in Shanghai/Hangzhou", "310000"}, {"Beijing or USA San Jose", "110000"},
		{"Bangalore, India", "IN"}, {"Moscow, Russia", "RU"}, {"Seoul, South Korea", "KR"}, {"Tel-Aviv", "IL"}, {"Remote - UK", "GB"},
	} {
		if got := normalise.Region(c.in); got != c.want {
			t.Errorf("Region(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

// Every province and prefecture is found by its own names, with and without its province in front.
func TestRegionKnowsTheCodeList(t *testing.T) {
	for p := range codes.Provinces() {
		for _, name := range []string{p.Name.ZH, p.Name.EN} {
			if got := normalise.Region(name); got != p.Code {
				t.Errorf("Region(%q) = %q, want %s", name, got, p.Code)
			}
		}
	}
	for c := range codes.Cities() {
		province, _ := codes.Region(talent.Province(c.Code))
		for _, name := range []string{c.Name.ZH, province.ZH + c.Name.ZH, c.Name.EN + ", " + province.EN} {
			if got := normalise.Region(name); got != c.Code {
				t.Errorf("Region(%q) = %q, want %s", name, got, c.Code)
			}
		}
	}
	for a := range codes.Areas() {
		city, _ := codes.Region(codes.City(a.Code))
		if got := normalise.Region(city.ZH + "-" + a.Name.ZH); got != codes.City(a.Code) {
			t.Errorf("Region(%s-%s) = %q, want %s", city.ZH, a.Name.ZH, got, codes.City(a.Code))
		}
	}
	for c := range codes.Countries() {
		if got := normalise.Region(c.Name.ZH); got != c.Code {
			t.Errorf("Region(%q) = %q, want %s", c.Name.ZH, got, c.Code)
		}
	}
}

func FuzzRegion(f *testing.F) {
	for _, s := range []string{"上海-浦东新区", "London, UK", "Xi'an, Shaanxi", "a.b'c-d, E.F.", "中国 内地", "东\xe5", "Cambridge, MA (Boston) / 远程"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if code := normalise.Region(s); code != "" && !codes.ValidRegion(code) {
			t.Errorf("Region(%q) = %q, which is no code", s, code)
		}
	})
}

func BenchmarkRegion(b *testing.B) {
	for b.Loop() {
		normalise.Region("上海-浦东新区")
		normalise.Region("Emeryville, CA (SF) or REMOTE")
	}
}
