package office

import "parley/internal/base/fault"

// faultsOf lists the faults in err, which may be several joined.
func faultsOf(err error) []*fault.Error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var out []*fault.Error
		for _, e := range joined.Unwrap() {
			out = append(out, faultsOf(e)...)
		}
		return out
	}
	if err == nil {
		return nil
	}
	return []*fault.Error{fault.Of(err)}
}
