// Package openai is the engine that asks a language model: any endpoint that speaks OpenAI's Chat Completions over HTTP (OpenAI, Ollama,
// vLLM, LM Studio, OpenRouter and many more).
//
// The request has the types of go-openai. The stream is read here, by package sse, because the reader of go-openai v1.43.0 takes a
// stream that was cut for one that is complete, misses an error object in mid-stream unless it is spelled just so, gives up after 300
// comment lines, does not show Retry-After, and breaks a character whose two \u escapes come in two chunks.
package openai

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/betterprofile/betterprofile/interview"
)

// What an engine without that option has. The times are for endpoints elsewhere; one on this machine has [LocalFirstToken] and
// [LocalTotal], because it may have to load the model first and may be slow.
const (
	DefaultBaseURL       = "https://api.openai.com/v1"
	DefaultModel         = "gpt-4o-mini"
	DefaultFirstToken    = 10 * time.Second
	DefaultBetweenTokens = 15 * time.Second
	DefaultTotal         = 2 * time.Minute
	DefaultMaxRetries    = 2
	DefaultTemperature   = 0.6
	DefaultMaxTokens     = 220

	LocalFirstToken = time.Minute
	LocalTotal      = 5 * time.Minute
)

// engineName is what replies are known to come from.
const engineName = "openai"

// dialTime is how long a connection may take.
const dialTime = 5 * time.Second

// Options of an engine. All may be left out.
type Options struct {
	APIKey        string        // sent as a bearer token; empty for an endpoint without keys. White space around it is removed
	BaseURL       string        // http or https, with the path that "/chat/completions" is added to, usually /v1; DefaultBaseURL
	Model         string        // as the endpoint calls it; DefaultModel
	FirstToken    time.Duration // from a request to the first text (or reasoning) of its reply; DefaultFirstToken
	BetweenTokens time.Duration // between two pieces of a reply; DefaultBetweenTokens
	Total         time.Duration // from the call of Reply to its end, with retries; DefaultTotal
	MaxRetries    int           // requests after the first one, all before the first token; DefaultMaxRetries; negative for none
	Temperature   float64       // DefaultTemperature; negative to leave it to the endpoint. Reasoning models never get one
	MaxTokens     int           // of a reply; DefaultMaxTokens; negative to leave it to the endpoint
	WindowTokens  int           // of earlier messages in the prompt; agent.DefaultWindowTokens

	HTTPClient *http.Client   // without a Timeout; one of its own by default. Redirects are never followed
	Jitter     func() float64 // spreads retries: random values in [0, 1); math/rand by default
	Log        *slog.Logger   // gets one line for each retry, without any text; nothing by default
}

// Engine is an [agent.Engine]. It keeps nothing between calls but idle connections, and is safe for concurrent use.
type Engine struct {
	opts  Options
	base  *url.URL
	host  string // names the endpoint in messages
	chat  string // the URL of the chat completions
	frame frame

	formatLevel atomic.Int32 // how many of the ways to ask for JSON the endpoint has refused
}

// New makes an engine; it does not connect. Errors: invalid, field "baseUrl" or "apiKey", with what would be right. A key is never part
// of an error.
func New(opts Options) (*Engine, error) {
	opts.APIKey = strings.TrimSpace(opts.APIKey)
	if strings.ContainsFunc(opts.APIKey, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, interview.Invalid("apiKey", "The API key must be one word of ASCII characters: it goes into an HTTP header.")
	}
	base, err := parseBase(opts.BaseURL)
	if err != nil {
		return nil, err
	}
	e := &Engine{opts: withDefaults(opts, isLocal(base)), base: base, host: hostName(base)}
	e.chat = e.address("chat/completions")
	if e.frame, err = e.newFrame(); err != nil {
		return nil, err
	}
	return e, nil
}

// Info is "openai" and the model's name.
func (e *Engine) Info() interview.EngineInfo {
	return interview.EngineInfo{Name: engineName, Model: e.opts.Model}
}

func parseBase(s string) (*url.URL, error) {
	if s = strings.TrimSpace(s); s == "" {
		s = DefaultBaseURL
	}
	base, err := url.Parse(s)
	if err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Hostname() == "" {
		return nil, interview.Invalid("baseUrl", "The model's base URL must be an http or https address, such as %s or http://127.0.0.1:11434/v1.",
			DefaultBaseURL)
	}
	return base, nil
}

func withDefaults(o Options, local bool) Options {
	o.Model = strings.TrimSpace(o.Model)
	first, total := DefaultFirstToken, DefaultTotal
	if local {
		first, total = LocalFirstToken, LocalTotal
	}
	setDefault(&o.Model, DefaultModel)
	setDefault(&o.FirstToken, first)
	setDefault(&o.BetweenTokens, DefaultBetweenTokens)
	setDefault(&o.Total, total)
	setDefault(&o.MaxRetries, DefaultMaxRetries)
	setDefault(&o.Temperature, DefaultTemperature)
	setDefault(&o.MaxTokens, DefaultMaxTokens)
	if o.Jitter == nil {
		o.Jitter = rand.Float64
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.HTTPClient = httpClient(o.HTTPClient)
	return o
}

func setDefault[T comparable](v *T, def T) {
	var zero T
	if *v == zero {
		*v = def
	}
}

// httpClient returns a client that does not follow redirects: a POST would come out as a GET, and perhaps elsewhere.
func httpClient(given *http.Client) *http.Client {
	client := &http.Client{}
	if given != nil {
		*client = *given
	} else if t, ok := http.DefaultTransport.(*http.Transport); ok {
		t = t.Clone()
		t.MaxIdleConns, t.MaxIdleConnsPerHost = 2048, 2048 // there is one host, and a connection for each running reply
		t.WriteBufferSize = 1 << 10                        // a request with its instruction is two writes with 4 KiB as well
		t.ReadBufferSize = 2 << 10                         // holds what a model says in a tenth of a second
		t.DialContext = dial                               // so that no connection is not taken for a slow model
		client.Transport = t
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return client
}

// isLocal reports whether the endpoint is on this machine.
func isLocal(base *url.URL) bool {
	ip, err := netip.ParseAddr(base.Hostname())
	return base.Hostname() == "localhost" || err == nil && ip.IsLoopback()
}

// hostName is how messages name the endpoint: its host alone, or for a server that somebody runs in person its whole origin.
func hostName(base *url.URL) string {
	if base.Scheme == "https" && base.Port() == "" {
		return printable(base.Hostname())
	}
	host := base.Hostname()
	if base.Port() != "" {
		host = net.JoinHostPort(host, base.Port())
	}
	return printable(fmt.Sprintf("%s://%s", base.Scheme, host))
}
