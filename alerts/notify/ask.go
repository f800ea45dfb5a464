package notify

import "fmt"

// Ask writes the mail that asks the owner of an address whether they want warnings. who asked, days is how long the
// link works.
func Ask(language string, who Foreign, days int, url string, sample bool) *Letter {
	l := &Letter{URL: url}
	if language == "en" {
		l.Title = "Please confirm: shortage warnings to this address"
		l.Lead = fmt.Sprintf("The organisation %s asks to send shortage warnings of AI skills to this address. Nothing is sent unless you confirm. "+
			"If you do not want that, or do not know who this is, do nothing: this mail is not repeated, and the link stops working after %d days.", who, days)
		l.LinkText = "Open the page and press the button to confirm"
		l.Why = "You receive this one mail because somebody entered your address."
		l.Leave = "Refuse, now or for good (one click)"
		if sample {
			l.Sample = "Sample data: employers, schools and numbers are fictional."
		}
	} else {
		l.Title = "请确认：是否接收短缺预警邮件"
		l.Lead = fmt.Sprintf("机构%s请求将 AI 人才短缺预警发送到此邮箱。只有您确认后才会发送。如果您不需要，或不认识该机构，无需任何操作：本邮件不会重复发送，链接在 %d 天后失效。", who, days)
		l.LinkText = "打开页面并点击按钮确认"
		l.Why = "您收到这一封邮件是因为有人填写了您的邮箱地址。"
		l.Leave = "拒绝接收，或要求不再来信（一键）"
		if sample {
			l.Sample = "示例数据：雇主、学校和数字均为虚构。"
		}
	}
	l.Subject = l.Title
	if sample {
		l.Subject = map[bool]string{true: "[sample data] ", false: "［示例数据］"}[language == "en"] + l.Subject
	}
	return l
}

// Failing writes the mail that tells an organisation that one of its receivers is paused. receiver is the masked
// address, reason the named one, since a day.
func Failing(language string, receiver Foreign, reason, since, subscription, url string) *Letter {
	l := &Letter{URL: url}
	if language == "en" {
		l.Title = "A receiver of your shortage warnings does not answer and is paused"
		l.Lead = fmt.Sprintf("The receiver %s of subscription %s has failed since %s (%s). Its warnings wait for seven days at most; it is tried again once a day.", receiver, subscription, since, reason)
		l.NextIs, l.Next = "What to do next", []string{
			"Mend the receiver, then resume the subscription: POST /api/v1/subscriptions/ID/resume with your organisation's key.",
			"Or end the subscription if it is not needed any more."}
		l.LinkText = "All warnings that are in force"
		l.Why = "You receive this because you confirmed that you want the shortage warnings of your organisation."
		l.Leave = "Unsubscribe (one click, no key needed)"
	} else {
		l.Title = "短缺预警的一个接收端持续失败，已暂停"
		l.Lead = fmt.Sprintf("订阅 %[2]s 的接收端%[1]s自 %[3]s 起持续失败（%[4]s）。其预警最多保留七天；系统每天重试一次。", receiver, subscription, since, reason)
		l.NextIs, l.Next = "下一步", []string{
			"修复接收端后恢复订阅：使用贵机构的密钥调用 POST /api/v1/subscriptions/ID/resume。", "如不再需要，请结束该订阅。"}
		l.LinkText = "当前全部预警"
		l.Why = "您收到此邮件是因为您确认过接收贵机构订阅的短缺预警。"
		l.Leave = "退订（一键，无需密钥）"
	}
	l.Subject = l.Title
	return l
}
