package interview

import (
	"runtime"
	"runtime/debug"
)

// Apart calls f on a goroutine of its own and returns when f has. A goroutine's stack that has grown stays as large for as long as more than a quarter
// of it is in use, and a thousand turns wait for a model at a time, as do their readers: what they do before that and takes a deep stack, such as
// asking a database, is done apart.
//
// A panic of f becomes one of the caller, which [PanicText] tells as it was, with the stack that it came from. One whose value is an error, but not
// the runtime's, is meant for somebody (http.ErrAbortHandler): it is passed on as it is.
func Apart(f func()) {
	done := make(chan any)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				done <- passed(p)
				return
			}
			close(done)
		}()
		f()
	}()
	if p := <-done; p != nil {
		panic(p)
	}
}

// passed is what the caller panics with when f has with p.
func passed(p any) any {
	_, broken := p.(runtime.Error)
	if _, isError := p.(error); isError && !broken {
		return p
	}
	return &panicApart{value: p, stack: debug.Stack()}
}

// panicApart is a panic of another goroutine.
type panicApart struct {
	value any
	stack []byte
}
