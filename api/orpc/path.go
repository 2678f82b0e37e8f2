package orpc

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"

	"github.com/betterprofile/betterprofile/interview"
)

// cutBatch returns the procedure's path of a request, or that it is a batch.
func cutBatch(r *http.Request) (path string, batch bool) {
	path = procedurePath(r.URL)
	last := path[strings.LastIndexByte(path, '/')+1:]
	return path, last == batchPath && r.Header.Get("X-Orpc-Batch") != ""
}

// procedurePath returns the names of a URL's procedure with slashes between them; empty when the URL is not below our roots, or a name is
// no name. Only the path counts. One slash at its end does not.
func procedurePath(u *url.URL) string {
	path := u.EscapedPath()
	rest, ok := strings.CutPrefix(path, "/rpc/")
	if !ok {
		rest, ok = strings.CutPrefix(path, "/api/rpc/")
	}
	if !ok {
		return ""
	}
	names := strings.Split(strings.TrimSuffix(rest, "/"), "/")
	for i, name := range names {
		plain, err := url.PathUnescape(name)
		if err != nil || plain == "" || strings.Contains(plain, "/") {
			return ""
		}
		names[i] = plain
	}
	return strings.Join(names, "/")
}

// callable reports whether a request with the method calls its procedure.
func callable(method string) bool {
	switch method {
	case http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete:
		return true
	}
	return false
}

// readBody returns the body, at most MaxBody long.
func (h *handler) readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.ContentLength > h.opts.MaxBody {
		return nil, h.tooLarge()
	}
	body, err := io.ReadAll(http.MaxBytesReader(below(w), r.Body, h.opts.MaxBody))
	if _, over := errors.AsType[*http.MaxBytesError](err); over {
		return nil, h.tooLarge()
	}
	if err != nil {
		return nil, errMalformed()
	}
	return body, nil
}

func (h *handler) tooLarge() error {
	return interview.Errorf(interview.CodeTooLarge, "The request's body is over the limit of %d bytes.", h.opts.MaxBody)
}

// below returns the server's own ResponseWriter: a router's may hide the errors of Flush and have no deadlines.
func below(w http.ResponseWriter) http.ResponseWriter {
	for {
		u, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return w
		}
		w = u.Unwrap()
	}
}

// protect calls f and makes an error of a panic: errCut of the one that is there to cut a connection.
func protect(f func() error) (err error) {
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			err = errCut
		default:
			err = fmt.Errorf("panic: %s\n%s", interview.PanicText(p), debug.Stack())
		}
	}()
	return f()
}
