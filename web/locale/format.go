package locale

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Duration writes a length as 1:05 or 1:02:09; negative lengths read 0:00.
func (c *Catalogue) Duration(d time.Duration) string {
	s := max(int64(d.Round(time.Second)/time.Second), 0)
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// Number groups thousands: 12,345 in English, 12 345 (narrow no-break space)
// in French.
func (c *Catalogue) Number(n int) string {
	sep := ","
	if c.lang == "fr" {
		sep = "\u202f"
	}
	digits := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, digits = "\u2212", digits[1:]
	}
	var b strings.Builder
	for i, r := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(sep)
		}
		b.WriteRune(r)
	}
	return sign + b.String()
}

// Clock writes the time of day in the viewer's zone: 14:05.
func (c *Catalogue) Clock(t time.Time) string { return t.In(c.zone).Format("15:04") }

// Date writes a day in the viewer's zone, with its year: 3 March 2026.
func (c *Catalogue) Date(t time.Time) string {
	l := t.In(c.zone)
	return c.T("common.date.long", "day", l.Day(), "month", c.month(l.Month()), "year", strconv.Itoa(l.Year()))
}

// Exact writes day, time to the second and zone, for a title or a print.
func (c *Catalogue) Exact(t time.Time) string {
	return c.T("common.date.exact", "date", c.Date(t), "time", t.In(c.zone).Format("15:04:05 MST"))
}

// Relative writes t as somebody at now would say it: "2 min ago", "14:05",
// "yesterday, 14:05", "3 March, 14:05".
func (c *Catalogue) Relative(t, now time.Time) string {
	l, n := t.In(c.zone), now.In(c.zone)
	ago := n.Sub(l)
	switch {
	case ago < 0 || ago >= 365*24*time.Hour:
		return c.Date(t)
	case ago < time.Minute:
		return c.T("common.date.now")
	case ago < time.Hour:
		return c.T("common.date.minutes", "n", int(ago/time.Minute))
	case sameDay(l, n):
		return c.Clock(t)
	case sameDay(l, n.AddDate(0, 0, -1)):
		return c.T("common.date.yesterday", "time", c.Clock(t))
	}
	return c.T("common.date.day", "day", l.Day(), "month", c.month(l.Month()), "time", c.Clock(t))
}

func (c *Catalogue) month(m time.Month) string {
	names := strings.Fields(c.T("common.date.months"))
	if int(m) > len(names) {
		return m.String()
	}
	return names[m-1]
}

func sameDay(a, b time.Time) bool {
	ay, am, ad := a.Date()
	by, bm, bd := b.Date()
	return ay == by && am == bm && ad == bd
}

// Bytes writes a size: 1.4 MB. French has "Mo" and a decimal comma.
func (c *Catalogue) Bytes(n int64) string {
	v, unit := float64(n), 0
	for v >= 1000 && unit < 3 {
		v, unit = v/1000, unit+1
	}
	decimals := 1
	if unit == 0 || v >= 100 {
		decimals = 0
	}
	number := strconv.FormatFloat(v, 'f', decimals, 64)
	if c.lang == "fr" {
		number = strings.Replace(number, ".", ",", 1)
	}
	units := strings.Fields(c.T("common.bytes"))
	if unit >= len(units) {
		return number
	}
	return number + "\u00a0" + units[unit]
}
