package text_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gapwatch/gapwatch/internal/text"
)

func TestPlainText(t *testing.T) {
	for _, c := range []struct{ html, want string }{
		{"", ""},
		{"  plain  words\n on two lines ", "plain words on two lines"},
		{"<h2>Duties</h2><ul><li>one</li><li><p>two</p></li></ul><p>After</p>", "Duties\n\n- one\n- two\n\nAfter"},
		{"a<br>b<br/><br />c", "a\nb\n\nc"},
		{"<div><div><div>deep</div></div></div><div>next</div>", "deep\nnext"},
		{"<p>R&amp;D &lt;ML&gt;&nbsp;team</p>", "R&D <ML> team"},
		{"<style>p{}</style>seen<script>if (a<b) alert('<p>')</script><noscript>off</noscript>!", "seen!"},
		{"<table><tr><td>Pay</td><td>20k</td></tr><tr><td>Place</td><td>成都</td></tr></table>", "Pay 20k\nPlace 成都"},
		{"mail <EMAIL> or call <PHONE>, know List<String> and <b>Go</b>", "mail <EMAIL> or call <PHONE>, know List<String> and Go"},
		{"<o:p>word</o:p><my-card>card</my-card>", "wordcard"},
		{"zero\u200bwidth soft\u00adhyphen \u0007bell", "zerowidth softhyphen bell"},
		{"<p>岗位职责：</p><p>1. 负责模型训练<br>2. 部署</p>", "岗位职责：\n\n1. 负责模型训练\n2. 部署"},
		{"unclosed <b>bold <i>and", "unclosed bold and"},
		{"3 < 4 and 5 > 4", "3 < 4 and 5 > 4"},
	} {
		if got := text.PlainText(c.html); got != c.want {
			t.Errorf("%q: %q, want %q", c.html, got, c.want)
		}
	}
	if got := text.PlainText(strings.Repeat("<p>招聘</p>", 200_000)); len(got) > 1<<20 || !utf8.ValidString(got) {
		t.Errorf("a text of %d bytes came through", len(got))
	}
}
