// Package call owns live calls: one goroutine per call takes events from its
// inbox, asks callstate.Next and performs the effects. Nothing else touches a
// call's fields; others get snapshots. It declares what it needs of legs, media,
// storage and agents as small interfaces and knows no SIP, WebRTC, SQL or HTTP.
package call
