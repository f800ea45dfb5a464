package mask_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gapwatch/gapwatch/internal/mask"
	"github.com/gapwatch/gapwatch/internal/talent"
)

// every contact once, and what of each may be seen nowhere.
const (
	everything = "简历 hr.zhang@xinghe.example.com 电话 13800138000 微信：xinghe_hr QQ：123456789 联系人：张先生"
	seen       = "hr.zhang xinghe.example 13800138000 xinghe_hr 123456789 张先生"
)

func bare(t *testing.T, where, s string) {
	t.Helper()
	for secret := range strings.FieldsSeq(seen) {
		if strings.Contains(s, secret) {
			t.Errorf("%s still holds %s: %s", where, secret, s)
		}
	}
}

// Every field of a posting that a source fills is masked, also one that will be added.
func TestPostingMasksEveryField(t *testing.T) {
	p := talent.Posting{Source: "board"}
	v := reflect.ValueOf(&p).Elem()
	for i := range v.NumField() {
		f := v.Field(i)
		switch name := v.Type().Field(i).Name; {
		case f.Kind() != reflect.String, name == "ID", name == "Source", name == "Grain": // ours
		case name == "URL":
			f.SetString("https://example.com/apply?to=hr.zhang@xinghe.example.com&tel=13800138000&wechat=xinghe_hr")
		default:
			f.SetString(everything)
		}
	}
	p.ID = talent.PostingID(p.Source, p.Key)
	masked, found := mask.Posting(p)
	if !found || masked.ID != p.ID {
		t.Errorf("found %v, id %s, want %s", found, masked.ID, p.ID)
	}
	b, err := json.Marshal(masked)
	if err != nil {
		t.Fatal(err)
	}
	bare(t, "the message", string(b))
	if again, found := mask.Posting(masked); found || again != masked {
		t.Errorf("masked twice: %+v", again)
	}
}

func TestKey(t *testing.T) {
	for _, key := range []string{"1982515683", "https://example.com/jobs/13800138000", "req-7", "MJ033240", talent.HiddenKey(talent.NewID("x"))} {
		if got := mask.Key("s", key); got != key {
			t.Errorf("Key(%q) = %q", key, got)
		}
	}
	a, b := mask.Key("s", "mailto:jane@example.com"), mask.Key("s", "mailto:joe@example.com")
	if a == b || !talent.IsHiddenKey(a) || a != talent.HiddenKey(talent.PostingID("s", "mailto:jane@example.com")) {
		t.Errorf("keys %q and %q", a, b)
	}
}

func TestMessage(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"get https://u:p@example.com/a?to=jane@example.com: answered 500", "get https://example.com/a?to=<EMAIL>: answered 500"},
		{`posting id "13800138000" is not the id`, `posting id "<PHONE>" is not the id`},
		{"https://wa.me/8613800138000, then http", ", then http"},
		{"httpx http:// xhttp://jane@example.com", "httpx http:// xhttp://<EMAIL>"},
		{"42 pages read, 7 unchanged; host:8080 failed", "42 pages read, 7 unchanged; host:8080 failed"},
	} {
		if got := mask.Message(c.in); got != c.want {
			t.Errorf("Message(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestJSON(t *testing.T) {
	in := []byte(`{"id":"x","source":"s","key":"13800138000","openings":"two","n":13800138000,"big":98765432109876543210.5,"posted_at":"2026-04-02T00:00:00Z",` +
		`"text":"` + everything + `","more":[{"` + everything + `":1}],"url":"https://wa.me/8613800138000"}`)
	out := mask.JSON(in)
	bare(t, "the dead letter", string(out))
	var v map[string]any
	if err := json.Unmarshal(out, &v); err != nil {
		t.Fatal(err)
	}
	if v["openings"] != "two" || v["posted_at"] != "2026-04-02T00:00:00Z" || !bytes.Contains(out, []byte("98765432109876543210.5")) {
		t.Errorf("more than personal data changed: %s", out)
	}
	bare(t, "broken JSON", string(mask.JSON(in[:len(in)-1])))
	bare(t, "broken JSON with escapes", string(mask.JSON([]byte(`{"text":"hr.zhang\u0040xinghe.example.com \u5fae\u4fe1\uff1axinghe_hr \u8054\u7cfb\u4eba\uff1a\u5f20\u5148\u751f`))))
}

func FuzzURL(f *testing.F) {
	for _, s := range []string{"https://u:p@example.com/a?to=jane%40example.com&tel=+8613800138000#x=1", "mailto:a@b.com", "https://t.me/x", "//a@b.com/c", "http://a?wechat=%25E5&u=https%3A%2F%2Fwa.me%2F1", "?phone=1234%3C"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := mask.URL(s)
		if twice := mask.URL(once); twice != once {
			t.Errorf("%q -> %q -> %q", s, once, twice)
		}
	})
}

func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{"key":"a@b.com","n":13800138000}`, `[`, `{"a":"\u0040"}`, `"微信：abc_1"`, `{"a":"x\ud83d"} 1`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		out := mask.JSON(value)
		if json.Valid(value) != json.Valid(out) && json.Valid(value) {
			t.Errorf("%q was JSON, %q is not", value, out)
		}
		mask.Message(string(value))
	})
}

// What is put into a parameter or a path, encoded or not, comes out masked and stays so.
func TestURLIsIdempotent(t *testing.T) {
	piece := rapid.SampledFrom([]string{"https://", "http:", "example.com", "/", "?", "&", "=", "#", "%40", "%2540", "@", "a@b.com", "tel", "phone", "wechat", "+86", "13800138000", "%E5%BE%AE", "微信：", "x_1", "%", "wa.me", ":", "mailto:", " ", "<EMAIL>", "<", ";", "%3A%2F%2F", "://"})
	rapid.Check(t, func(t *rapid.T) {
		s := "https://example.com/" + strings.Join(rapid.SliceOfN(piece, 0, 12).Draw(t, "pieces"), "")
		once := mask.URL(s)
		if twice := mask.URL(once); twice != once {
			t.Fatalf("%q -> %q -> %q", s, once, twice)
		}
	})
}
