// Package client speaks to a Better Profile server. It repeats what is safe to repeat, resumes streams that were cut, and turns every
// failure into an [interview.Error]; a context that ends gives its own error.
package client

import (
	"cmp"
	"context"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/betterprofile/betterprofile/interview"
)

// Options set how a Client behaves. Zero values mean the defaults.
type Options struct {
	HTTPClient *http.Client  // its Transport is used, never its Timeout or CheckRedirect; default one of its own
	UserAgent  string        // default "betterprofile"
	Insecure   bool          // allow http:// to other machines: the token and all text cross the network readable
	Timeout    time.Duration // for one try of a request that is no stream; default 30 s
	Silence    time.Duration // how long a stream may be silent before it counts as cut; default 45 s, three of the server's keep-alives

	// Renew is asked for a newer token when the server refuses one: the request is made again with it, once. "" or the same is none. It is
	// called by one goroutine at a time; default none.
	Renew func(refused string) string

	Tries    int           // how often a safe request is tried in all; default 4
	RetryFor time.Duration // after how long no further try is begun; default 10 s
	Resumes  int           // how often a cut stream is resumed without anything new coming; default 10

	Now    func() time.Time                                 // the clock of RetryFor; default time.Now
	Sleep  func(ctx context.Context, d time.Duration) error // waits, or returns ctx's error; default does
	Random func() float64                                   // of [0,1), for jitter; default math/rand's
}

func (o Options) withDefaults() Options {
	o.UserAgent = cmp.Or(o.UserAgent, "betterprofile")
	o.Timeout = cmp.Or(o.Timeout, 30*time.Second)
	o.Silence = cmp.Or(o.Silence, 45*time.Second)
	o.Tries = cmp.Or(o.Tries, 4)
	o.RetryFor = cmp.Or(o.RetryFor, 10*time.Second)
	o.Resumes = cmp.Or(o.Resumes, 10)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Random == nil {
		o.Random = rand.Float64
	}
	return o
}

// Client speaks for one session. It is safe for concurrent use and holds nothing that must be closed.
type Client struct {
	base    *url.URL
	session *session
	http    *http.Client
	opts    Options
}

// New makes a Client of the server at baseURL, such as "https://profile.example", with a session's token, or "" for none. It does not
// connect. Errors: invalid with field "server" or "token". Plain http:// is refused to anything but this machine, unless
// Options.Insecure is set.
func New(baseURL, token string, opts Options) (*Client, error) {
	base, err := parseBase(baseURL, opts.Insecure)
	if err != nil {
		return nil, err
	}
	if !isToken(token) {
		return nil, interview.Invalid("token", "The token has characters that no token has. Was it copied whole, and alone?")
	}
	opts = opts.withDefaults()
	h := &http.Client{}
	if opts.HTTPClient != nil {
		*h = *opts.HTTPClient
	} else if t, ok := http.DefaultTransport.(*http.Transport); ok {
		h.Transport = t.Clone()
	}
	h.Timeout = 0 // it would end streams
	h.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Client{base: base, session: newSession(token), http: h, opts: opts}, nil
}

// BaseURL is the server's address, without a slash at its end.
func (c *Client) BaseURL() string { return c.base.String() }

// parseBase checks a server's address.
func parseBase(address string, insecure bool) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" {
		return nil, interview.Invalid("server", "The server's address must look like https://profile.example.")
	}
	if u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return nil, interview.Invalid("server", "The server's address must have no user name, query or fragment, only https://HOST.")
	}
	if u.Scheme == "http" && !insecure && !isLoopback(u.Hostname()) {
		return nil, interview.Invalid("server",
			"Plain http:// would send your token and your words readable over the network. Use https://%s, or --insecure if you must.", u.Host)
	}
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), ""
	return u, nil
}

// isToken reports whether a text may be a token: it is sent in a header as it is.
func isToken(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}

// isLoopback reports whether the host is this machine.
func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

// path builds a path of the API, from the root, with the parts escaped.
func path(parts ...string) string {
	var b strings.Builder
	b.WriteString("/api/v1")
	for _, part := range parts {
		b.WriteString("/" + url.PathEscape(part))
	}
	return b.String()
}
