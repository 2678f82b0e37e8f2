// Fault kills, cuts, pauses and floods whole servers in the middle of turns, and then counts the messages that were lost, doubled, stuck or
// stored otherwise than said:
//
//	go run ./bench/fault [-seed N] [-n N] [-broken MODE] kills|postgres|storm|resume|rolling|all
//
// It starts the real betterprofile-server, a PostgreSQL of its own and a fake model, all on loopback or a Unix socket, and stops them by
// itself. The plan of faults follows from the seed; what they hit depends on the machine's timing as well. It exits 0 only when all
// counts are 0.
//
// With -broken it runs a server with one fault, to prove that the checks find it: lose forgets an acknowledged message, double stores a reply
// twice, again asks the model twice (which storm and rolling count), stuck never ends a turn nor gives up its lease, differ stores another
// text than was said. Each touches a single turn, whose message says "canary".
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// asChild is the variable that makes this program be the broken server; its value is the mode.
const asChild = "BETTERPROFILE_FAULT_CHILD"

func main() {
	if mode := os.Getenv(asChild); mode != "" {
		os.Exit(serveBroken(mode))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// options say how a run is done.
type options struct {
	seed   uint64
	n      int           // faults; 0 for the scenario's own number
	broken string        // a mode of the broken server; empty for the real one
	settle time.Duration // how long after the last fault every turn must have ended
	server string        // the server's program; empty to build it, or ourselves when broken
	dir    string        // for logs and the program
}

// scenario is one kind of run.
type scenario struct {
	name string
	n    int // faults unless told otherwise
	rig  rigOptions
	run  func(ctx context.Context, r *rig, n int) error
}

// scenarios are all there are, in the order in which "all" runs them.
func scenarios() []scenario {
	return []scenario{
		{"kills", 200, rigOptions{replicas: 1, pace: 200}, runKills},
		{"postgres", 50, rigOptions{replicas: 1, pace: 200, sync: true, proxied: true}, runPostgres},
		{"storm", 1000, rigOptions{replicas: 2, pace: 400}, runStorms},
		{"resume", 200, rigOptions{replicas: 2, pace: 50}, runResumes},
		{"rolling", 12, rigOptions{replicas: 2, pace: 100}, runRolling},
	}
}

// run does what the command line says and returns the exit status.
func run(ctx context.Context, args []string, out, errOut io.Writer) int {
	flags := flag.NewFlagSet("fault", flag.ContinueOnError)
	flags.SetOutput(errOut)
	var o options
	flags.Uint64Var(&o.seed, "seed", 1, "`number` that the plan of faults follows from")
	flags.IntVar(&o.n, "n", 0, "`number` of faults (default: 200 kills, 50 of PostgreSQL, 1000 duplicate sends, 200 resumes, 12 restarts)")
	flags.StringVar(&o.broken, "broken", "", "run a server with this `fault`: "+strings.Join(brokenModes(), ", "))
	flags.DurationVar(&o.settle, "settle", 40*time.Second, "how long after the last fault every turn must have ended")
	flags.StringVar(&o.server, "server", "", "the `program` to test instead of building ./cmd/server")
	flags.StringVar(&o.dir, "logs", "", "`folder` for the servers' logs (default: a temporary one, removed unless something was found)")
	flags.Usage = func() {
		fmt.Fprintln(errOut, "usage: go run ./bench/fault [flags] kills|postgres|storm|resume|rolling|all")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return 2
	}
	chosen := slices.DeleteFunc(scenarios(), func(s scenario) bool { return flags.Arg(0) != "all" && flags.Arg(0) != s.name })
	if flags.NArg() != 1 || len(chosen) == 0 || o.n < 0 || o.broken != "" && !slices.Contains(brokenModes(), o.broken) {
		flags.Usage()
		return 2
	}
	sound, err := runAll(ctx, o, chosen, out)
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return 130
	case err != nil:
		fmt.Fprintln(errOut, "fault:", err)
		return 1
	case !sound:
		return 1
	}
	return 0
}

// runAll runs the scenarios one after the other, and reports whether all were sound.
func runAll(ctx context.Context, o options, chosen []scenario, out io.Writer) (sound bool, err error) {
	temporary := o.dir == ""
	if temporary {
		if o.dir, err = os.MkdirTemp("", "bp-fault-"); err != nil {
			return false, err
		}
		defer func() {
			if sound || ctx.Err() != nil {
				_ = os.RemoveAll(o.dir)
			}
		}()
	}
	if o.server, err = program(ctx, o); err != nil {
		return false, err
	}
	sound = true
	for _, s := range chosen {
		report, err := s.execute(ctx, o)
		if err != nil {
			return false, fmt.Errorf("%s, seed %d: %w (logs: %s)", s.name, o.seed, err, o.dir)
		}
		report.print(out)
		sound = sound && report.sound()
	}
	if !sound && temporary {
		fmt.Fprintln(out, "logs:", o.dir)
	}
	return sound, nil
}

// program returns the server's program.
func program(ctx context.Context, o options) (string, error) {
	if o.server != "" {
		return filepath.Abs(o.server)
	}
	if o.broken != "" {
		return os.Executable()
	}
	path := filepath.Join(o.dir, "betterprofile-server")
	build := exec.CommandContext(ctx, "go", "build", "-tags", "nomsgpack", "-o", path, "github.com/betterprofile/betterprofile/cmd/server")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the server: %w\n%s", err, output)
	}
	return path, nil
}

// execute runs one scenario on a rig of its own, and then checks everything that was said.
func (s scenario) execute(ctx context.Context, o options) (*report, error) {
	began := time.Now()
	n := s.n
	if o.n > 0 {
		n = o.n
	}
	r, err := openRig(ctx, s.name, o, s.rig)
	if err != nil {
		return nil, err
	}
	defer r.close()
	if err := s.run(ctx, r, n); err != nil {
		return nil, err
	}
	if err := r.check(ctx); err != nil {
		return nil, err
	}
	r.report.took = time.Since(began)
	return r.report, nil
}

// random is the source of a part of the plan.
func (o options) random(part uint64) *rand.Rand { return rand.New(rand.NewPCG(o.seed, part)) }
