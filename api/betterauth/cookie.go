package betterauth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// How long sessions live, as Better Auth has it.
const (
	sessionLife = 7 * 24 * time.Hour
	briefLife   = 24 * time.Hour // of a session that the browser is to forget
	updateAge   = 24 * time.Hour // how long a session is used before it is prolonged
	freshAge    = 24 * time.Hour // how long a sign-in counts as one just made
)

// signatureLength is that of an HMAC-SHA256 in base64 with padding.
const signatureLength = 44

// cookieNames are the names of the cookies, and what their attributes depend on.
type cookieNames struct {
	secure             bool
	session, data, dim string
}

func newCookieNames(secure bool) cookieNames {
	prefix := "better-auth."
	if secure {
		prefix = "__Secure-" + prefix
	}
	return cookieNames{secure, prefix + "session_token", prefix + "session_data", prefix + "dont_remember"}
}

// sign returns value and its signature by the first secret: "value.signature".
func (h *Handler) sign(value string) string {
	return value + "." + base64.StdEncoding.EncodeToString(signature(h.secrets[0], value))
}

func signature(secret, value string) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(value))
	return mac.Sum(nil)
}

// verify returns the value of "value.signature", in clear or URL-encoded, when one of the secrets has signed it.
func (h *Handler) verify(signed string) (string, bool) {
	if decoded, err := url.PathUnescape(signed); err == nil { // which leaves a + as it is
		signed = decoded
	}
	dot := strings.LastIndexByte(signed, '.')
	if dot < 1 || len(signed)-dot-1 != signatureLength || signed[len(signed)-1] != '=' {
		return "", false
	}
	mac, err := base64.StdEncoding.Strict().DecodeString(signed[dot+1:])
	if err != nil {
		return "", false
	}
	for _, secret := range h.secrets {
		if hmac.Equal(mac, signature(secret, signed[:dot])) {
			return signed[:dot], true
		}
	}
	return "", false
}

// readCookie returns the value of the first cookie with the name, as it is on the wire.
func readCookie(r *http.Request, name string) (string, bool) {
	for _, line := range r.Header.Values("Cookie") {
		for pair := range strings.SplitSeq(line, ";") {
			key, value, found := strings.Cut(pair, "=")
			if !found || strings.TrimSpace(key) != name {
				continue
			}
			value = strings.TrimSpace(value)
			if len(value) > 1 && value[0] == '"' && value[len(value)-1] == '"' {
				value = value[1 : len(value)-1]
			}
			return value, true
		}
	}
	return "", false
}

// signedCookie returns the value of the first cookie with the name, when we have signed it.
func (h *Handler) signedCookie(r *http.Request, name string) (string, bool) {
	value, ok := readCookie(r, name)
	if !ok {
		return "", false
	}
	return h.verify(value)
}

// setCookie sends a cookie, in the place of one of that name that is to be sent already. A negative maxAge is for a cookie that goes when
// the browser is closed.
func (h *Handler) setCookie(w http.ResponseWriter, name, value string, maxAge time.Duration) {
	line := name + "=" + value
	if maxAge >= 0 {
		line += "; Max-Age=" + strconv.Itoa(int(maxAge.Seconds()))
	}
	line += "; Path=/; HttpOnly"
	if h.cookies.secure {
		line += "; Secure"
	}
	line += "; SameSite=Lax"
	sent := w.Header().Values("Set-Cookie")
	for i, other := range sent {
		if strings.HasPrefix(other, name+"=") {
			sent[i] = line
			return
		}
	}
	w.Header().Add("Set-Cookie", line)
}

// sendSession gives the client the session's token: as a cookie, and in set-auth-token for clients without cookies. A session that is not
// to be remembered gets a cookie that goes with the browser, and one that says so.
func (h *Handler) sendSession(w http.ResponseWriter, token string, remember bool) {
	signed := h.sign(token)
	life := sessionLife
	if !remember {
		life = -1
	}
	h.setCookie(w, h.cookies.session, url.QueryEscape(signed), life)
	if !remember {
		h.setCookie(w, h.cookies.dim, url.QueryEscape(h.sign("true")), -1)
	}
	w.Header().Set("Set-Auth-Token", signed)
	if exposed := w.Header().Get("Access-Control-Expose-Headers"); !strings.Contains(exposed, "set-auth-token") {
		w.Header().Set("Access-Control-Expose-Headers", "set-auth-token")
	}
}

// remembered reports whether the client keeps its cookie when the browser is closed.
func (h *Handler) remembered(r *http.Request) bool {
	value, ok := h.signedCookie(r, h.cookies.dim)
	return !ok || value != "true"
}

// clearCookies takes the session from the client.
func (h *Handler) clearCookies(w http.ResponseWriter) {
	for _, name := range []string{h.cookies.session, h.cookies.data, h.cookies.dim} {
		h.setCookie(w, name, "", 0)
	}
	w.Header().Del("Set-Auth-Token")
}
