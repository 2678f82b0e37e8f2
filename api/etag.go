package api

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
)

// writeTagged answers a GET with the value and a strong ETag made of its bytes, or with 304 when the client has them already
// (RFC 9110 §13.1.2). The client may keep the answer if it asks again each time.
func writeTagged(c *gin.Context, value any) error {
	body, err := json.Marshal(value)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	tag := `"` + base64.RawURLEncoding.EncodeToString(sum[:]) + `"`
	c.Header("ETag", tag)
	c.Header("Cache-Control", "private, no-cache")
	if matches(c.Request.Header.Values("If-None-Match"), tag) {
		c.Status(http.StatusNotModified)
		return nil
	}
	writeBody(c, http.StatusOK, "application/json; charset=utf-8", body)
	return nil
}

// matches reports whether an If-None-Match names the tag, compared weakly. Our tags hold no comma, so that others need no parsing.
func matches(headers []string, tag string) bool {
	return slices.ContainsFunc(strings.Split(strings.Join(headers, ","), ","), func(given string) bool {
		given = strings.TrimSpace(given)
		return given == "*" || strings.TrimPrefix(given, "W/") == tag
	})
}
