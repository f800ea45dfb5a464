package sample

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Actor is an organisation of the market that uses Gapwatch's API.
type Actor struct {
	Name, Role, Region string
	programmes         []map[string]any
	subscription       map[string]any
	requests           []map[string]any
}

// Actors are the market's enterprises and universities; year is the present one.
func Actors(year int) []Actor {
	course := func(title, description string, hours int, required bool, seats int) map[string]any {
		c := map[string]any{"title": title, "description": description, "hours": hours, "required": required}
		if seats > 0 {
			c["seats"] = seats
		}
		return c
	}
	return []Actor{
		{Name: "临江大学人工智能学院（示例）", Role: "university", Region: "330000",
			programmes: []map[string]any{{
				"school": "临江大学（示例）", "region": "330000", "name": "人工智能", "degree": "bachelor", "cohort_size": 120, "graduation_month": 7, "first_year": year - 1,
				"courses": []map[string]any{
					course("机器学习基础", "线性模型、决策树与集成学习，用 Python 和 scikit-learn 完成实验。", 64, true, 0),
					course("深度学习", "神经网络、卷积与注意力机制，实验使用 PyTorch。", 48, true, 0),
					course("自然语言处理", "词向量、Transformer 与大语言模型入门。", 48, false, 60),
					course("计算机视觉", "图像分类与目标检测。", 48, false, 50),
				}}},
			subscription: map[string]any{"min_severity": "blue", "language": "zh", "email": "planner@linjiang.example"}},
		{Name: "南屏理工大学智能学院（示例）", Role: "university", Region: "440000",
			programmes: []map[string]any{{
				"school": "南屏理工大学（示例）", "region": "440000", "name": "机器人工程", "degree": "bachelor", "cohort_size": 90, "graduation_month": 6, "first_year": year - 1,
				"courses": []map[string]any{
					course("机器人操作系统", "ROS 节点、消息与仿真。", 32, false, 30),
					course("同步定位与建图", "SLAM 的滤波与图优化方法。", 32, false, 25),
					course("程序设计", "C++ 与 Python 编程。", 64, true, 0),
				}}},
			subscription: map[string]any{"regions": []string{"440000"}, "min_severity": "blue", "language": "zh", "email": "curriculum@nanping.example"}},
		{Name: "Harbour University AI School (sample)", Role: "university", Region: "310000",
			programmes: []map[string]any{{
				"school": "Harbour University (sample)", "region": "310000", "name": "Data Science and AI", "degree": "master", "cohort_size": 60, "graduation_month": 3, "first_year": year - 1,
				"courses": []map[string]any{
					course("Deep Learning Systems", "GPU programming with CUDA, distributed training, PyTorch internals.", 40, false, 20),
					course("Large Language Models", "Pre-training, fine-tuning and evaluation of large language models.", 40, true, 0),
				}}},
			subscription: map[string]any{"skills": []string{"retrieval-augmented-generation", "cuda", "large-language-models"}, "min_severity": "blue", "language": "en", "email": "dean@harbour.example"}},
		{Name: "青穹智能科技（示例）有限公司", Role: "enterprise", Region: "330000",
			requests: []map[string]any{
				{"skill": "retrieval-augmented-generation", "heads": 12, "tier": "backbone", "region": "330100", "industry": "I", "note": "示例：知识库产品线扩编"},
				{"skill": "large-language-models", "heads": 6, "tier": "lead", "region": "330100", "industry": "I"},
			}},
		{Name: "墨舟机器人（示例）有限公司", Role: "enterprise", Region: "440000",
			requests: []map[string]any{{"skill": "ros", "heads": 15, "tier": "backbone", "region": "440300", "industry": "C", "note": "示例：整机软件团队"}}},
	}
}

// Email is the address of the actor's subscription, empty when it has none.
func (a Actor) Email() string {
	address, _ := a.subscription["email"].(string)
	return address
}

// Client calls Gapwatch's API as one actor.
type Client struct {
	Base string // http://host:port
	Key  string
	HTTP *http.Client
}

// Act registers the actor's programmes, subscription and requests through the API, once: what is there already is
// left as it is.
func (a Actor) Act(ctx context.Context, c Client) error {
	if len(a.programmes) > 0 {
		if err := c.postOnce(ctx, "/api/v1/programmes", "/api/v1/programmes?mine=true", a.programmes); err != nil {
			return fmt.Errorf("%s: %w", a.Name, err)
		}
	}
	if a.subscription != nil {
		if err := c.postOnce(ctx, "/api/v1/subscriptions", "/api/v1/subscriptions", []map[string]any{a.subscription}); err != nil {
			return fmt.Errorf("%s: %w", a.Name, err)
		}
	}
	if err := c.postOnce(ctx, "/api/v1/requests", "/api/v1/requests", a.requests); err != nil {
		return fmt.Errorf("%s: %w", a.Name, err)
	}
	return nil
}

// postOnce posts bodies to path unless the caller's own list has something.
func (c Client) postOnce(ctx context.Context, path, list string, bodies []map[string]any) error {
	if len(bodies) == 0 {
		return nil
	}
	var have struct {
		Items []json.RawMessage `json:"items"`
	}
	if err := c.call(ctx, http.MethodGet, list, "", nil, &have); err != nil {
		return err
	}
	if len(have.Items) > 0 {
		return nil
	}
	for i, body := range bodies {
		if err := c.call(ctx, http.MethodPost, path, fmt.Sprintf("sample-%d", i), body, nil); err != nil {
			return err
		}
	}
	return nil
}

func (c Client) call(ctx context.Context, method, path, idempotency string, in, out any) (err error) {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("encode %s: %w", path, err)
		}
		body = bytes.NewReader(b)
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, c.Base+path, body)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	req.Header.Set("Authorization", "Bearer "+c.Key)
	req.Header.Set("Content-Type", "application/json")
	if idempotency != "" {
		req.Header.Set("Idempotency-Key", idempotency)
	}
	res, err := c.HTTP.Do(req)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	defer func() { err = errors.Join(err, res.Body.Close()) }()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	if res.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s: %s", method, path, res.Status, answer)
	}
	if out != nil {
		if err := json.Unmarshal(answer, out); err != nil {
			return fmt.Errorf("%s %s: decode answer: %w", method, path, err)
		}
	}
	return nil
}
