package static

import (
	"math"
	"regexp"
	"strconv"
	"testing"
)

// TestContrast holds the palette to WCAG 2.2, 1.4.3: text at least 4.5:1 on
// every ground it stands on, in both themes.
func TestContrast(t *testing.T) {
	css, err := files.ReadFile("tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	tokens := map[string][2]string{}
	pair := regexp.MustCompile(`--([a-z0-9-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)`)
	for _, m := range pair.FindAllStringSubmatch(string(css), -1) {
		tokens[m[1]] = [2]string{m[2], m[3]}
	}
	check := func(text, ground string, want float64) {
		a, okA := tokens[text]
		b, okB := tokens[ground]
		if !okA || !okB {
			t.Errorf("no token %s or %s", text, ground)
			return
		}
		for i, theme := range []string{"light", "dark"} {
			if got := contrast(t, a[i], b[i]); got < want {
				t.Errorf("%s: --%s on --%s is %.2f:1, want %.1f:1", theme, text, ground, got, want)
			}
		}
	}
	for _, ground := range []string{"paper", "surface", "sunken", "raised", "hover"} {
		for _, text := range []string{"ink", "ink-2", "ink-3", "accent", "dnd"} {
			check(text, ground, 4.5)
		}
	}
	for _, s := range []string{"available", "ringing", "oncall", "wrapup", "dnd", "offline", "accent"} {
		check(s, s+"-tint", 4.5)
		check("ink", s+"-tint", 4.5)
		check(s, "surface", 4.5)
	}
	for _, b := range []string{"accent", "answer", "hangup"} {
		check(b+"-ink", b, 4.5)
		check(b+"-ink", b+"-hover", 4.5)
	}
	check("edge", "surface", 3) // 1.4.11: the border of a field
	check("wrapup-bright", "surface", 3)
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	la, lb := luminance(t, a), luminance(t, b)
	return (math.Max(la, lb) + 0.05) / (math.Min(la, lb) + 0.05)
}

// luminance is the relative luminance of WCAG 2.2.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	var sum float64
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(hex[1+2*i:3+2*i], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}
