package interview_test

import (
	"io"
	"strings"
	"testing"

	"github.com/betterprofile/betterprofile/interview"
)

func TestApart_ReturnsWhenTheFunctionHas(t *testing.T) {
	t.Parallel()
	done := false
	interview.Apart(func() { done = true })
	if !done {
		t.Error("not done")
	}
}

func TestApart_PanicIsTheCallersAndTellsWhereItWas(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		f    func()
		want string
	}{
		{func() { panic("what somebody wrote") }, "string\n"},
		{func() { _ = make([]int, 0)[len(t.Name())] }, "runtime error: index out of range"},
		{func() { interview.Apart(func() { panic(1) }) }, "int\n"},
	} {
		text := caught(func() { interview.Apart(test.f) })
		if !strings.HasPrefix(text, test.want) || !strings.Contains(text, "apart_test.go") || strings.Contains(text, "somebody wrote") {
			t.Errorf("the panic is %q", text)
		}
	}
}

func TestApart_PanicWithAnErrorIsPassedOn(t *testing.T) {
	t.Parallel()
	defer func() {
		if p := recover(); p != io.EOF {
			t.Errorf("the panic is %v", p)
		}
	}()
	interview.Apart(func() { panic(io.EOF) })
}

// caught is what a panic of f is told as.
func caught(f func()) (text string) {
	defer func() { text = interview.PanicText(recover()) }()
	f()
	return ""
}
