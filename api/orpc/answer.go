package orpc

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// holdSize is how much of an answer waits in memory, in bytes: as long as no more is there, an error can still take its place.
const holdSize = 64 << 10

// statusGone is the status of an answer that nobody waits for any more: nginx's 499.
const statusGone = 499

// errCut means that an answer was not written to its end.
var errCut = errors.New("the answer was cut")

// answer is an answer on its way out: of a request, or of one item of a batch.
type answer struct {
	header http.Header // for what is said beside the body
	status int
	opened bool // some of it is out: no other can take its place
	held   []byte
	begin  func(status, length int) error // length is -1 when it is not known
	send   func([]byte) error
	end    func() error
}

// newAnswer makes the answer of a request.
func (h *handler) newAnswer(w http.ResponseWriter) *answer {
	server := http.NewResponseController(below(w))
	return &answer{
		header: w.Header(), status: http.StatusOK,
		begin: func(status, length int) error {
			w.Header().Set("Content-Type", "application/json")
			if length >= 0 {
				w.Header().Set("Content-Length", strconv.Itoa(length))
			}
			w.WriteHeader(status)
			return nil
		},
		send: func(b []byte) error {
			_ = server.SetWriteDeadline(time.Now().Add(h.opts.WriteTimeout)) // a writer without deadlines writes all the same
			_, err := w.Write(b)
			_ = server.SetWriteDeadline(time.Time{}) // or HTTP/2 ends the answer when it passes, even while nothing is written
			return err
		},
		end: func() error { return nil },
	}
}

// Write adds to the answer. Errors: errCut, the reader is gone.
func (a *answer) Write(p []byte) (int, error) {
	a.held = append(a.held, p...)
	if len(a.held) < holdSize {
		return len(p), nil
	}
	return len(p), a.flush(-1)
}

func (a *answer) flush(length int) error {
	if !a.opened {
		a.opened = true
		if a.begin(a.status, length) != nil {
			return errCut
		}
	}
	if len(a.held) > 0 && a.send(a.held) != nil {
		return errCut
	}
	a.held = a.held[:0]
	return nil
}

func (a *answer) close() error {
	if a.flush(len(a.held)) != nil || a.end() != nil {
		return errCut
	}
	return nil
}

// value writes a value's envelope.
func (a *answer) value(v any) error {
	body, err := encode(v)
	if err != nil {
		return fmt.Errorf("encoding an answer: %w", err)
	}
	_, err = a.Write(body)
	return err
}

// finish ends the answer, with the error in its place if there is one. Errors: errCut, some of the answer is out and
// no more will be.
func (h *handler) finish(r *http.Request, out *answer, err error) error {
	if err == nil {
		return out.close()
	}
	if errors.Is(err, errCut) {
		return errCut
	}
	f := h.errorOf(r, out.header, err)
	if out.opened {
		return errCut
	}
	out.status, out.held = statusGone, nil
	if r.Context().Err() == nil || !errors.Is(err, context.Canceled) {
		out.status = f.status
		if out.held, err = f.json(); err != nil {
			return err
		}
	}
	return out.close()
}
