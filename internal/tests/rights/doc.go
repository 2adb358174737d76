// Package rights holds the proof that the server enforces who may do what: one
// request per cell of the rights matrix over HTTP and over the websocket, every
// address asked with another workspace's ids, and random organisations whose
// answers are compared with an evaluator that knows the matrix from the product's
// description and not from the code. It has tests only; everything real is behind
// them but media, the phone network and the proof of who somebody is.
package rights
