package sip

import (
	"errors"
	"unicode"

	"parley/internal/media/sip/sdp"
	"parley/internal/shared/callstate"
)

// causeOf maps the final response to an INVITE of ours. rang says whether the
// far end had been ringing.
func causeOf(code int, rang bool) callstate.Cause {
	switch code {
	case 401, 402, 403, 407:
		return callstate.CauseTrunkUnauthorised
	case 404, 410, 416, 484, 485, 604:
		return callstate.CauseInvalidNumber
	case 486, 600:
		return callstate.CauseBusy
	case 480, 487:
		return callstate.CauseNoAnswer
	case 408, 504:
		if rang {
			return callstate.CauseNoAnswer
		}
		return callstate.CauseTrunkUnreachable
	case 603, 607, 608:
		return callstate.CauseRejected
	case 415, 488, 606:
		return callstate.CauseNoCommonCodec
	default:
		return callstate.CauseTrunkRefused
	}
}

// unusable is why a call ends whose answer from the far end is of no use.
func unusable(err error) (cause callstate.Cause, reason string) {
	if errors.Is(err, sdp.ErrNoKey) {
		return callstate.CauseNotEncrypted, "no key for encrypted media"
	}
	return callstate.CauseNoCommonCodec, "no common codec"
}

// refusal is the final response that tells a caller why it is not put through.
func refusal(cause callstate.Cause) (code int, reason string) {
	code = cause.Verdict().SIPCode
	if code < 300 {
		code = 480 // causes of answered calls: the caller cannot tell the difference
	}
	return code, reasonPhrase(code)
}

func reasonPhrase(code int) string {
	phrases := map[int]string{
		200: "OK", 180: "Ringing", 100: "Trying",
		400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
		406: "Not Acceptable", 408: "Request Timeout", 415: "Unsupported Media Type",
		416: "Unsupported URI Scheme", 420: "Bad Extension", 422: "Session Interval Too Small",
		480: "Temporarily Unavailable", 481: "Call/Transaction Does Not Exist", 482: "Loop Detected",
		483: "Too Many Hops", 486: "Busy Here", 487: "Request Terminated", 488: "Not Acceptable Here",
		491: "Request Pending", 500: "Server Internal Error", 501: "Not Implemented",
		503: "Service Unavailable", 505: "Version Not Supported", 603: "Decline",
	}
	if p, ok := phrases[code]; ok {
		return p
	}
	return "Refused"
}

// bounded cuts text that came from outside before it is logged or shown, and
// takes out what is not seen: control characters, and those that reorder what
// others read.
func bounded(s string) string {
	const limit, zeroWidthJoiner = 120, '\u200d' // emoji sequences hold one
	clean := make([]rune, 0, limit)
	for _, r := range s {
		if len(clean) == limit {
			break
		}
		if r == zeroWidthJoiner || !unicode.In(r, unicode.C) {
			clean = append(clean, r)
		}
	}
	return string(clean)
}
