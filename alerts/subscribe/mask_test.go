package subscribe

import "testing"

func TestMasks(t *testing.T) {
	for in, want := range map[string]string{"planner@uni.example": "p…@uni.example", "李@uni.example": "李…@uni.example", "": "…"} {
		if got := MaskEmail(in); got != want {
			t.Errorf("MaskEmail(%q) = %q", in, got)
		}
	}
	if got := MaskURL("https://hooks.example/t/secret?token=x"); got != "https://hooks.example/…" {
		t.Errorf("MaskURL = %q", got)
	}
}
