package betterauth

import "net/http"

// Known reports whether there is an endpoint at a path below Base, such as "/ok": there are few, so that they may name what is counted.
func (h *Handler) Known(path string) bool {
	_, get := h.routes[http.MethodGet+" "+path]
	_, post := h.routes[http.MethodPost+" "+path]
	return get || post
}
