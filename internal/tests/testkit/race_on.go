//go:build race

package testkit

// racing says whether the tests run with the race detector; the server then
// does, too.
const racing = true
