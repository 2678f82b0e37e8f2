package main

import (
	"bytes"
	"net"
	"path/filepath"
	"strconv"
	"sync"

	"github.com/betterprofile/betterprofile/storage/storagetest"
)

// proxy stands between the servers and PostgreSQL, to lose answers: a statement is executed and committed, and whoever sent it sees the
// connection break. No kill hits that moment often enough.
type proxy struct {
	listener net.Listener
	target   string // PostgreSQL's socket

	mu     sync.Mutex
	needle []byte // part of the statement whose answer is lost; nil for none
	fired  chan struct{}
	conns  map[net.Conn]struct{}
}

func startProxy(c *storagetest.Cluster) (*proxy, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &proxy{listener: listener, conns: map[net.Conn]struct{}{}}
	p.target = filepath.Join(c.SocketDir(), ".s.PGSQL."+strconv.Itoa(c.Port()))
	go p.serve()
	return p, nil
}

// close ends the proxy and all connections.
func (p *proxy) close() {
	_ = p.listener.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		_ = c.Close()
	}
}

// lose lets the answer to the next statement that holds the text get lost, and returns the channel that is closed when that has happened.
func (p *proxy) lose(text string) <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.needle, p.fired = []byte(text), make(chan struct{})
	return p.fired
}

// matches reports whether the answer to what is sent here is to get lost.
func (p *proxy) matches(sent []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.needle == nil || !bytes.Contains(sent, p.needle) {
		return false
	}
	p.needle = nil
	return true
}

func (p *proxy) lost() {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.fired)
}

func (p *proxy) keep(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conns[c] = struct{}{}
}

func (p *proxy) drop(c net.Conn) {
	_ = c.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
}

func (p *proxy) serve() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.keep(client)
		go p.connect(client)
	}
}

// connect copies both ways until one side closes, or an answer gets lost.
func (p *proxy) connect(client net.Conn) {
	defer p.drop(client)
	server, err := net.Dial("unix", p.target)
	if err != nil {
		return
	}
	p.keep(server)
	defer p.drop(server)
	var mu sync.Mutex
	losing := false
	go func() {
		defer client.Close()
		transfer(client, server, func([]byte) bool {
			mu.Lock()
			defer mu.Unlock()
			if losing {
				p.lost()
			}
			return !losing
		})
	}()
	transfer(server, client, func(sent []byte) bool {
		if p.matches(sent) {
			mu.Lock()
			losing = true
			mu.Unlock()
		}
		return true
	})
}

// transfer copies what comes from one side to the other, as long as pass says so.
func transfer(to, from net.Conn, pass func([]byte) bool) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 && !pass(buffer[:n]) {
			return
		}
		if _, werr := to.Write(buffer[:n]); err != nil || werr != nil {
			return
		}
	}
}
