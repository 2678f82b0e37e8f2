package openai

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/betterprofile/betterprofile/interview"
)

// maxErrorBody is the most that is read of an error's body, in bytes.
const maxErrorBody = 64 << 10

// answer is what an endpoint said instead of a reply. Bodies may quote the user's words: nothing of them but the short code, type and
// parameter goes on.
type answer struct {
	status  int // 0 when it came in mid-stream
	kind    string
	code    string
	typ     string
	param   string
	message string // to tell cases apart, never to be shown or logged
}

func (a answer) Error() string {
	s := "the endpoint said"
	if a.status != 0 {
		s = "HTTP " + strconv.Itoa(a.status)
	}
	for _, field := range [][2]string{{"content type", a.kind}, {"code", a.code}, {"type", a.typ}, {"param", a.param}} {
		if field[1] != "" {
			s += fmt.Sprintf(", %s %q", field[0], interview.FirstRunes(field[1], 60))
		}
	}
	return s
}

// readAnswer reads an answer that is not 200.
func readAnswer(res *http.Response) (answer, error) {
	body, err := io.ReadAll(io.LimitReader(res.Body, maxErrorBody))
	a := answer{status: res.StatusCode}
	a.kind, _, _ = mime.ParseMediaType(res.Header.Get("Content-Type"))
	var outer struct {
		Error json.RawMessage `json:"error"`
	}
	if json.Unmarshal(body, &outer) == nil {
		a.fill(outer.Error)
	}
	return a, err
}

// fill takes over an error object, or an error that is only a text.
func (a *answer) fill(raw json.RawMessage) {
	if json.Unmarshal(raw, &a.message) == nil {
		return
	}
	var fields map[string]any
	if json.Unmarshal(raw, &fields) != nil {
		return
	}
	for key, field := range map[string]*string{"code": &a.code, "type": &a.typ, "param": &a.param, "message": &a.message} {
		switch v := fields[key].(type) {
		case string:
			*field = v
		case float64:
			*field = strconv.Itoa(int(v))
		}
	}
}

// says reports whether code, type or message holds one of the words.
func (a answer) says(words ...string) bool {
	all := strings.ToLower(a.code + " " + a.typ + " " + a.message)
	for _, word := range words {
		if strings.Contains(all, word) {
			return true
		}
	}
	return false
}

// retryAfter reads when to try again: Retry-After in seconds or as a date (RFC 9110, section 10.2.3), or OpenAI's retry-after-ms. 0 when
// nothing, or nothing sensible, is said.
func retryAfter(h http.Header, now time.Time) time.Duration {
	const most = 24 * time.Hour
	wait := time.Duration(0)
	value := strings.TrimSpace(h.Get("Retry-After"))
	if ms, err := strconv.ParseFloat(h.Get("Retry-After-Ms"), 64); err == nil && ms >= 0 && ms < float64(most.Milliseconds()) {
		wait = time.Duration(ms * float64(time.Millisecond))
	} else if seconds, err := strconv.ParseFloat(value, 64); err == nil && seconds >= 0 {
		wait = time.Duration(min(seconds, most.Seconds()) * float64(time.Second))
	} else if at, err := http.ParseTime(value); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), most)
}
