package betterauth

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/betterprofile/betterprofile/interview"
)

// origins knows whose pages may use the API.
type origins struct {
	own     string // "https://host:port", as browsers write it
	trusted []pattern
}

// pattern matches origins: the scheme to the letter, or any of the web's when it is empty, and the host and port with wildcards.
type pattern struct{ scheme, host string }

// newOrigins makes origins. Errors: invalid, field BaseURL or TrustedOrigins.
func newOrigins(base string, trusted []string) (*origins, error) {
	own, ok := originOf(base)
	if !ok {
		return nil, interview.Invalid("BaseURL", "The base URL must be the server's address for browsers, such as https://app.example.com.")
	}
	o := &origins{own: own}
	for _, text := range trusted {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		p, ok := newPattern(text)
		if !ok {
			return nil, interview.Invalid("TrustedOrigins",
				"%q is no trusted origin: it must be such as https://app.example.com or *.example.com, and not everything.", text)
		}
		o.trusted = append(o.trusted, p)
	}
	return o, nil
}

func newPattern(text string) (pattern, bool) {
	text = strings.ToLower(strings.TrimSuffix(text, "/"))
	scheme, host, found := strings.Cut(text, "://")
	if !found {
		scheme, host = "", text
	}
	p := pattern{scheme, host}
	named := strings.Trim(host, "*?.:") // something that is meant
	switch {
	case scheme != "" && scheme != "http" && scheme != "https":
		return p, false
	case named == "" || !all(host, "*?.:-[]_"):
		return p, false
	}
	if whole, ok := originOf(text); ok && !strings.ContainsAny(host, "*?") { // without the scheme's own port
		_, p.host, _ = strings.Cut(whole, "://")
	}
	return p, true
}

// matches reports whether an origin is one of the pattern's.
func (p pattern) matches(origin string) bool {
	scheme, host, _ := strings.Cut(origin, "://")
	return (p.scheme == "" || p.scheme == scheme) && wild(p.host, host)
}

// wild reports whether s is like the pattern, where * stands for any run of characters and ? for one.
func wild(pattern, s string) bool {
	for i := range len(pattern) {
		switch {
		case pattern[i] == '*':
			for rest := range len(s) - i + 1 {
				if wild(pattern[i+1:], s[i+rest:]) {
					return true
				}
			}
			return false
		case i >= len(s) || pattern[i] != '?' && pattern[i] != s[i]:
			return false
		}
	}
	return len(pattern) == len(s)
}

// maxAddress is the longest address that is looked at, in bytes.
const maxAddress = 2048

// originOf returns the origin of an address of the web: scheme, host and port in lower case, without the port that goes without saying.
// Addresses that browsers and we could read differently have none.
func originOf(address string) (string, bool) {
	if len(address) > maxAddress || strings.ContainsAny(address, "\\@ \t\r\n") {
		return "", false
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Opaque != "" || u.Hostname() == "" {
		return "", false
	}
	host, port := strings.ToLower(u.Host), u.Port()
	if port == "" || u.Scheme == "http" && port == "80" || u.Scheme == "https" && port == "443" {
		host = strings.TrimSuffix(host, ":"+port)
	}
	return u.Scheme + "://" + host, true
}

// trusts reports whether the pages of an origin may use the API.
func (o *origins) trusts(origin string) bool {
	return origin == o.own || slices.ContainsFunc(o.trusted, func(p pattern) bool { return p.matches(origin) })
}

// check refuses a request that a foreign page may have made somebody's browser send. Path is that of a sign-in without cookies, which must
// not come from a foreign page either: it would sign people in as somebody else.
func (o *origins) check(r *http.Request, path string) *failure {
	if r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions {
		return nil
	}
	if len(r.Header.Values("Cookie")) > 0 {
		return o.checkSource(r)
	}
	if !strings.HasPrefix(path, "/sign-in/") && !strings.HasPrefix(path, "/sign-up/") {
		return nil
	}
	h := r.Header
	if h.Get("Sec-Fetch-Site") == "cross-site" && h.Get("Sec-Fetch-Mode") == "navigate" {
		return refuse(http.StatusForbidden, "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED",
			"Cross-site navigation login blocked. This request appears to be a CSRF attack.")
	}
	for _, name := range []string{"Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest", "Origin", "Referer"} {
		if h.Get(name) != "" {
			return o.checkSource(r)
		}
	}
	return nil
}

// checkSource wants a trusted Origin, or else a Referer of one.
func (o *origins) checkSource(r *http.Request) *failure {
	source := r.Header.Get("Origin")
	if source == "" {
		source = r.Header.Get("Referer")
	}
	if source == "" || source == "null" {
		return refuse(http.StatusForbidden, "MISSING_OR_NULL_ORIGIN", "Missing or null Origin")
	}
	if origin, ok := originOf(source); !ok || !o.trusts(origin) {
		return refuse(http.StatusForbidden, "INVALID_ORIGIN", "Invalid origin")
	}
	return nil
}

// callback reports whether one may be redirected to an address: one of a trusted origin, or a plain path of this server.
func (o *origins) callback(to string) bool {
	if !strings.HasPrefix(to, "/") {
		origin, ok := originOf(to)
		return ok && o.trusts(origin) && !strings.ContainsFunc(to, func(r rune) bool { return r <= ' ' || r >= 0x7f })
	}
	path, query, _ := strings.Cut(to, "?")
	lower := strings.ToLower(path)
	return !strings.HasPrefix(lower, "//") && !strings.HasPrefix(lower, "/%2f") && !strings.HasPrefix(lower, "/%5c") &&
		all(path, "_-.+/@") && all(query, "_-.+/=&%@")
}

// CORS lets pages of trusted origins use what it is called for, with cookies: it sets the headers that say so. A preflight it answers, and
// returns true then.
func (h *Handler) CORS(w http.ResponseWriter, r *http.Request) (answered bool) {
	header := w.Header()
	header.Add("Vary", "Origin")
	from := r.Header.Get("Origin")
	origin, ok := originOf(from)
	if !ok || origin != from || origin == h.origins.own || !h.origins.trusts(origin) {
		return false
	}
	header.Set("Access-Control-Allow-Origin", origin)
	header.Set("Access-Control-Allow-Credentials", "true")
	header.Set("Access-Control-Expose-Headers", "set-auth-token, X-Retry-After, Retry-After, ETag, X-Request-Id")
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	header.Set("Access-Control-Allow-Methods", "GET, HEAD, POST, PATCH, DELETE")
	if wanted := r.Header.Get("Access-Control-Request-Headers"); len(wanted) < 1000 && all(wanted, "-_, ") {
		header.Set("Access-Control-Allow-Headers", wanted)
	}
	header.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
	return true
}
