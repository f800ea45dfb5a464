package dedup_test

import (
	"strings"
	"testing"

	"github.com/gapwatch/gapwatch/aggregate/dedup"
	"github.com/gapwatch/gapwatch/internal/talent"
)

func fact(change func(*talent.PostingFact)) talent.PostingFact {
	f := talent.PostingFact{
		ID: "1", Source: "board", Key: "k1", Title: "大模型算法工程师", EmployerKey: "星河数智", Region: "310000",
		Text: "负责大模型训练与推理优化，熟悉 PyTorch 与 CUDA。\n有分布式训练经验者优先，" + strings.Repeat("参与核心平台建设。", 5),
	}
	if change != nil {
		change(&f)
	}
	return f
}

func TestVacancyID(t *testing.T) {
	base := dedup.VacancyID(fact(nil))
	same := map[string]func(*talent.PostingFact){
		"another board":         func(f *talent.PostingFact) { f.ID, f.Source, f.Key = "2", "other", "k2" },
		"spacing of the text":   func(f *talent.PostingFact) { f.Text = strings.ReplaceAll(f.Text, "\n", " \r\n\t") },
		"width and case":        func(f *talent.PostingFact) { f.Text = strings.ReplaceAll(f.Text, "PyTorch", "ｐytorch") },
		"another day and money": func(f *talent.PostingFact) { f.Date = f.Date.AddDate(0, 1, 0); f.SalaryMin = 1 },
	}
	for name, change := range same {
		if dedup.VacancyID(fact(change)) != base {
			t.Errorf("%s: another vacancy", name)
		}
	}
	differ := map[string]func(*talent.PostingFact){
		"employer": func(f *talent.PostingFact) { f.EmployerKey = "银河数智" },
		"title":    func(f *talent.PostingFact) { f.Title = "大模型产品经理" },
		"region":   func(f *talent.PostingFact) { f.Region = "110000" },
		"text":     func(f *talent.PostingFact) { f.Text += "双休。" },
	}
	seen := map[string]string{base: "base"}
	for name, change := range differ {
		id := dedup.VacancyID(fact(change))
		if other, dup := seen[id]; dup {
			t.Errorf("%s: merged with %s", name, other)
		}
		seen[id] = name
	}
}

func TestVacancyIDOfUnknownEmployer(t *testing.T) {
	a := fact(func(f *talent.PostingFact) { f.EmployerKey = "" })
	b := fact(func(f *talent.PostingFact) { f.EmployerKey, f.Source, f.Key, f.Region = "", "other", "k2", "" })
	if dedup.VacancyID(a) != dedup.VacancyID(b) {
		t.Error("title and text do not decide alone")
	}
	if dedup.VacancyID(a) == dedup.VacancyID(fact(nil)) {
		t.Error("an unknown employer is merged with a known one")
	}
}

func TestShortTextIsNeverMerged(t *testing.T) {
	a := fact(func(f *talent.PostingFact) { f.Text = "详见官网。" })
	b := fact(func(f *talent.PostingFact) { f.Text, f.Key = "详见官网。", "k2" })
	if dedup.VacancyID(a) == dedup.VacancyID(b) {
		t.Error("two stubs are one vacancy")
	}
	if again := fact(func(f *talent.PostingFact) { f.Text = "详见官网。" }); dedup.VacancyID(again) != dedup.VacancyID(a) {
		t.Error("the id is not stable")
	}
}

func BenchmarkVacancyID(b *testing.B) {
	f := fact(func(f *talent.PostingFact) { f.Text = strings.Repeat(f.Text, 5) })
	b.SetBytes(int64(len(f.Text)))
	for b.Loop() {
		dedup.VacancyID(f)
	}
}
