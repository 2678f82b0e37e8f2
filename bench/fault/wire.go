package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"time"
)

// wire is the client of this program: it repeats nothing, resumes nothing and keeps no connection, so that nothing is hidden.
type wire struct {
	http  *http.Client
	token string
}

func newWire(token string) *wire {
	return &wire{token: token, http: &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DisableCompression: true}}}
}

// do sends a request with a body in JSON, or none for nil.
func (w *wire) do(ctx context.Context, method, url string, body any, header ...string) (*http.Response, error) {
	var content io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(b)
	}
	request, err := http.NewRequestWithContext(ctx, method, url, content)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+w.token)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	return w.http.Do(request)
}

// get returns the status, 0 without an answer, and the body.
func (w *wire) get(ctx context.Context, url string) (int, []byte, error) {
	response, err := w.do(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, nil, err
	}
	return response.StatusCode, body, nil
}

// wrote calls f once the request made with the context is on its way.
func wrote(ctx context.Context, f func()) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { f() }})
}

// record is a Server-Sent Event.
type record struct{ id, event, data string }

// records calls f with each record that is whole, until f says false or the stream ends, by itself or not.
func records(stream io.Reader, f func(record) bool) {
	lines := bufio.NewReader(stream)
	var next record
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		name, value, _ := strings.Cut(strings.TrimRight(line, "\r\n"), ": ")
		switch name {
		case "id":
			next.id = value
		case "event":
			next.event = value
		case "data":
			next.data = value
		case "":
			if next.event != "" && !f(next) {
				return
			}
			next = record{}
		}
	}
}

// refusal is the answer of a server that did not do what was asked.
type refusal struct {
	status int // 0 when there was no answer
	code   string
}

func (e refusal) Error() string { return fmt.Sprintf("%d %s", e.status, e.code) }

// excused reports whether a fault of ours explains the answer: none at all, 503 unavailable, 502 interrupted and 409 turn_in_progress.
func (e refusal) excused() bool {
	switch e.status {
	case 0:
		return true
	case http.StatusServiceUnavailable:
		return e.code == "unavailable"
	case http.StatusBadGateway:
		return e.code == "interrupted"
	case http.StatusConflict:
		return e.code == "turn_in_progress"
	}
	return false
}

// refused reads an answer that is not 200.
func refused(response *http.Response) refusal {
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return refusal{}
	}
	var answer struct {
		Error struct {
			Code string `json:"code"`
		} `json:"error"`
	}
	_ = json.Unmarshal(body, &answer)
	return refusal{status: response.StatusCode, code: answer.Error.Code}
}

// requestWithin bounds a request that is not a stream; a frozen database takes the server 11 s to give up, twice in the worst case.
const requestWithin = 40 * time.Second
