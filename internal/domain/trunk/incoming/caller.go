package incoming

import (
	"strings"

	"parley/internal/base/phone"
)

// Caller is the number of who calls a line in country, in E.164 or a short number, ""
// where it is hidden or none. Many carriers write E.164 without its plus sign: what is
// no number of the country is read so.
func Caller(from, country string) string {
	if number, err := phone.Parse(from, country); err == nil {
		return number
	}
	if from == "" || from[0] == '0' || strings.Trim(from, "0123456789") != "" {
		return ""
	}
	number, err := phone.Parse("+"+from, country)
	if err != nil {
		return ""
	}
	return number
}
