package flow

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"parley/internal/base/fault"
	"parley/internal/domain/hours"
	"parley/internal/domain/routing"
	"parley/web/hourform"
)

// maxExceptions bounds the rows of exceptional days that a form may have.
const maxExceptions = 60

func (r reader) hours(s *hours.Schedule) {
	s.Mode = hours.Mode(r.f.OneOf("mode", string(hours.Custom), string(hours.AlwaysOpen), string(hours.AlwaysClosed)))
	if s.Mode != hours.Custom {
		return // what is hidden keeps what was set
	}
	s.Hours = hourform.ReadWeek(r.f)
	s.Holidays = r.f.Value("holidays")
	if s.Holidays != "" && !slices.Contains(hours.HolidayCountries(), s.Holidays) {
		r.f.Add(fault.OnField("holidays", "error.form-choice"))
	}
	s.FeedID = r.f.Value("feed")
	if s.FeedID != "" && !slices.ContainsFunc(r.s.names.feeds, func(f routing.Feed) bool { return f.ID == s.FeedID }) {
		r.f.Add(fault.OnField("feed", "error.form-choice"))
	}
	s.Exceptions = r.exceptions()
	if r.f.Err() != nil {
		return
	}
	clean, err := s.Clean()
	if err != nil {
		var wrong *fault.Error
		if !errors.As(err, &wrong) {
			wrong = fault.OnField("slots", "error.form-unreadable")
		}
		r.f.Add(wrong)
		return
	}
	*s = clean
}

func (r reader) exceptions() []hours.Exception {
	var out []hours.Exception
	for i := range maxExceptions {
		no := strconv.Itoa(i)
		from, to := r.f.Value("exfrom-"+no), r.f.Value("exto-"+no)
		name := r.f.Optional("exname-"+no, 60)
		if from == "" && to == "" && name == "" {
			continue
		}
		e := hours.Exception{Name: name, From: hours.Date(from), To: hours.Date(to)}
		if e.To == "" {
			e.To = e.From
		}
		if !day(string(e.From)) || !day(string(e.To)) || e.To < e.From {
			r.f.Add(fault.OnField("exception-"+strconv.Itoa(len(out)), "error.exception-days").With("row", strconv.Itoa(len(out)+1)))
		}
		opens, closes := r.f.Value("exopens-"+no), r.f.Value("excloses-"+no)
		if opens != "" || closes != "" {
			span, ok := spanOf(opens, closes)
			if !ok {
				r.f.Add(fault.OnField("exception-"+strconv.Itoa(len(out)), "error.hours-span").With("row", strconv.Itoa(len(out)+1)))
			}
			e.Open = []hours.Span{span}
		}
		out = append(out, e)
	}
	return out
}

func day(date string) bool {
	_, err := time.Parse(time.DateOnly, date)
	return err == nil
}

func spanOf(opens, closes string) (hours.Span, bool) {
	from, err := time.Parse("15:04", opens)
	to, err2 := time.Parse("15:04", closes)
	span := hours.Span{From: minuteOf(from), To: minuteOf(to)}
	if span.To == 0 {
		span.To = hours.EndOfDay
	}
	return span, err == nil && err2 == nil && span.From < span.To
}

func minuteOf(t time.Time) hours.Minute { return hours.Minute(t.Hour()*60 + t.Minute()) }

// clockField writes a minute for a time field, which calls the end of the day 00:00.
func clockField(m hours.Minute) string { return fmt.Sprintf("%02d:%02d", m/60%24, m%60) }

// compareWords orders words as readers of either language do.
func compareWords(a, b string) int {
	return collate.New(language.French, collate.IgnoreCase).CompareString(strings.TrimSpace(a), strings.TrimSpace(b))
}

func orNumber(n, fallback int) int {
	if n == 0 {
		return fallback
	}
	return n
}
