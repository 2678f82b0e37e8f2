package main

import (
	"context"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/betterprofile/betterprofile/client"
	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/tui"
)

type interviewOptions struct {
	conversation string
	new, plain   bool
}

func newInterviewCommand(a *app) *cobra.Command {
	var opts interviewOptions
	cmd := &cobra.Command{
		Use: "interview [CONVERSATION]", Short: "Talk with the interviewer, in the terminal", Args: cobra.MaximumNArgs(1),
		Long: "Talk with the interviewer. Without CONVERSATION, the one used last goes on; the first time, one is begun.\n" +
			"CONVERSATION is an id, the beginning of one, or @last.",
		Example:           "  betterprofile interview\n  betterprofile interview --new\n  betterprofile interview --plain",
		ValidArgsFunction: a.completeConversations(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				opts.conversation = args[0]
			}
			return runInterview(cmd.Context(), a, opts)
		},
	}
	cmd.Flags().BoolVar(&opts.new, "new", false, "begin a new conversation")
	cmd.Flags().BoolVar(&opts.plain, "plain", false, "line by line in whole sentences, for screen readers; so it is without a terminal, too, and on a dumb one")
	return cmd
}

func runInterview(ctx context.Context, a *app, opts interviewOptions) error {
	if opts.new && opts.conversation != "" {
		return usagef("--new begins a conversation; leave CONVERSATION out")
	}
	s, err := a.settings()
	if err != nil {
		return err
	}
	keys, err := s.keys()
	if err != nil {
		return err
	}
	theme, err := a.theme(s)
	if err != nil {
		return err
	}
	return a.with(ctx, func(ctx context.Context, conn *connection) error {
		id := opts.conversation
		if id != "" {
			if id, err = conn.resolve(ctx, id); err != nil {
				return err
			}
		}
		files, owner, err := a.stateOf(ctx, conn)
		if err != nil {
			return err
		}
		options := tui.Options{
			Server: conn.Client, Conversation: id, New: opts.new, Drafts: newDrafts(files, owner), Version: buildVersion(), Trouble: files.trouble,
		}
		options.Clipboard, options.Editor = a.clipboard(), a.editor(files.root)
		options.Theme, options.HighContrast = theme, s.file.HighContrast
		options.Keys, options.NoMouse = keys, s.file.Mouse != nil && !*s.file.Mouse
		if folder, err := os.Getwd(); err == nil {
			options.Export = exportInto(folder)
		}
		if conn.local == nil {
			options.SignIn = a.loginCommand(conn.url)
			options.Outbox, options.Cache = newOutbox(files, owner), newCache(files, owner)
		} else {
			options.Local, options.DataPath = true, a.shortened(conn.local.dataPath)
		}
		if opts.plain || a.env("TERM") == "dumb" || !terminal(a.in) || !terminal(a.out) {
			options.Input, options.Output = a.in, a.out
			return tui.RunPlain(ctx, options)
		}
		if a.env("GOGC") == "" {
			debug.SetGCPercent(100)
			options.Server = thrifty{conn.Client}
		}
		return tui.Run(ctx, options)
	})
}

// thrifty is the server of someone who reads far back: from the first page of older messages on, garbage is collected more often, since
// all messages that were read are kept. Before, little is kept, and doing so would only cost time.
type thrifty struct{ *client.Client }

// readingGC is how much garbage there may be beside what is kept, in percent; Go's own is 100.
const readingGC = 20

// ListMessages implements tui.Server.
func (t thrifty) ListMessages(ctx context.Context, conversationID string, q interview.MessageQuery) (interview.MessagePage, error) {
	debug.SetGCPercent(readingGC)
	return t.Client.ListMessages(ctx, conversationID, q)
}
