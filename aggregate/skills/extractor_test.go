package skills

import (
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func newExtractor(t testing.TB) *Extractor {
	t.Helper()
	x, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// found renders mentions as "id=surface", with a ? behind those that are not demand.
func found(text string, mentions []Mention) []string {
	out := []string{}
	for _, m := range mentions {
		s := m.Skill + "=" + text[m.Start:m.End]
		if !m.Required {
			s += "?"
		}
		out = append(out, s)
	}
	return out
}

func TestExtract(t *testing.T) {
	x := newExtractor(t)
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"empty", "", nil},
		{"no part of a Latin word", "good algorithms, scalable cargo, javanese", nil},
		{"no part of a longer Han term", "机器学习", []string{"machine-learning=机器学习"}},
		{"learning alone is not a skill", "良好的学习能力", nil},
		{"Han needs no spaces", "熟悉深度学习和计算机视觉者优先", []string{"deep-learning=深度学习", "computer-vision=计算机视觉"}},
		{"mixed with brackets", "深度学习(PyTorch)", []string{"deep-learning=深度学习", "pytorch=PyTorch"}},
		{"Latin beside Han", "使用Python开发", []string{"python=Python"}},
		{"full width", "熟悉ＰｙＴｏｒｃｈ，Ｃ＋＋", []string{"pytorch=ＰｙＴｏｒｃｈ", "cpp=Ｃ＋＋"}},
		{"hyphen, space, nothing", "machine-learning; Machine Learning; machinelearning; scikit learn; Scikit-Learn; scikitlearn",
			[]string{"machine-learning=machine-learning", "machine-learning=Machine Learning", "machine-learning=machinelearning",
				"scikit-learn=scikit learn", "scikit-learn=Scikit-Learn", "scikit-learn=scikitlearn"}},
		{"several spaces", "natural  language\tprocessing", []string{"natural-language-processing=natural  language\tprocessing"}},
		{"non-breaking hyphen and space", "machine\u2011learning, deep\u00a0learning", []string{"machine-learning=machine\u2011learning", "deep-learning=deep\u00a0learning"}},
		{"a line end parts words", "deep\nlearning", nil},
		{"a dash parts words", "deep - learning", nil},
		{"space between Han and Latin", "C 语言、Web 开发", []string{"c=C 语言", "web-development=Web 开发"}},
		{"C and its family", "C/C++, C#, C++11, Objective-C, .NET, ASP.NET",
			[]string{"c=C", "cpp=C++", "csharp=C#", "cpp=C++", "objective-c=Objective-C", "dotnet=.NET", "dotnet=ASP.NET"}},
		{"names with dots", "Node.js, Vue.js, nodejs and React.js", []string{"nodejs=Node.js", "vue=Vue.js", "nodejs=nodejs", "react=React.js"}},
		{"versions", "Python3, Python 2.7, HTML5, Java8, pythonic", []string{"python=Python3", "python=Python", "html=HTML5", "java=Java"}},
		{"plural", "LLMs, CNNs and knowledge graphs", []string{"large-language-models=LLM", "convolutional-neural-networks=CNN", "knowledge-graphs=knowledge graphs"}},
		{"longest wins", "React Native, Spark Streaming, Linux 内核", []string{"react-native=React Native", "spark=Spark Streaming", "linux=Linux 内核"}},
		{"overlap in part", "大数据挖掘", []string{"big-data=大数据", "data-mining=数据挖掘"}},
		{"case-sensitive", "RAG beats rag. ROS rosy. AI ai", []string{"retrieval-augmented-generation=RAG", "ros=ROS", "artificial-intelligence=AI"}},

		{"Go in a list", "Python, Go and Java", []string{"python=Python", "go=Go", "java=Java"}},
		{"go in a list", "python/go/java", []string{"python=python", "go=go", "java=java"}},
		{"Go by context", "Go 后端开发", []string{"go=Go"}},
		{"go the verb", "We go to lengths. Go to our site, Python fans. Python is our go-to language.", []string{"python=Python", "python=Python"}},
		{"go after and", "learn Python and go home", []string{"python=Python"}},
		{"chain of guarded", "Python, R, C, Go", []string{"python=Python", "r=R", "c=C", "go=Go"}},
		{"chain backwards", "Go, R, Julia, Python", []string{"go=Go", "r=R", "julia=Julia", "python=Python"}},
		{"R is not R&D", "R&D, Python; R & D, Python", []string{"python=Python", "python=Python"}},
		{"R by context", "statistics in R", []string{"statistics=statistics", "r=R"}},
		{"C level, Series C", "C-level talks, Series C, C 轮, toC端产品", nil},
		{"single letters in lists of other things", "plan A, B, C", nil},
		{"CV is not a resume", "Send your CV to us; resume/CV with Python", []string{"python=Python"}},
		{"CV is vision", "NLP/CV 算法", []string{"natural-language-processing=NLP", "computer-vision=CV"}},
		{"swift response", "a swift response; Swift response", nil},
		{"Swift", "iOS (Swift)", []string{"ios=iOS", "swift=Swift"}},
		{"spring the season", "Spring 2015 internship", nil},
		{"bullets join", "- Python\n- Go\n- Kafka", []string{"python=Python", "go=Go", "kafka=Kafka"}},
		{"plain lines do not", "Python\nGo\nKafka", []string{"python=Python", "kafka=Kafka"}},

		{"URLs", "see https://example.com/python/machine-learning and www.docker.com, pytorch.org/docs", nil},
		{"URL after a word", "Stack:http://kafka.example.org/spark Hadoop", []string{"hadoop=Hadoop"}},
		{"mail", "mail python@example.com or docker.jobs@kafka.example.cn.", nil},
		{"URL beside Han", "网址https://example.com/spark。熟悉Spark", []string{"spark=Spark"}},
		{"sentence ends at a domain", "We are example.ai. Python needed", []string{"python=Python"}},
		{"a slash does not make a link", "Docker/Kubernetes/AWS", []string{"docker=Docker", "kubernetes=Kubernetes", "aws=AWS"}},

		{"majors are no skills", "计算机、统计学、模式识别等相关专业，熟悉模式识别", []string{"pattern-recognition=模式识别"}},
		{"asked for before a major", "熟悉机器学习，统计学等专业", []string{"machine-learning=机器学习"}},
		{"degrees are no skills", "PhD in Statistics, Machine Learning or related field with Python", []string{"python=Python"}},
		{"broken UTF-8", "Python\xff\xfe深度学习\xe6", []string{"python=Python", "deep-learning=深度学习"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := c.want
			if want == nil {
				want = []string{}
			}
			if diff := cmp.Diff(want, found(c.text, x.Extract(c.text))); diff != "" {
				t.Errorf("Extract(%q) (-want +got):\n%s", c.text, diff)
			}
		})
	}
}

func TestRequired(t *testing.T) {
	x := newExtractor(t)
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"no sections", "We use Kafka.", []string{"kafka=Kafka"}},
		{"about us until the next heading", "About us\nWe love robotics.\n\nAnd Kafka.\n\nRequirements:\nPython",
			[]string{"robotics=robotics?", "kafka=Kafka?", "python=Python"}},
		{"about a name", "About Example Labs\nWe love robotics.\nThe role\nPython", []string{"robotics=robotics?", "python=Python"}},
		{"about the role", "About the role\nPython", []string{"python=Python"}},
		{"inline until an empty line", "Perks: free Python courses\n\nKafka needed", []string{"python=Python?", "kafka=Kafka"}},
		{"unknown heading ends it", "Benefits\nDocker stickers\n## Backend team\nPython", []string{"docker=Docker?", "python=Python"}},
		{"heading words in a sentence", "Candidates see the benefits of Docker.", []string{"docker=Docker"}},
		{"zh on one line", "公司介绍：我们做自动驾驶。岗位职责：使用深度学习。福利待遇：Python 培训",
			[]string{"autonomous-driving=自动驾驶?", "deep-learning=深度学习", "python=Python?"}},
		{"zh in brackets", "【公司简介】\n区块链平台\n【任职要求】\n熟悉区块链", []string{"blockchain=区块链?", "blockchain=区块链"}},
		{"zh numbered", "一、公司简介：\n机器人\n二、岗位要求：\nROS", []string{"robotics=机器人?", "ros=ROS"}},
		{"first sentence", "Example Inc is a computer vision company. You will write Python.", []string{"computer-vision=computer vision?", "python=Python"}},
		{"zh first sentence", "星桥是一家人工智能公司。招 Python 工程师。", []string{"artificial-intelligence=人工智能?", "python=Python"}},
		{"a sentence that asks", "Example is a startup looking for a Python engineer.", []string{"python=Python"}},
		{"a plus does not start a company section", "Requirements:\nKafka is a must. Docker is a nice thing.", []string{"kafka=Kafka", "docker=Docker"}},
		{"name of a link", "[How we run Kafka](https://example.com/k) Python", []string{"kafka=Kafka?", "python=Python"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, found(c.text, x.Extract(c.text))); diff != "" {
				t.Errorf("Extract(%q) (-want +got):\n%s", c.text, diff)
			}
		})
	}
}

func TestIDs(t *testing.T) {
	required, mentioned := IDs([]Mention{
		{Skill: "spark"}, {Skill: "python", Required: true}, {Skill: "kafka"}, {Skill: "docker", Required: true},
		{Skill: "python"}, {Skill: "kafka"}, {Skill: "docker", Required: true},
	})
	if want := []string{"docker", "python"}; !slices.Equal(required, want) {
		t.Errorf("required = %v, want %v", required, want)
	}
	if want := []string{"kafka", "spark"}; !slices.Equal(mentioned, want) {
		t.Errorf("mentioned = %v, want %v", mentioned, want)
	}
}

func TestExtractorIsSharedByGoroutines(t *testing.T) {
	x := newExtractor(t)
	texts := []string{benchText, "Go, Python", "深度学习", ""}
	var want [][]Mention
	for _, s := range texts {
		want = append(want, x.Extract(s))
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 200 {
				if got := x.Extract(texts[i%len(texts)]); !slices.Equal(got, want[i%len(texts)]) {
					t.Errorf("text %d: %v, want %v", i%len(texts), got, want[i%len(texts)])
					return
				}
			}
		})
	}
	wg.Wait()
}
