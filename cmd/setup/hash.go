package setup

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/betterprofile/betterprofile/api/betterauth"
)

// hashFor is the longest that a process may take for a key.
const hashFor = time.Minute

// DeriveApart returns a betterauth.Options.Derive that has each key made by a process of its own: program with args, which calls [RunHash].
//
// In the server itself a password would hold up all requests: it keeps one processor of the runtime busy for 130 ms, and its 32 MiB make
// the garbage collector run.
func DeriveApart(program string, args ...string) func(password, salt string) ([]byte, error) {
	return func(password, salt string) ([]byte, error) {
		ctx, cancel := context.WithTimeout(context.Background(), hashFor)
		defer cancel()
		cmd := exec.CommandContext(ctx, program, args...)
		cmd.Stdin = bytes.NewReader(fmt.Appendf(nil, "%q %q\n", salt, password))
		return cmd.Output()
	}
}

// RunHash is the process that [DeriveApart] starts. It takes only the time that others leave it, where the system has priorities of processes.
func RunHash(in io.Reader, out io.Writer) error {
	runtime.LockOSThread() // it is the thread that has a priority
	lowerPriority()
	debug.SetGCPercent(-1)
	var salt, password string
	if _, err := fmt.Fscanf(in, "%q %q\n", &salt, &password); err != nil {
		return fmt.Errorf("reading salt and password: %w", err)
	}
	_, err := out.Write(betterauth.DeriveKey(password, salt))
	return err
}
