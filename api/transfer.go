package api

import (
	"bufio"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/betterprofile/betterprofile/interview"
)

// downloadBuffer is how much of a file is made before it is sent, in bytes: an error until then can still be a plain answer.
const downloadBuffer = 32 << 10

// download is an answer that is a file, sent while it is made.
type download struct {
	server                *Server
	c                     *gin.Context
	contentType, fileName string
	begun                 bool
}

// serve answers with the file that write writes. An error after it has begun cuts the connection, so that nobody takes it for whole. What it takes in
// all is bounded, because a slow reader keeps others waiting.
func (d *download) serve(write func(ctx context.Context, w io.Writer) error) error {
	ctx, cancel := context.WithTimeout(d.c.Request.Context(), d.server.opts.TransferTime)
	defer cancel()
	b := bufio.NewWriterSize(d, downloadBuffer)
	err := write(ctx, b)
	if err == nil {
		err = b.Flush()
	}
	if err == nil {
		err = d.timed(func(rc *http.ResponseController) error { return rc.Flush() })
	}
	if errors.Is(err, http.ErrNotSupported) {
		err = nil // the server flushes when this returns
	}
	if err == nil || !d.begun {
		return err
	}
	state := request(d.c)
	if d.c.Request.Context().Err() != nil {
		state.gone = true
		return nil
	}
	if state.code = interview.ErrorCode(err); state.code == interview.CodeInternal {
		d.server.logInternal(d.c, err)
	}
	panic(http.ErrAbortHandler)
}

// Write implements io.Writer.
func (d *download) Write(p []byte) (n int, err error) {
	if !d.begun {
		d.begun = true
		d.c.Header("Content-Type", d.contentType)
		d.c.Header("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": d.fileName}))
		d.c.Status(http.StatusOK)
	}
	err = d.timed(func(*http.ResponseController) error {
		n, err = d.c.Writer.Write(p)
		return err
	})
	if err != nil {
		request(d.c).gone = true
	}
	return n, err
}

// timed calls f with a deadline for what it writes; a writer without deadlines has none.
func (d *download) timed(f func(*http.ResponseController) error) error {
	rc := http.NewResponseController(below(d.c.Writer))
	_ = rc.SetWriteDeadline(time.Now().Add(d.server.opts.WriteTimeout))
	err := f(rc)
	if err == nil {
		_ = rc.SetWriteDeadline(time.Time{})
	}
	return err
}

// uploadTimeout is how long an import may be silent.
const uploadTimeout = 30 * time.Second

// uploaded is a request's body as it arrives, of limited size. Its errors are those of an answer.
type uploaded struct {
	c    *gin.Context
	body io.Reader
	rc   *http.ResponseController
}

func newUploaded(c *gin.Context, limit int64) *uploaded {
	w := below(c.Writer)
	return &uploaded{c: c, body: http.MaxBytesReader(w, c.Request.Body, limit), rc: http.NewResponseController(w)}
}

// Read implements io.Reader.
func (u *uploaded) Read(p []byte) (int, error) {
	_ = u.rc.SetReadDeadline(time.Now().Add(uploadTimeout)) // a connection without deadlines has none
	n, err := u.body.Read(p)
	_ = u.rc.SetReadDeadline(time.Time{}) // or the server would take its end for that of the client
	if err != nil && !errors.Is(err, io.EOF) {
		err = bodyError(u.c, err)
	}
	return n, err
}
