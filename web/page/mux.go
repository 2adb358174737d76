package page

import "net/http"

// Mux takes the routes of a screen: an http.ServeMux, or what also lists them.
type Mux interface {
	Handle(pattern string, handler http.Handler)
}
