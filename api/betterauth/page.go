package betterauth

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/betterprofile/betterprofile/interview"
)

// pageText and pageStyle make the page at PagePath. The style is inline, and named by its hash in the page's policy.
var (
	//go:embed device.html
	pageText string
	//go:embed device.css
	pageStyle string
)

// page is what the page shows: one of its steps.
type page struct {
	Step    step
	Code    string // as it is stored; empty when none was given
	Client  string // what the terminal calls itself
	Scope   string
	Account string // the email of who signed in
	Email   string // as typed before, to be put right
	Problem string // what went wrong, for people
	Style   template.CSS
}

// step is what the person is to do, or has done.
type step string

// The steps.
const (
	stepSignIn   step = "sign-in"
	stepCode     step = "code"
	stepDecide   step = "decide"
	stepApproved step = "approved"
	stepDenied   step = "denied"
)

// Spoken is a code as it is shown: XXXX-XXXX.
func (p page) Spoken() string {
	if len(p.Code) != userCodeLength {
		return p.Code
	}
	return p.Code[:userCodeLength/2] + "-" + p.Code[userCodeLength/2:]
}

// pageTemplate is parsed on first use.
var pageTemplate = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("device").Parse(pageText))
})

// pagePolicy allows the page its style, and forms that lead here; no scripts, no frames around it.
var pagePolicy = sync.OnceValue(func() string {
	sum := sha256.Sum256([]byte(pageStyle))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
})

// servePage serves the page where a person signs in and decides about a device code.
func (h *Handler) servePage(w http.ResponseWriter, r *http.Request) {
	c := &call{Handler: h, w: w, r: r}
	if err := c.limitAddress("page", limit{}); err != nil {
		c.show(c.failed(page{Step: stepCode}, err))
		return
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		c.show(c.viewed(normalUserCode(r.URL.Query().Get("user_code"))))
	case http.MethodPost:
		c.posted()
	default:
		w.Header().Set("Allow", "GET, HEAD, POST")
		w.WriteHeader(http.StatusMethodNotAllowed)
	}
}

// show writes the page. The Referrer-Policy must let forms send an Origin: "no-referrer" makes browsers send "null" in its place.
func (c *call) show(status int, p page) {
	p.Style = template.CSS(pageStyle)
	var body bytes.Buffer
	if err := pageTemplate().Execute(&body, p); err != nil {
		c.log.ErrorContext(c.r.Context(), "writing the page", "error", err)
		c.w.WriteHeader(http.StatusInternalServerError)
		return
	}
	header := c.w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Length", strconv.Itoa(body.Len()))
	header.Set("Content-Security-Policy", pagePolicy())
	header.Set("X-Frame-Options", "DENY")
	header.Set("Referrer-Policy", "same-origin")
	c.w.WriteHeader(status)
	_, _ = c.w.Write(body.Bytes()) // that the client went away changes nothing
}

// viewed is the page as somebody comes to it, with the code of the address or without. Codes are looked up only for who signed in.
func (c *call) viewed(code string) (int, page) {
	in, account, err := c.session()
	if interview.ErrorCode(err) == interview.CodeUnauthenticated {
		return http.StatusOK, page{Step: stepSignIn, Code: code}
	}
	if err != nil {
		return c.failed(page{Step: stepSignIn, Code: code}, err)
	}
	p := page{Step: stepCode, Code: code, Account: account.Email}
	if code == "" {
		return http.StatusOK, p
	}
	d, err := c.lookUp(code, in.UserID)
	if err != nil {
		return c.failed(p, err)
	}
	p.Step, p.Client, p.Scope = stepDecide, d.ClientID, d.Scope
	return http.StatusOK, p
}

// lookUp claims a code for the user. Codes that the user has not claimed yet count against the limit on guessing.
func (c *call) lookUp(code, userID string) (interview.DeviceCode, error) {
	d, missing := c.findUserCode(code)
	if missing != nil || d.UserID != userID {
		if err := c.limitAddress(devicePath, codeLimit()); err != nil {
			return d, err
		}
	}
	if missing != nil {
		return d, missing
	}
	d, err := c.claim(d, userID)
	switch {
	case err != nil:
		return d, err
	case d.UserID != userID:
		return d, refuseDevice(http.StatusForbidden, "access_denied", "Somebody else has opened this code.")
	case d.Status != pending:
		return d, refuseDevice(http.StatusBadRequest, "invalid_request", "This code was approved or denied before.")
	}
	return d, nil
}

// posted does what a form of the page asks for.
func (c *call) posted() {
	if !c.ownForm() {
		c.show(http.StatusForbidden, page{Step: stepCode, Problem: "This form was sent from another site, or your browser hides where from. Open the page again, and send it from there."})
		return
	}
	body, err := readBody(c.w, c.r, true)
	if err != nil {
		c.show(c.failed(page{Step: stepCode}, err))
		return
	}
	c.body = body
	code := normalUserCode(c.body.plain("user_code"))
	switch c.body.plain("action") {
	case "sign-in":
		c.postSignIn(code)
	case "sign-out":
		if userID, err := c.endSession(c.r.Context(), c.w, c.r); err == nil && userID != "" {
			c.happened(Event{Action: SignedOut, UserID: userID})
		}
		c.seeOther(code)
	case "approve":
		c.postDecision(code, approved)
	case "deny":
		c.postDecision(code, denied)
	default:
		c.seeOther(code)
	}
}

// plain returns a text, empty when it is missing.
func (in *input) plain(name string) string {
	s, _ := in.values[name].(string)
	return s
}

// ownForm reports whether a form was sent from the page itself: the protection of forms that act by cookie.
func (c *call) ownForm() bool {
	source := c.r.Header.Get("Origin")
	if source == "" {
		source = c.r.Header.Get("Referer")
	}
	origin, ok := originOf(source)
	site := c.r.Header.Get("Sec-Fetch-Site")
	return ok && origin == c.origins.own && (site == "" || site == "same-origin")
}

// seeOther sends the browser to the page by GET, so that loading it again sends no form again.
func (c *call) seeOther(code string) {
	to := PagePath
	if code != "" {
		to += "?user_code=" + code // letters and digits
	}
	c.w.Header().Set("Location", to)
	c.w.WriteHeader(http.StatusSeeOther)
}

// postSignIn signs in, for as long as the browser is open.
func (c *call) postSignIn(code string) {
	email := strings.TrimSpace(tidy(c.body.plain("email"), maxEmail))
	p := page{Step: stepSignIn, Code: code, Email: email}
	err := c.limitAddress(signInPath, guessLimit())
	if err == nil && !isEmail(email) {
		err = errWrong()
	}
	if err == nil {
		_, _, err = c.enter(email, c.body.plain("password"), false)
	}
	if err != nil {
		c.show(c.failed(p, err))
		return
	}
	c.seeOther(code)
}

func (c *call) postDecision(code, status string) {
	in, account, err := c.session()
	if interview.ErrorCode(err) == interview.CodeUnauthenticated {
		c.show(http.StatusUnauthorized, page{Step: stepSignIn, Code: code, Problem: "You are signed out. Sign in again to go on."})
		return
	}
	p := page{Step: stepCode, Code: code, Account: account.Email}
	if err == nil {
		_, err = c.decide(in.UserID, code, status)
	}
	if err != nil {
		c.show(c.failed(p, err))
		return
	}
	p.Step = stepApproved
	if status == denied {
		p.Step = stepDenied
	}
	c.show(http.StatusOK, p)
}

// failed is the page with what went wrong, in words for people.
func (c *call) failed(p page, err error) (int, page) {
	f := c.explain(c.r, err)
	sayWhen(c.w, f.after)
	switch {
	case f.status == http.StatusTooManyRequests:
		p.Problem = "That was too often in a short time. Try again in a moment."
	case f.status >= http.StatusInternalServerError:
		p.Problem = "Something went wrong on our side. Try again in a moment."
	case f.body["code"] == "INVALID_EMAIL_OR_PASSWORD":
		p.Problem = "Email or password is wrong."
	case f.body["code"] == "BANNED_USER":
		p.Problem = "This account was banned. Ask who runs this server."
	case f.body["error"] == "expired_token":
		p.Problem = "This code has expired. Start again in your terminal to get a new one."
	case f.body["error_description"] == "Invalid user code":
		p.Problem = "This code is unknown. Compare it with the one in your terminal."
	case f.body["error"] == "access_denied":
		p.Problem = "Somebody else has opened this code. Start again in your terminal to get a new one."
	case f.body["error"] != "":
		p.Problem = "This code cannot be used any more. Start again in your terminal to get a new one."
	default:
		p.Problem = "The form could not be read. Try again."
	}
	return f.status, p
}
