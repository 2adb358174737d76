// Package call owns live calls: one goroutine per call takes events from its
// inbox, asks callstate.Next and performs the effects. Nothing else touches a
// call's fields; others get snapshots. It declares what it needs of legs, media,
// storage and agents as small interfaces and knows no SIP, WebRTC, SQL or HTTP.
//
// What a caller lives through is decided by flow.Next: its facts are read on a
// goroutine of their own, and the action comes back by the inbox. A call in line is
// offered to members by the board of lines, from any goroutine, through its booth.
package call
