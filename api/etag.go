package api

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"
)

// appender is an answer that appends its JSON form to a buffer.
type appender interface {
	AppendJSON(b []byte) ([]byte, error)
}

// maxKept is the largest buffer that is kept for the next answer, in bytes.
const maxKept = 256 << 10

// buffers are the buffers of answers, to be used again.
type buffers struct{ pool sync.Pool }

func (b *buffers) get() *[]byte {
	if kept, ok := b.pool.Get().(*[]byte); ok {
		return kept
	}
	return new([]byte)
}

func (b *buffers) put(buffer *[]byte) {
	if cap(*buffer) <= maxKept {
		*buffer = (*buffer)[:0]
		b.pool.Put(buffer)
	}
}

// writeTagged answers a GET with the value and a strong ETag made of its bytes, or with 304 when the client has them already
// (RFC 9110 §13.1.2). The client may keep the answer if it asks again each time.
func (s *Server) writeTagged(c *gin.Context, value appender) error {
	buffer := s.buffers.get()
	body, err := value.AppendJSON(*buffer)
	if err != nil {
		return err
	}
	if err := writeTaggedAs(c, "application/json; charset=utf-8", body); err != nil {
		return err
	}
	if !request(c).gone { // or HTTP/2 might still be sending from it
		*buffer = body
		s.buffers.put(buffer)
	}
	return nil
}

// writeTaggedAs is writeTagged for a body of any type.
func writeTaggedAs(c *gin.Context, contentType string, body []byte) error {
	sum := sha256.Sum256(body)
	tag := `"` + base64.RawURLEncoding.EncodeToString(sum[:]) + `"`
	c.Header("ETag", tag)
	c.Header("Cache-Control", "private, no-cache")
	if matches(c.Request.Header.Values("If-None-Match"), tag) {
		c.Status(http.StatusNotModified)
		return nil
	}
	writeBody(c, http.StatusOK, contentType, body)
	return nil
}

// matches reports whether an If-None-Match names the tag, compared weakly. Our tags hold no comma, so that others need no parsing.
func matches(headers []string, tag string) bool {
	return len(headers) > 0 && slices.ContainsFunc(strings.Split(strings.Join(headers, ","), ","), func(given string) bool {
		given = strings.TrimSpace(given)
		return given == "*" || strings.TrimPrefix(given, "W/") == tag
	})
}
