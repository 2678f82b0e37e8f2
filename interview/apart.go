package interview

import "runtime/debug"

// Apart calls f on a goroutine of its own and returns when f has. A goroutine's stack that has grown stays as large for as long as more than a quarter
// of it is in use, and a thousand turns wait for a model at a time, as do their readers: what they do before that and takes a deep stack, such as
// asking a database, is done apart.
//
// A panic of f becomes one of the caller, which [PanicText] tells as it was, with the stack that it came from.
func Apart(f func()) {
	done := make(chan *panicApart)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				done <- &panicApart{value: p, stack: debug.Stack()}
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

// panicApart is a panic of another goroutine.
type panicApart struct {
	value any
	stack []byte
}
