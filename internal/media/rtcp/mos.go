package rtcp

import "time"

// MOS estimates what people would say of how a direction sounds, from 1 (bad) to 4.5
// (excellent), by the E-model (ITU-T G.107) with its default values: loss is the
// fraction of packets that do not arrive, delay the time from mouth to ear. G.711
// with concealment is impaired by loss as G.113 appendix I says (Bpl 25.1).
func MOS(loss float64, delay time.Duration) float64 {
	const (
		basic      = 93.2 // R without delay or loss
		robustness = 25.1
		annoying   = 177.3 // milliseconds from which delay disturbs talking
	)
	ms := delay.Seconds() * 1000
	r := basic - 0.024*ms
	if ms > annoying {
		r -= 0.11 * (ms - annoying)
	}
	percent := 100 * loss
	r -= 95 * percent / (percent + robustness)
	switch {
	case r <= 0:
		return 1
	case r >= 100:
		return 4.5
	}
	return 1 + 0.035*r + r*(r-60)*(100-r)*7e-6
}
