package openai_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/betterprofile/betterprofile/agent"
	"github.com/betterprofile/betterprofile/agent/openai"
	"github.com/betterprofile/betterprofile/interview"
)

// BenchmarkReply_Token is what the engine spends on one token of a reply of 2,000, without the network.
func BenchmarkReply_Token(b *testing.B) {
	const perReply = 2000
	body := strings.Repeat(`data: {"id":"chatcmpl-x","object":"chat.completion.chunk","created":1795397686,"model":"gpt-4o-mini",`+
		`"choices":[{"index":0,"delta":{"content":" token"},"logprobs":null,"finish_reason":null}],"usage":null}`+"\n\n", perReply) +
		`data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\ndata: [DONE]\n\n"
	e := newEngine(b, openai.Options{HTTPClient: canned("text/event-stream", func() io.Reader { return strings.NewReader(body) })})
	b.ReportAllocs()
	for n := 0; n < b.N; n += perReply {
		size := 0
		_, err := e.Reply(b.Context(), asked(), func(d interview.Delta) error { size += len(d.Text); return nil })
		if err != nil || size != perReply*len(" token")-1 { // the space at the start is left out
			b.Fatalf("%d bytes, %v", size, err)
		}
	}
}

// BenchmarkRequest is what a reply costs before its first token, without the network and the making of the prompt: one of 20 messages, and one that
// asks for JSON.
func BenchmarkRequest(b *testing.B) {
	messages := agent.Messages(asked(), 0)
	for range 18 {
		messages = append(messages, agent.Message{Role: "user", Content: strings.Repeat(question+" \"So it was.\"\n", 4)})
	}
	b.Run("reply", func(b *testing.B) {
		const body = `data: {"choices":[{"index":0,"delta":{"content":"x"},"finish_reason":"stop"}]}` + "\n\ndata: [DONE]\n\n"
		e := newEngine(b, openai.Options{HTTPClient: canned("text/event-stream", func() io.Reader { return strings.NewReader(body) })})
		b.ReportAllocs()
		for b.Loop() {
			if _, err := e.Stream(b.Context(), agent.Prompt{UserID: "u", Messages: messages}, (&heard{}).emit); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("JSON", func(b *testing.B) {
		const body = `{"choices":[{"index":0,"message":{"role":"assistant","content":"{}"},"finish_reason":"stop"}]}`
		e := newEngine(b, openai.Options{HTTPClient: canned("application/json", func() io.Reader { return strings.NewReader(body) })})
		format := agent.Format{Name: "x", Schema: []byte(`{"type":"object","properties":{` + strings.Repeat(`"x":{"type":"string"},`, 50) + `"y":{}}}`)}
		b.ReportAllocs()
		for b.Loop() {
			_, _, err := e.Complete(b.Context(), agent.Prompt{UserID: "u", Messages: messages[:2], MaxTokens: 100, Temperature: 0.1, Format: format})
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkNetwork is a request of 20 messages and a reply of a hundred tokens over loopback, with as little of the endpoint's work as can be.
func BenchmarkNetwork(b *testing.B) {
	listener, err := new(net.ListenConfig).Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	const token = `data: {"id":"x","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":" token"},"finish_reason":null}]}` + "\n\n"
	answer := strings.Repeat(token, 100) + `data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\ndata: [DONE]\n\n"
	answer = fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: %d\r\n\r\n%s", len(answer), answer)
	done := make(chan struct{})
	go func() {
		defer close(done)
		c, err := listener.Accept()
		if err != nil {
			b.Error(err)
			return
		}
		defer c.Close()
		defer context.AfterFunc(b.Context(), func() { _ = c.Close() })()
		in := bufio.NewReader(c)
		for err == nil {
			req, _ := http.ReadRequest(in)
			if req == nil {
				return
			}
			_, _ = io.Copy(io.Discard, req.Body)
			_, err = io.WriteString(c, answer)
		}
	}()
	b.Cleanup(func() {
		_ = listener.Close()
		<-done
	})
	messages := agent.Messages(asked(), 0)
	for range 18 {
		messages = append(messages, agent.Message{Role: "user", Content: strings.Repeat(question, 8)})
	}
	e := newEngine(b, openai.Options{BaseURL: "http://" + listener.Addr().String()})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.Stream(b.Context(), agent.Prompt{UserID: "u", Messages: messages}, (&heard{}).emit); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReply is a whole reply of ten tokens over loopback, the endpoint's work with it.
func BenchmarkReply(b *testing.B) {
	e, server := setup(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.Reply(b.Context(), asked(), (&heard{}).emit); err != nil {
			b.Fatal(err)
		}
		server.Forget()
	}
}
