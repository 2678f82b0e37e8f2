// Package betterauth speaks the HTTP API of Better Auth (https://better-auth.com, 1.7) on an [interview.AccountStore]: accounts with a
// password, sessions by signed cookie or bearer token, and sign-in of terminals by device code (RFC 8628), with the page at /device where
// a person approves one. Answers are those of the real server, recorded in testdata, with these differences on purpose:
//
//   - form data is taken on /device/token, as RFC 8628 has it; HEAD is answered like GET;
//   - pages of trusted origins get CORS headers, and preflights an answer; 429 and 503 say Retry-After as well as X-Retry-After;
//   - limits fill up evenly, count IPv6 by /64, and there is one per account besides; bodies, names and pictures have a size limit;
//   - who was banned is signed out at once, by whatever means; a secret that everybody knows is refused;
//   - not there: sign-in by others, OAuth callbacks, mails, change of email, admin, organisations, passkeys and the cookie cache.
//
// A [Handler] serves /api/auth/* and /device, and tells other routes who signed in: [Handler.Resolve].
package betterauth

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"time"

	"github.com/betterprofile/betterprofile/interview"
)

// Base is the path under which the API is.
const Base = "/api/auth"

// PagePath is the path of the page where device codes are approved.
const PagePath = "/device"

// Options say whom the server signs in. Accounts, Secrets and BaseURL are needed; zero values of the others mean their defaults.
type Options struct {
	Accounts interview.AccountStore

	// Secrets sign cookies: the first signs, all verify. [Secrets] reads them.
	Secrets []string

	// BaseURL is the server's address as browsers see it. With https, cookies are Secure and named so, whatever the request looks like
	// behind a proxy.
	BaseURL string

	// TrustedOrigins are further origins whose pages may use the API, such as https://app.example.com, https://*.example.com or, without a
	// scheme, *.example.com: * is any run of characters of the host and port, ? any one.
	TrustedOrigins []string

	// VerificationURI is where people approve device codes; default PagePath on BaseURL.
	VerificationURI string

	Rates    interview.RateStore                         // counts sign-ins for all replicas; default in memory
	NoLimits bool                                        // turns the limits of requests off, for tests
	NoSignUp bool                                        // refuses sign-up: accounts are made by an administrator
	Hashes   int                                         // passwords hashed at once, 32 MiB each; default one less than GOMAXPROCS, at least 1
	Derive   func(password, salt string) ([]byte, error) // makes the key of a password elsewhere; default, and when it fails, DeriveKey
	Clock    func() time.Time                            // default time.Now
	Remote   func(*http.Request) string                  // the client's IP address; default that of the peer
	Audit    func(ctx context.Context, happened Event)   // is told what matters for security; default nobody
	Log      *slog.Logger                                // failures of ours; never tokens, passwords or emails; default discards
}

// Handler is the identity service. It keeps nothing between requests but counters.
type Handler struct {
	accounts     interview.AccountStore
	secrets      []string
	origins      *origins
	verification *url.URL
	cookies      cookieNames
	rates        interview.RateStore // for what is guessed at: shared by replicas
	requests     interview.RateStore // for requests in general: of this process
	limited      bool
	signUpOpen   bool
	hashes       *hasher
	clock        func() time.Time
	remote       func(*http.Request) string
	audit        func(context.Context, Event)
	log          *slog.Logger
	routes       map[string]route
}

// New makes a Handler. Errors: a missing option; invalid, with the option's name as field.
func New(o Options) (*Handler, error) {
	if o.Accounts == nil {
		return nil, errors.New("betterauth: Accounts is needed")
	}
	if err := checkSecrets(o.Secrets); err != nil {
		return nil, err
	}
	origins, err := newOrigins(o.BaseURL, o.TrustedOrigins)
	if err != nil {
		return nil, err
	}
	verification, err := url.Parse(cmp.Or(o.VerificationURI, origins.own+PagePath))
	if err != nil || verification.Host == "" || verification.Scheme != "https" && verification.Scheme != "http" {
		return nil, interview.Invalid("VerificationURI", "The verification address must be a whole http or https address.")
	}
	o = o.withDefaults()
	h := &Handler{
		accounts: o.Accounts, secrets: o.Secrets, origins: origins, verification: verification,
		cookies: newCookieNames(strings.HasPrefix(origins.own, "https:")),
		rates:   o.Rates, requests: NewMemoryRates(o.Clock), limited: !o.NoLimits, signUpOpen: !o.NoSignUp,
		hashes: newHasher(o.Hashes, elsewhere(o.Derive, o.Log)), clock: o.Clock, remote: o.Remote, audit: o.Audit, log: o.Log,
	}
	h.routes = h.newRoutes()
	return h, nil
}

func (o Options) withDefaults() Options {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Rates == nil {
		o.Rates = NewMemoryRates(o.Clock)
	}
	if o.Hashes <= 0 {
		o.Hashes = max(1, runtime.GOMAXPROCS(0)-1) // so that a flood of sign-ins leaves a processor to the others
	}
	if o.Remote == nil {
		o.Remote = peer
	}
	if o.Audit == nil {
		o.Audit = func(context.Context, Event) {}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// peer is the address of who opened the connection.
func peer(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	return host
}

// route is one endpoint.
type route struct {
	path  string // below Base
	run   func(*call) error
	forms bool  // takes form data as well as JSON
	limit limit // how often one address may ask; the zero value is everydayLimit
}

// newRoutes is the table of endpoints, by method and path.
func (h *Handler) newRoutes() map[string]route {
	table := map[string]route{}
	add := func(method string, rt route) { table[method+" "+rt.path] = rt }
	get := func(path string, run func(*call) error) { add(http.MethodGet, route{path: path, run: run}) }
	post := func(path string, run func(*call) error) { add(http.MethodPost, route{path: path, run: run}) }

	get("/ok", (*call).ok)
	add(http.MethodPost, route{path: "/sign-up/email", run: (*call).signUp, forms: true, limit: guessLimit()})
	add(http.MethodPost, route{path: signInPath, run: (*call).signIn, forms: true, limit: guessLimit()})
	post("/sign-out", (*call).signOut)

	get("/get-session", (*call).getSession)
	post("/get-session", (*call).postSession)
	get("/list-sessions", (*call).listSessions)
	post("/revoke-session", (*call).revokeSession)
	post("/revoke-other-sessions", (*call).revokeOtherSessions)
	post("/revoke-sessions", (*call).revokeSessions)

	post("/update-user", (*call).updateUser)
	add(http.MethodPost, route{path: "/change-password", run: (*call).changePassword, limit: guessLimit()})
	post("/delete-user", (*call).deleteUser)
	get("/list-accounts", (*call).listAccounts)

	add(http.MethodPost, route{path: "/device/code", run: (*call).deviceCode, forms: true})
	add(http.MethodPost, route{path: "/device/token", run: (*call).deviceToken, forms: true})
	add(http.MethodGet, route{path: devicePath, run: (*call).deviceVerify, limit: codeLimit()})
	post("/device/approve", func(c *call) error { return c.deviceDecide(approved) })
	post("/device/deny", func(c *call) error { return c.deviceDecide(denied) })
	return table
}

// The paths that are named in more than one place.
const (
	signInPath = "/sign-in/email"
	devicePath = "/device"
)

// ServeHTTP answers the paths under Base, and PagePath. Unknown paths and wrong methods are 404 with an empty body.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store")
	if r.URL.Path == PagePath {
		h.servePage(w, r)
		return
	}
	if h.CORS(w, r) {
		return
	}
	path, found := strings.CutPrefix(r.URL.Path, Base)
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	rt, known := h.routes[method+" "+path]
	if !found || !known {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	c := &call{Handler: h, w: w, r: r}
	if err := c.serve(rt); err != nil {
		c.fail(err)
	}
}

// call is one request to an endpoint.
type call struct {
	*Handler
	w    http.ResponseWriter
	r    *http.Request
	body input
}

// serve takes the steps in the order of the real server: the limit, the body, where the request comes from, and the endpoint, which checks
// its input before it asks who signed in.
func (c *call) serve(rt route) error {
	if err := c.limitAddress(rt.path, rt.limit); err != nil {
		return err
	}
	if c.r.Method == http.MethodPost {
		body, err := readBody(c.w, c.r, rt.forms)
		if err != nil {
			return err
		}
		c.body = body
	}
	if err := c.origins.check(c.r, rt.path); err != nil {
		return err
	}
	if err := c.checkCallback(); err != nil {
		return err
	}
	return rt.run(c)
}

// checkCallback refuses to redirect to where we know nobody.
func (c *call) checkCallback() error {
	for _, to := range []any{c.body.values["callbackURL"], c.r.URL.Query().Get("callbackURL")} {
		if to, ok := to.(string); ok && to != "" && !c.origins.callback(to) {
			return refuse(http.StatusForbidden, "INVALID_CALLBACK_URL", "Invalid callbackURL")
		}
	}
	return nil
}

func (c *call) ok() error { return c.answer(map[string]bool{"ok": true}) }

// Resolve finds out whose request it is, for routes elsewhere. It prolongs a session that has been used for a day, and sends its cookie
// again then; cookies of a session that is over are cleared: both on w. Errors: unauthenticated, unavailable.
func (h *Handler) Resolve(w http.ResponseWriter, r *http.Request) (interview.SignIn, interview.Account, error) {
	return h.resolve(w, r, true)
}

// Token returns the token by which the request would be signed in, whether or not there is such a session, and whether it came in a
// cookie; ok is false without any. It is for caches of what Resolve returned.
func (h *Handler) Token(r *http.Request) (token string, cookie, ok bool) {
	cred, ok := h.credential(r)
	return cred.token, cred.cookie, ok
}

// CheckOrigin refuses writes that a page of a foreign origin made with our cookie: requests that are not GET, HEAD or OPTIONS, have cookies
// and no bearer token, and come from no trusted origin. Errors: forbidden.
func (h *Handler) CheckOrigin(r *http.Request) error {
	if cred, ok := h.credential(r); ok && !cred.cookie {
		return nil
	}
	if err := h.origins.check(r, ""); err != nil {
		return interview.Errorf(interview.CodeForbidden, "%s.", err.message())
	}
	return nil
}
