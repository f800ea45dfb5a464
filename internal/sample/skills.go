package sample

// skill is a skill as postings of the market name it.
type skill struct {
	id     string
	zh, en []string // surface forms, drawn at random
	share  float64  // of the vacancies that ask for it in a usual week
	rising float64  // growth of the share a year: a trend that a band must know
}

// skills is what the market asks for. Shares are of all vacancies; they need not add up to one.
func skills() []skill {
	return []skill{
		{"python", []string{"Python"}, []string{"Python"}, 0.42, 0},
		{"machine-learning", []string{"机器学习"}, []string{"machine learning"}, 0.30, 0},
		{"deep-learning", []string{"深度学习"}, []string{"deep learning"}, 0.24, 0},
		{"large-language-models", []string{"大语言模型", "大模型"}, []string{"large language models", "LLMs"}, 0.20, 0.25},
		{"pytorch", []string{"PyTorch"}, []string{"PyTorch"}, 0.22, 0},
		{"tensorflow", []string{"TensorFlow"}, []string{"TensorFlow"}, 0.10, -0.15},
		{"natural-language-processing", []string{"自然语言处理"}, []string{"natural language processing"}, 0.13, 0},
		{"computer-vision", []string{"计算机视觉"}, []string{"computer vision"}, 0.14, 0},
		{"cpp", []string{"C++"}, []string{"C++"}, 0.20, 0},
		{"java", []string{"Java"}, []string{"Java"}, 0.15, 0},
		{"docker", []string{"Docker"}, []string{"Docker"}, 0.16, 0},
		{"kubernetes", []string{"Kubernetes"}, []string{"Kubernetes"}, 0.14, 0},
		{"spark", []string{"Spark"}, []string{"Apache Spark"}, 0.08, 0},
		{"kafka", []string{"Kafka"}, []string{"Kafka"}, 0.08, 0},
		{"recommender-systems", []string{"推荐系统"}, []string{"recommender systems"}, 0.08, 0},
		{"reinforcement-learning", []string{"强化学习"}, []string{"reinforcement learning"}, 0.06, 0},
		{"retrieval-augmented-generation", []string{"检索增强生成", "RAG"}, []string{"retrieval-augmented generation", "RAG"}, 0.05, 0.2},
		{"cuda", []string{"CUDA"}, []string{"CUDA"}, 0.07, 0},
		{"ros", []string{"ROS"}, []string{"ROS"}, 0.06, 0},
		{"slam", []string{"SLAM"}, []string{"SLAM"}, 0.05, 0},
	}
}

// role is a kind of position; its titles in both languages, and the tier that employers look for.
type role struct {
	zh, en     string
	zhYears    string
	enYears    string
	zhDegree   string
	enDegree   string
	salaryFrom int // thousand CNY a month
}

func roles() []role {
	return []role{
		{"算法工程师", "Algorithm Engineer", "3-5年", "3+ years", "硕士", "Master's degree", 30},
		{"高级算法工程师", "Senior Algorithm Engineer", "5-10年", "5+ years", "硕士", "Master's degree", 45},
		{"算法专家", "Principal Scientist", "10年以上", "10+ years", "博士", "PhD", 70},
		{"机器学习平台工程师", "ML Platform Engineer", "3-5年", "3+ years", "本科", "Bachelor's degree", 28},
		{"应用算法实习生", "Applied AI Intern", "应届", "new graduate", "本科", "Bachelor's degree", 8},
		{"后端开发工程师", "Backend Engineer", "3-5年", "3+ years", "本科", "Bachelor's degree", 24},
		{"数据工程师", "Data Engineer", "1-3年", "1+ years", "本科", "Bachelor's degree", 20},
		{"机器人软件工程师", "Robotics Software Engineer", "3-5年", "3+ years", "硕士", "Master's degree", 30},
	}
}

// place is a city of the market.
type place struct {
	zh, en, region string // region: province level, GB/T 2260
	weight         float64
}

func places() []place {
	return []place{
		{"北京", "Beijing", "110000", 24}, {"上海", "Shanghai", "310000", 22}, {"深圳", "Shenzhen", "440000", 16},
		{"广州", "Guangzhou", "440000", 8}, {"杭州", "Hangzhou", "330000", 14}, {"成都", "Chengdu", "510000", 6},
		{"南京", "Nanjing", "320000", 5}, {"武汉", "Wuhan", "420000", 5},
	}
}

// employer is one of the market's fictional companies.
type employer struct {
	zh, en   string
	industry string // as the board prints it
}

func employers() []employer {
	first := [][2]string{{"青穹", "Qingqiong"}, {"云岫", "Yunxiu"}, {"北辰衡", "Beichenheng"}, {"澜图", "Lantu"}, {"知秋", "Zhiqiu"},
		{"远岫", "Yuanxiu"}, {"墨舟", "Mozhou"}, {"听澜", "Tinglan"}, {"星阙", "Xingque"}, {"寻微", "Xunwei"}, {"白榆", "Baiyu"}, {"霁川", "Jichuan"}}
	kind := []struct{ zh, en, industry string }{
		{"智能科技", "Intelligence", "软件和信息技术服务业"}, {"机器人", "Robotics", "制造业"}, {"生命科学", "Life Sciences", "科学研究和技术服务业"}, {"数科", "Digital Finance", "金融业"},
	}
	var out []employer
	for i, f := range first {
		for j, k := range kind {
			if (i+j)%4 == 3 { // not every name stands in every trade
				continue
			}
			out = append(out, employer{f[0] + k.zh + "（示例）有限公司", f[1] + " " + k.en + " (Sample) Ltd", k.industry})
		}
	}
	return out
}
