package text_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/gapwatch/gapwatch/internal/text"
)

func TestEmployer(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"  ", ""},
		{"—", ""},
		{"星河数智信息技术（上海）有限公司", "星河数智信息技术"},
		{"星河数智信息技术(上海市)有限公司", "星河数智信息技术"},
		{"星河数智信息技术 有限责任公司", "星河数智信息技术"},
		{"星河数智（集团）股份有限公司", "星河数智"},
		{"星河数智集团有限公司", "星河数智"},
		{"星河数智有限公司上海分公司", "星河数智"},
		{"上海星河数智有限公司", "上海星河数智"},
		{"星河数智（算法）有限公司", "星河数智算法"},
		{"北京银行股份有限公司", "北京银行"},
		{"南京银行", "南京银行"},
		{"集团", "集团"},
		{"Northwind Robotics, Inc.", "northwindrobotics"},
		{"NORTHWIND ROBOTICS INC", "northwindrobotics"},
		{"Northwind Robotics Co., Ltd.", "northwindrobotics"},
		{"Northwind Robotics (Shanghai) Co.,Ltd", "northwindrobotics"},
		{"Northwind (YC W19)", "northwind"},
		{"Ｎｏｒｔｈｗｉｎｄ　ＬＬＣ", "northwind"},
		{"Nordlicht GmbH & Co. KG", "nordlicht"},
		{"Soleil S.A.", "soleil"},
		{"Limited", "limited"},
		{"(Shanghai)", "shanghai"},
		{"O'Neill's Labs", "oneillslabs"},
		{"Café 42", "café42"},
	} {
		if got := text.Employer(c.in); got != c.want {
			t.Errorf("Employer(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestEmployerIsIdempotent(t *testing.T) {
	piece := rapid.OneOf(
		rapid.SampledFrom([]string{"有限", "公司", "集团", "(上海)", "分公司", "inc", " ", "ltd", "co", ".", "In", "c", "（", "）", "星河", "[", "ﬁ"}),
		rapid.StringN(0, 4, -1))
	rapid.Check(t, func(t *rapid.T) {
		s := ""
		for _, p := range rapid.SliceOfN(piece, 0, 8).Draw(t, "pieces") {
			s += p
		}
		once := text.Employer(s)
		if twice := text.Employer(once); twice != once {
			t.Fatalf("%q -> %q -> %q", s, once, twice)
		}
	})
}

func TestNormal(t *testing.T) {
	a := "岗位职责：\r\n　1、熟悉 PyTorch\u200b（优先）\t\n\n2. Ｇｏ "
	b := "岗位职责:\n1、熟悉 pytorch(优先) 2. Go"
	if text.Normal(a) != text.Normal(b) {
		t.Errorf("copies differ: %q, %q", text.Normal(a), text.Normal(b))
	}
	if got := text.Normal(" a\xffb "); got != "ab" {
		t.Errorf("invalid bytes: %q", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		once := text.Normal(rapid.String().Draw(t, "s"))
		if twice := text.Normal(once); twice != once {
			t.Fatalf("%q -> %q", once, twice)
		}
	})
}

func TestLanguage(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", "en"}, {"123", "en"},
		{"We are hiring machine learning engineers", "en"},
		{"We build 星河 for the world, and are hiring engineers in Shanghai", "en"},
		{"熟悉 PyTorch、TensorFlow、Kubernetes，有大模型训练经验", "zh"},
		{"招聘算法工程师", "zh"},
	} {
		if got := text.Language(c.in); got != c.want {
			t.Errorf("Language(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func BenchmarkEmployer(b *testing.B) {
	for b.Loop() {
		text.Employer("星河数智信息技术（上海）有限公司")
	}
}

func BenchmarkNormal(b *testing.B) {
	s := ""
	for len(s) < 1500 {
		s += "负责大模型训练与推理优化，熟悉 PyTorch、CUDA。\n"
	}
	b.SetBytes(int64(len(s)))
	for b.Loop() {
		text.Normal(s)
	}
}
