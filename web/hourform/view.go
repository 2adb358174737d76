package hourform

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/internal/domain/hours"
	"parley/internal/domain/member"
	"parley/web/locale"
	"parley/web/ui"
)

type view struct {
	Zones      []ui.Option
	Rows       []row
	Spare      row // empty, for browsers without scripts
	Template   row // what the script adds
	MaxRows    string
	Limit      string // of rows in use
	Ways       []ui.Option
	Colleagues []ui.Option
	Lines      []ui.Option
	Errors     map[string]string
}

// row is one slot as its fields show it.
type row struct {
	No       string
	Days     []day
	From, To string // as a time field takes them
	Error    string
}

type day struct {
	Value, Short, Long string
	On                 bool
}

func newRow(c *locale.Catalogue, no string, s hours.Slot, problem string) row {
	short, long := strings.Fields(c.T("account.days-short")), strings.Fields(c.T("account.days"))
	r := row{No: no, From: clock(s.From), To: clock(s.To), Error: problem}
	for i := range min(7, len(short), len(long)) {
		d := time.Weekday((i + 1) % 7) // weeks begin on Monday
		r.Days = append(r.Days, day{
			Value: strconv.Itoa(int(d)), Short: short[i], Long: long[i], On: slices.Contains(s.Days, d),
		})
	}
	return r
}

// clock writes a minute for a time field, which calls the end of the day 00:00.
func clock(m hours.Minute) string {
	if m < 0 {
		return ""
	}
	return fmt.Sprintf("%02d:%02d", m/60%24, m%60)
}

// closed lays out what can happen outside the hours. A way that leads nowhere is
// left out, unless it is the one that is set.
func (v *view) closed(c *locale.Catalogue, set member.Closed, colleagues, lines []ui.Option) {
	v.Ways = []ui.Option{{Value: voicemail, Text: c.T("account.hours.voicemail"), Hint: c.T("account.hours.voicemail-hint"), Selected: set.Do == member.ToVoicemail}}
	if len(colleagues) > 0 || set.Do == member.ToColleague {
		v.Ways = append(v.Ways, ui.Option{Value: string(member.ToColleague), Text: c.T("account.hours.colleague"), Selected: set.Do == member.ToColleague})
		v.Colleagues = choose(colleagues, set.MemberID)
	}
	if len(lines) > 0 || set.Do == member.ToLine {
		v.Ways = append(v.Ways, ui.Option{Value: string(member.ToLine), Text: c.T("account.hours.line"), Selected: set.Do == member.ToLine})
		v.Lines = choose(lines, set.NumberID)
	}
}

func choose(from []ui.Option, id string) []ui.Option {
	out := slices.Clone(from)
	for i := range out {
		out[i].Selected = out[i].Value == id
	}
	return out
}
