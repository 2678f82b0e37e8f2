package main

import (
	"context"
	"fmt"
	"image/color"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

// patience is how long a screen may take to show what is waited for.
const patience = 30 * time.Second

// look is a terminal's two main colours.
type look struct{ foreground, background color.RGBA }

func darkLook() look {
	return look{color.RGBA{0xd8, 0xd8, 0xd8, 255}, color.RGBA{0x1e, 0x1e, 0x1e, 255}}
}

func lightLook() look {
	return look{color.RGBA{0x24, 0x24, 0x24, 255}, color.RGBA{0xff, 0xff, 0xff, 255}}
}

// terminal is a program in a pseudo terminal, and the screen that its bytes draw.
type terminal struct {
	look
	cmd     *exec.Cmd
	pty     *os.File
	started time.Time
	changed chan struct{} // has room for one
	ended   chan struct{} // closed when the program has closed the terminal

	mu      sync.Mutex // of what follows
	screen  *vt.Emulator
	written int64  // bytes of the program's
	cursor  bool   // visible
	drawn   func() // called after each read, with mu held; may be nil
}

// open starts a program in a terminal of that size.
func open(ctx context.Context, look look, width, height int, env []string, program string, args ...string) (*terminal, error) {
	x := &terminal{
		look: look, screen: vt.NewEmulator(width, height), cursor: true,
		changed: make(chan struct{}, 1), ended: make(chan struct{}),
	}
	x.screen.SetDefaultForegroundColor(look.foreground)
	x.screen.SetDefaultBackgroundColor(look.background)
	x.screen.SetCallbacks(vt.Callbacks{CursorVisibility: func(visible bool) { x.cursor = visible }})
	x.cmd = exec.CommandContext(ctx, program, args...)
	x.cmd.Env = env
	x.started = time.Now()
	var err error
	if x.pty, err = pty.StartWithSize(x.cmd, &pty.Winsize{Rows: uint16(height), Cols: uint16(width)}); err != nil {
		return nil, fmt.Errorf("starting in a terminal: %w", err)
	}
	go x.draw()
	go x.answer()
	return x, nil
}

// draw draws what the program writes until it closes the terminal.
func (x *terminal) draw() {
	defer close(x.ended)
	for p := make([]byte, 64<<10); ; {
		n, err := x.pty.Read(p)
		x.mu.Lock()
		x.written += int64(n)
		_, _ = x.screen.Write(p[:n]) // an emulator draws whatever it gets
		if x.drawn != nil {
			x.drawn()
		}
		x.mu.Unlock()
		select {
		case x.changed <- struct{}{}:
		default:
		}
		if err != nil {
			return // EIO is how the end is told
		}
	}
}

// answer passes on what the emulator says to the program's questions, such as that for the background.
func (x *terminal) answer() {
	for p := make([]byte, 256); ; {
		n, err := x.screen.Read(p)
		if err != nil {
			return
		}
		if _, err := x.pty.Write(p[:n]); err != nil {
			return
		}
	}
}

// types presses keys, given as the bytes of a terminal.
func (x *terminal) types(keys string) error {
	_, err := x.pty.WriteString(keys)
	return err
}

// until waits until the screen's text satisfies the function.
func (x *terminal) until(what string, ok func(text string) bool) error {
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		text := x.text()
		if ok(text) {
			return nil
		}
		select {
		case <-x.changed:
		case <-x.ended:
			return fmt.Errorf("the program ended before %s came:\n%s", what, text)
		case <-late.C:
			return fmt.Errorf("waited for %s in vain:\n%s", what, text)
		}
	}
}

// shows waits until a text is on the screen.
func (x *terminal) shows(text string) error {
	return x.until(text, func(s string) bool { return strings.Contains(s, text) })
}

// lacks waits until a text is not on the screen any more.
func (x *terminal) lacks(text string) error {
	return x.until("no "+text, func(s string) bool { return !strings.Contains(s, text) })
}

// text is what the screen shows, without colours.
func (x *terminal) text() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.screen.String()
}

// bytes is how much the program has written.
func (x *terminal) bytes() int64 {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.written
}

// close ends the program by Ctrl+C, or else by force.
func (x *terminal) close() {
	_ = x.types("\x03")
	select {
	case <-x.ended:
	case <-time.After(5 * time.Second):
		_ = x.cmd.Process.Kill()
		<-x.ended
	}
	_ = x.cmd.Wait() // its exit status is not what is looked at here
	_ = x.pty.Close()
	if pipe, ok := x.screen.InputPipe().(io.Closer); ok { // the emulator's own Close is no match for a Read
		_ = pipe.Close()
	}
}
