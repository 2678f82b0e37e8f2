package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// profile says how the model replies.
type profile struct {
	Name   string        `json:"name"`
	First  time.Duration `json:"first"`  // before the first token
	Rate   float64       `json:"rate"`   // tokens a second; 0 for all at once
	Tokens int           `json:"tokens"` // of a reply
}

// free is a model without delay, paced one as they are.
func free() profile { return profile{Name: "free", Tokens: 100} }

func paced() profile {
	return profile{Name: "paced", First: 300 * time.Millisecond, Rate: 50, Tokens: 100}
}

// length is how long a reply takes.
func (p profile) length() time.Duration {
	if p.Rate <= 0 {
		return p.First
	}
	return p.First + time.Duration(float64(p.Tokens-1)/p.Rate*float64(time.Second))
}

// script is a profile made ready to be sent: the bytes of the response up to the first token, and those of each token. The last piece
// holds the end of the response too.
type script struct {
	profile
	pieces [][]byte
}

func newScript(p profile) *script {
	p.Tokens = max(p.Tokens, 1)
	s := &script{profile: p}
	s.add("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n" +
		httpChunk(chatChunk(`{"role":"assistant"}`, "null")))
	for i := range p.Tokens {
		token := "word "
		if i == p.Tokens-1 {
			token = "word." // a question would be the same each time, and not be shown again
		}
		s.add(httpChunk(chatChunk(`{"content":"`+token+`"}`, "null")))
	}
	usage := fmt.Sprintf(`{"id":"chatcmpl-fake","choices":[],"usage":{"prompt_tokens":300,"completion_tokens":%d,"total_tokens":%d}}`, p.Tokens, 300+p.Tokens)
	end := httpChunk(chatChunk(`{}`, `"stop"`)+"data: "+usage+"\n\ndata: [DONE]\n\n") + "0\r\n\r\n"
	last := len(s.pieces) - 1
	s.pieces[last] = append(s.pieces[last], end...)
	if p.Rate <= 0 {
		s.pieces = [][]byte{s.pieces[0], bytes.Join(s.pieces[1:], nil)}
	}
	return s
}

func (s *script) add(piece string) { s.pieces = append(s.pieces, []byte(piece)) }

func chatChunk(delta, finish string) string {
	return `data: {"id":"chatcmpl-fake","object":"chat.completion.chunk","created":1795397686,"model":"fake","choices":[{"index":0,"delta":` +
		delta + `,"logprobs":null,"finish_reason":` + finish + "}],\"usage\":null}\n\n"
}

func httpChunk(data string) string {
	return strconv.FormatInt(int64(len(data)), 16) + "\r\n" + data + "\r\n"
}

// fastModel is an endpoint that costs as little as can be: it looks at no prompt and sends what was made ready. POST /profile sets how it
// replies from then on.
type fastModel struct{ script atomic.Pointer[script] }

func runModel(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("model", flag.ExitOnError)
	addr := flags.String("addr", "127.0.0.1:0", "`address` to listen on")
	first := flags.Duration("first", 0, "time to the first token")
	rate := flags.Float64("rate", 0, "tokens a second after the first; 0 for all at once")
	tokens := flags.Int("tokens", 100, "length of each reply in tokens")
	if err := flags.Parse(args); err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", *addr)
	if err != nil {
		return err
	}
	fmt.Println("http://" + listener.Addr().String() + "/v1")
	defer context.AfterFunc(ctx, func() { _ = listener.Close() })()
	m := &fastModel{}
	m.script.Store(newScript(profile{First: *first, Rate: *rate, Tokens: *tokens}))
	for {
		conn, err := listener.Accept()
		if err != nil {
			return nil //nolint:nilerr // closed: the end
		}
		go m.serve(conn)
	}
}

// serve answers the requests of a connection until one fails.
func (m *fastModel) serve(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	for {
		req, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		came := time.Now() // a model's time to its first token has the reading of the prompt in it
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return
		}
		if strings.HasSuffix(req.URL.Path, "/profile") {
			err = m.change(conn, body)
		} else if bytes.Contains(body, []byte(`"stream":true`)) {
			err = m.script.Load().send(conn, came)
		} else { // a look at older messages, off the request
			_, err = io.WriteString(conn, whole)
		}
		if err != nil {
			return
		}
	}
}

func (m *fastModel) change(w io.Writer, body []byte) error {
	var p profile
	if err := json.Unmarshal(body, &p); err != nil {
		return err
	}
	m.script.Store(newScript(p))
	_, err := io.WriteString(w, "HTTP/1.1 204 No Content\r\n\r\n")
	return err
}

// whole is the answer to a request for no stream: nothing was found.
const whole = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 111\r\n\r\n" +
	`{"choices":[{"index":0,"message":{"role":"assistant","content":"{\"facts\":[]}    "},"finish_reason":"stop"}]}` + "\n"

// send writes the reply to a request that came at start, each token at its time.
func (s *script) send(w io.Writer, start time.Time) error {
	for i, piece := range s.pieces {
		if i > 0 {
			due := s.First
			if s.Rate > 0 {
				due += time.Duration(float64(i-1) / s.Rate * float64(time.Second))
			}
			time.Sleep(due - time.Since(start))
		}
		if _, err := w.Write(piece); err != nil {
			return err
		}
	}
	return nil
}

// setProfile tells a model how to reply.
func setProfile(ctx context.Context, addr string, p profile) error {
	body, err := json.Marshal(p)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+addr+"/profile", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Close = true
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	return res.Body.Close()
}
