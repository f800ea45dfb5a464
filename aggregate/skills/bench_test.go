package skills

import (
	"strings"
	"testing"
)

// benchText is an invented bilingual posting, repeated to a usual length.
var benchText = strings.Repeat(`算法工程师（AI 平台方向）
公司介绍：星桥科技是一家专注于工业质检的创业公司，成立于2019年。
岗位职责：
1、负责机器学习、深度学习（PyTorch）模型的训练与部署，优化 GPU 推理性能；
2、参与大模型 RAG 应用开发，熟悉 Python、Go 或 C++ 优先；
任职要求：计算机相关专业本科及以上，有良好的沟通能力和团队合作精神，热爱技术。
About the role: you will build data pipelines with Apache Spark, Kafka and Airflow, deploy services on
Kubernetes, and work closely with product managers to bring new ideas to our customers around the world.
We go to great lengths to keep the team small. See https://jobs.example.com/ai/123?ref=board or write to jobs@example.com.
`, 2)

func BenchmarkExtract(b *testing.B) {
	x, err := New()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.SetBytes(int64(len(benchText)))
	for b.Loop() {
		x.Extract(benchText)
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/(float64(len(benchText))/1024), "µs/KB")
}
