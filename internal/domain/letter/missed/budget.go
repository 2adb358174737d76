package missed

import "time"

// budget counts the mails to each member since an hour began.
type budget struct {
	since time.Time
	sent  map[string]int
}

// take counts a mail to a member. It returns how many there were before it within
// the hour: below perHour the mail may go, at perHour it is the first that may
// not, beyond that perHour+1.
func (b *budget) take(memberID string, now time.Time) int {
	if b.sent == nil || now.Sub(b.since) >= time.Hour || now.Before(b.since) {
		b.since, b.sent = now, map[string]int{}
	}
	n := b.sent[memberID]
	if n <= perHour {
		b.sent[memberID]++
	}
	return n
}
