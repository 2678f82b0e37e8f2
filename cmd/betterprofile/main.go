// Command betterprofile is the Better Profile client: a perpetual career interview in the terminal, and its conversations for scripts.
// Without a server it runs one in its own process, on a file of the user's.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"

	"github.com/charmbracelet/x/term"
)

// version is set by the build.
var version = "dev"

func main() {
	delayFirstGC()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	a := &app{in: os.Stdin, out: os.Stdout, err: os.Stderr, lookup: os.LookupEnv}
	status := a.run(ctx, os.Args[1:])
	stop()
	os.Exit(status)
}

// delayFirstGC lets the first garbage collection wait for 16 MB, not Go's 4: most commands end before. From then on all is as GOGC says.
func delayFirstGC() {
	percent := debug.SetGCPercent(400)
	runtime.AddCleanup(new(*int), func(percent int) { debug.SetGCPercent(percent) }, percent)
}

// app is what a command may touch: its streams, the environment, and the flags that all commands share.
type app struct {
	in       io.Reader
	out, err io.Writer
	lookup   func(string) (string, bool) // the environment

	server, config  string    // flags; empty when not given
	local, insecure bool      // flags
	quiet, noPager  bool      // flags
	jsonErrors      bool      // the command was asked for JSON: errors are JSON as well
	format          *format   // of the JSON that the command prints; nil: as it is
	pager           io.Writer // what text goes through on its way to the terminal; nil for none
	signInHint      string    // what to do when the server asks to sign in; empty for nothing to say
}

// run executes the command line and returns the exit status.
func (a *app) run(ctx context.Context, args []string) int {
	root := newRootCommand(a)
	root.SetArgs(joinFields(root, args))
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	err := root.ExecuteContext(ctx)
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		err = errInterrupted
	}
	a.report(err)
	return exitStatus(err)
}

// terminal reports whether a stream is a terminal.
func terminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(f.Fd())
}

// width is the number of columns of the output, 80 when it cannot be told.
func (a *app) width() int {
	if f, ok := a.out.(*os.File); ok {
		if w, _, err := term.GetSize(f.Fd()); err == nil && w > 0 {
			return w
		}
	}
	return 80
}

// env is the value of a variable, empty when it is not set.
func (a *app) env(name string) string {
	value, _ := a.lookup(name)
	return value
}

// bold and dim style text for people, on a terminal that wants it (https://no-color.org).
func (a *app) bold(s string) string { return a.style("1", s) }
func (a *app) dim(s string) string  { return a.style("2", s) }

func (a *app) style(code, s string) string {
	if !terminal(a.out) || a.env("NO_COLOR") != "" || a.env("TERM") == "dumb" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[m"
}

// buildVersion is the version set by the release build, else what the Go toolchain knows.
func buildVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && version == "dev" && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return version
}

func platform() string {
	return fmt.Sprintf("%s %s/%s", runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
