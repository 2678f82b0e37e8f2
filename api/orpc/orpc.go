// Package orpc serves the procedures of a web platform's chat by the protocol of oRPC 1.x, as its clients (@orpc/client 1.8 to 1.16) speak it:
// calls as {json, meta} envelopes, event iterators as Server-Sent Events, batches. It decides nothing about conversations: it is another
// way in to the [interview.Store] and the [interview.Service]. The 2.x protocol has another wire format and does not belong here.
package orpc

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/betterprofile/betterprofile/interview"
)

// Options say what is served. Service, Store and SignIn are needed; zero values of the others mean their defaults.
type Options struct {
	Service *interview.Service
	Store   interview.ConversationStore

	// SignIn says whose request it is; it may set cookies. Errors: unauthenticated, forbidden, rate_limited, unavailable.
	SignIn func(w http.ResponseWriter, r *http.Request) (interview.User, error)

	// CheckOrigin is asked before that whether a request that comes with a cookie comes from a page that may send it. Errors: forbidden.
	// Default: every request may.
	CheckOrigin func(r *http.Request) error

	// Limit is asked before each message that a user sends; its error, rate_limited, is the answer. Default: no limit.
	Limit func(r *http.Request, user interview.User) error

	// Hold is asked before each stream and gives a place for it, to be left when it has ended; its error is the answer. Default: there
	// is always room.
	Hold func(r *http.Request, user interview.User) (leave func(), err error)

	Log          *slog.Logger  // told of internal errors, never of text; default discards
	MaxBody      int64         // size limit of a request's body, in bytes; default 1 MiB
	Heartbeat    time.Duration // the longest silence of a stream; default 5 s
	WriteTimeout time.Duration // for each write; default 10 s
	Patience     time.Duration // how long a message waits for a turn that runs in its conversation; default 60 s
}

func (o Options) withDefaults() Options {
	o.MaxBody = cmp.Or(o.MaxBody, 1<<20)
	o.Heartbeat = cmp.Or(o.Heartbeat, 5*time.Second)
	o.WriteTimeout = cmp.Or(o.WriteTimeout, 10*time.Second)
	o.Patience = cmp.Or(o.Patience, time.Minute)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.CheckOrigin == nil {
		o.CheckOrigin = func(*http.Request) error { return nil }
	}
	if o.Limit == nil {
		o.Limit = func(*http.Request, interview.User) error { return nil }
	}
	if o.Hold == nil {
		o.Hold = func(*http.Request, interview.User) (func(), error) { return func() {}, nil }
	}
	return o
}

// New makes the handler of all paths below /rpc/ and /api/rpc/, which expects them whole. It answers POST, and PUT, PATCH and DELETE alike, as oRPC
// does when a client is set up to use them; never GET, so that reading stays out of logs and prefetches, and never OPTIONS: CORS is the
// caller's. It keeps nothing between requests.
func New(opts Options) http.Handler { return &handler{opts: opts.withDefaults()} }

type handler struct {
	opts Options
}

// call is one call of a procedure.
type call struct {
	context.Context
	request *http.Request // that it came with
	user    interview.User
	input   any     // undefined when there is none
	out     *answer // where the output goes
}

// procedure is what can be called: run answers with one value, stream with many.
type procedure struct {
	run    func(*call) error
	stream func(http.ResponseWriter, *call) error
}

// procedure returns the procedure of a path. Errors: not_found.
func (h *handler) procedure(path string) (procedure, error) {
	switch path {
	case "chat/sendMessage":
		return procedure{run: h.sendMessage}, nil
	case "chat/getConversation":
		return procedure{run: h.getConversation}, nil
	case "chat/listConversations":
		return procedure{run: h.listConversations}, nil
	case "chat/streamMessage":
		return procedure{stream: h.streamMessage}, nil
	}
	return procedure{}, errNoProcedure()
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	out := h.newAnswer(w)
	err := protect(func() error { return h.serve(w, r, out) })
	if h.finish(r, out, err) != nil {
		panic(http.ErrAbortHandler) // cuts the connection, so that nobody takes the part for the whole
	}
}

// serve answers a request, whatever it is for.
func (h *handler) serve(w http.ResponseWriter, r *http.Request, out *answer) error {
	path, batch := cutBatch(r)
	var p procedure
	if !batch {
		var err error
		if p, err = h.procedure(path); err != nil {
			return err
		}
	}
	if !callable(r.Method) {
		w.Header().Set("Allow", "POST, PUT, PATCH, DELETE")
		return errMethod()
	}
	user, refusal := h.signIn(w, r)
	if refusal != nil && !batch {
		return refusal
	}
	body, err := h.readBody(w, r)
	if err != nil {
		return err
	}
	// A write timeout of the whole server would count from the request's arrival; a turn may take minutes.
	_ = http.NewResponseController(below(w)).SetWriteDeadline(time.Time{}) // a writer without deadlines has none to lift
	c := &call{Context: r.Context(), request: r, user: user, out: out}
	if batch {
		return h.serveBatch(w, c, body, refusal)
	}
	if c.input, err = decode(r.Header, body); err != nil {
		return err
	}
	if p.stream != nil {
		return p.stream(w, c)
	}
	return p.run(c)
}

func (h *handler) signIn(w http.ResponseWriter, r *http.Request) (interview.User, error) {
	if err := h.opts.CheckOrigin(r); err != nil {
		return interview.User{}, err
	}
	return h.opts.SignIn(w, r)
}
