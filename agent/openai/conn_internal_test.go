package openai

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"
)

// TestConn_SendsEverythingInItsOrder writes heads and bodies of all kinds; none may be left behind, or overtake another.
func TestConn_SendsEverythingInItsOrder(t *testing.T) {
	t.Parallel()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	c, err := dial(t.Context(), "tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan string, 1)
	go func() {
		accepted, err := listener.Accept()
		if err != nil {
			got <- err.Error()
			return
		}
		defer func() { _ = accepted.Close() }()
		all, _ := io.ReadAll(accepted)
		got <- string(all)
	}()
	const head = "POST / HTTP/1.1\r\nHost: x\r\n\r\n"
	body := []string{"one ", strings.Repeat("two", 100_000), "", "three"}
	whole := strings.Join(body, "")
	var want strings.Builder
	write := func(text string) {
		want.WriteString(text)
		if n, err := io.WriteString(c, text); n != len(text) || err != nil {
			t.Errorf("%q: %d written, %v", text, n, err)
		}
	}
	copied := func(r io.Reader) {
		want.WriteString(whole)
		if n, err := io.Copy(c, io.LimitReader(r, int64(len(whole)))); n != int64(len(whole)) || err != nil {
			t.Errorf("%d copied, %v", n, err)
		}
	}
	parts := func() *payload {
		p := &payload{}
		for _, part := range body {
			p.Buffers = append(p.Buffers, []byte(part))
		}
		return p
	}
	write("GET / HTTP/1.1\r\n\r\n")
	write("POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n")
	if held, _ := c.(*conn); held.head != nil {
		t.Error("a request without a body is held back")
	}
	write(head)
	copied(parts())
	copied(parts()) // without a head
	write(head)
	copied(strings.NewReader(whole))
	write(head)
	write("a body")
	write(head)
	write(head) // as a body
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if got := <-got; got != want.String() {
		t.Errorf("%d bytes came, %d were sent", len(got), want.Len())
	}
}

func TestDial_SaysWhyThereIsNoConnection(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if c, err := dial(ctx, "tcp", "127.0.0.1:1"); c != nil || err == nil {
		t.Errorf("got %v, %v", c, err)
	}
}
