package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"

	"github.com/betterprofile/betterprofile/client"
	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/printable"
)

// clientID is what the program calls itself where a sign-in is approved.
const clientID = "betterprofile-cli"

type loginOptions struct {
	server    string
	email     string
	withToken bool
	asDefault bool
	noBrowser bool
}

func newLoginCommand(a *app) *cobra.Command {
	var opts loginOptions
	cmd := &cobra.Command{
		Use: "login [URL]", Short: "Sign in to a server", Args: cobra.MaximumNArgs(1),
		Long: "Sign in to a server. You approve the sign-in in a browser, here or on any other device, where you compare the code that is shown. Over SSH\n" +
			"no browser is opened. With --email you give your password in the terminal instead; in a script it is the first line of standard input.\n\n" +
			"You can be signed in to several servers. The first one becomes the default, which commands use unless --server or --local says otherwise.\n" +
			"Tokens are kept in the keyring of the operating system or, where there is none, in a file that only you can read.",
		Example: "  betterprofile login https://profile.example.org\n  betterprofile login --email ada@example.org\n" +
			"  betterprofile login https://profile.example.org --with-token < token.txt",
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if opts.server, err = a.namedServer(args); err != nil {
				return err
			}
			return runLogin(cmd.Context(), a, opts)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&opts.email, "email", "", "sign in with this email and a password")
	flags.BoolVar(&opts.withToken, "with-token", false, "read a token from standard input")
	flags.BoolVar(&opts.asDefault, "default", false, "make the server the default")
	flags.BoolVar(&opts.noBrowser, "no-browser", false, "only print the address, and open no browser")
	return cmd
}

// namedServer is the server that a command about signing in is about: its argument, else the one that commands use.
func (a *app) namedServer(args []string) (string, error) {
	if len(args) > 0 {
		if server := serverAddress(args[0]); a.server == "" || serverAddress(a.server) == server {
			return server, nil
		}
		return "", usagef("URL and --server are two servers: give one")
	}
	s, err := a.settings()
	if err == nil && s.server.value == "" {
		err = usagef("say which server, such as https://profile.example.org")
	}
	return s.server.value, err
}

func runLogin(ctx context.Context, a *app, opts loginOptions) error {
	if opts.withToken && opts.email != "" {
		return usagef("--with-token and --email are two ways to sign in: choose one")
	}
	c, err := a.clientFor(opts.server, "")
	if err != nil {
		return err
	}
	var token string
	switch {
	case opts.withToken:
		token, err = a.askSecret(ctx, "Token: ")
	case opts.email != "":
		var password string
		if password, err = a.askSecret(ctx, "Password for "+printable.Line(opts.email)+": "); err == nil {
			token, err = c.SignIn(ctx, opts.email, password)
		}
	default:
		token, err = a.signInByDevice(ctx, c, opts)
	}
	if err != nil {
		return err
	}
	return a.finishLogin(ctx, opts, strings.TrimSpace(token))
}

// signInByDevice has the sign-in approved in a browser.
func (a *app) signInByDevice(ctx context.Context, c *client.Client, opts loginOptions) (string, error) {
	code, err := c.BeginDevice(ctx, clientID)
	if err != nil {
		return "", err
	}
	say := func(format string, args ...any) { fmt.Fprintf(a.err, format+"\n", args...) }
	say("To sign in to %s, open\n\n  %s\n\nin a browser, on any device, and approve the code\n\n  %s\n",
		printable.Line(c.BaseURL()), printable.Line(code.Address), a.bold(readableCode(code.UserCode)))
	if page := pageOf(code, c.BaseURL()); !opts.noBrowser && page != "" && a.openBrowser(page) {
		say("Your browser opens it. Approve only if it shows the same code.")
	}
	say("Waiting for at most %s; Ctrl-C gives up.", inWords(code.Life))
	return c.AwaitDevice(ctx, code)
}

// readableCode is a user code as people read it: in two halves.
func readableCode(code string) string {
	if len(code) == 8 && !strings.ContainsFunc(code, func(r rune) bool { return r > '~' }) {
		code = code[:4] + "-" + code[4:]
	}
	return printable.Line(code)
}

// inWords is a length of time for people.
func inWords(d time.Duration) string {
	if d < 2*time.Minute {
		return fmt.Sprintf("%d seconds", int(d.Seconds()))
	}
	return fmt.Sprintf("%d minutes", int(d.Minutes()))
}

// finishLogin finds out whose the token is and keeps it. What it cannot keep it gives back, unless it was there before.
func (a *app) finishLogin(ctx context.Context, opts loginOptions, token string) error {
	c, err := a.clientFor(opts.server, token)
	if err != nil {
		return err
	}
	err = a.keepLogin(ctx, c, opts, token)
	if err != nil && !opts.withToken {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = c.SignOut(last) // it ends by itself otherwise
	}
	return err
}

func (a *app) keepLogin(ctx context.Context, c *client.Client, opts loginOptions, token string) error {
	me, err := c.Me(ctx)
	if err != nil {
		return err
	}
	store, err := a.credentials()
	if err != nil {
		return err
	}
	kept := credential{UserID: me.User.ID, Name: me.User.Name, Email: me.User.Email, Token: token}
	where, err := store.keep(opts.server, kept, opts.asDefault)
	if err != nil {
		return err
	}
	usual, err := a.usualServer()
	if err != nil {
		return err
	}
	if a.env("BETTERPROFILE_TOKEN") != "" || a.env("BETTERPROFILE_TOKEN_FILE") != "" {
		a.warn("the token in the environment goes before this sign-in: unset BETTERPROFILE_TOKEN and BETTERPROFILE_TOKEN_FILE")
	}
	says := "Commands use it with --server " + opts.server + "; 'betterprofile servers' lists all."
	if usual == opts.server {
		says = "Commands use this server from now on; --local is for this computer's own conversations."
	}
	return a.printf("Signed in to %s as %s.\nThe token is in %s. %s\n", printable.Line(opts.server), person(me.User), printable.Line(where), printable.Line(says))
}

// person names a user, printable.
func person(u interview.User) string {
	name, email := printable.Line(u.Name), printable.Line(u.Email)
	switch {
	case name == "":
		return email
	case email == "":
		return name
	}
	return name + " (" + email + ")"
}

// maxSecret bounds what is read as a password or a token, in bytes.
const maxSecret = 64 << 10

// askSecret reads a password or a token: on a terminal without showing it, else the first line.
func (a *app) askSecret(ctx context.Context, prompt string) (string, error) {
	var secret string
	var err error
	if f, ok := a.in.(*os.File); ok && terminal(f) {
		fmt.Fprint(a.err, prompt)
		secret, err = readHidden(ctx, f)
		fmt.Fprintln(a.err)
	} else {
		secret, err = bufio.NewReader(io.LimitReader(a.in, maxSecret)).ReadString('\n')
		if errors.Is(err, io.EOF) {
			err = nil
		}
	}
	switch secret = strings.TrimRight(secret, "\r\n"); {
	case err != nil && ctx.Err() != nil:
		return "", ctx.Err()
	case err != nil:
		return "", fmt.Errorf("read standard input: %w", err)
	case secret == "":
		return "", usagef("nothing was given: type it in the terminal, or write it to standard input")
	}
	return secret, nil
}

// readHidden reads a line from a terminal that does not show it, and leaves the terminal as it was also when ctx ends first.
func readHidden(ctx context.Context, terminal *os.File) (string, error) {
	before, err := term.GetState(terminal.Fd())
	if err != nil {
		return "", err
	}
	type answer struct {
		line []byte
		err  error
	}
	answered := make(chan answer, 1)
	go func() {
		line, err := term.ReadPassword(terminal.Fd())
		answered <- answer{line, err}
	}()
	select {
	case a := <-answered:
		return string(a.line), a.err
	case <-ctx.Done():
		return "", errors.Join(ctx.Err(), term.Restore(terminal.Fd(), before))
	}
}
