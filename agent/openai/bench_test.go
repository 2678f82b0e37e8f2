package openai_test

import (
	"io"
	"strings"
	"testing"

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
		deltas := 0
		if _, err := e.Reply(b.Context(), asked(), func(interview.Delta) error { deltas++; return nil }); err != nil || deltas != perReply {
			b.Fatalf("%d deltas, %v", deltas, err)
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
