package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/printable"
)

type askOptions struct {
	text         []string
	file         string
	conversation string
	new          bool
	id           string
	retry        bool
	json, ndjson bool
}

func newAskCommand(a *app) *cobra.Command {
	var opts askOptions
	cmd := &cobra.Command{
		Use: "ask [TEXT | -]", Short: "Say one thing and print the reply", Args: cobra.ArbitraryArgs,
		Long: "Say one thing to the interviewer and print the reply. The text is the arguments, the file of --file, or standard input when\n" +
			"there is neither (or TEXT is -); what is given of these is put together in that order.\n\n" +
			"The latest conversation goes on, unless --new or --conversation says otherwise. The exit status is 0 only for a complete\n" +
			"reply. With --id, the same command can be repeated after any failure: the text is stored once and answered once.",
		Example: "  betterprofile ask \"I am a nurse and I rebuilt our handover.\"\n" +
			"  git log --since=1.week --oneline | betterprofile ask \"What I did this week:\" -\n" +
			"  betterprofile ask --new --json --file notes.txt",
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.text = args
			return runAsk(cmd.Context(), a, opts)
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&opts.conversation, "conversation", "c", "", "the conversation: an id, the beginning of one, or @last")
	flags.BoolVar(&opts.new, "new", false, "begin a new conversation")
	flags.StringVar(&opts.file, "file", "", "read the text from a file")
	flags.StringVar(&opts.id, "id", "", "the message's id, a UUID of your own, which makes the command repeatable")
	flags.BoolVar(&opts.retry, "retry", false, "say nothing new: run the last message again, or get another reply to it")
	flags.BoolVar(&opts.ndjson, "ndjson", false, "print each event of the reply as a line of JSON")
	jsonFlag(a, cmd, &opts.json, `print {"message","conversationId","userMessage"} when the reply is complete`)
	return cmd
}

func runAsk(ctx context.Context, a *app, opts askOptions) error {
	a.jsonErrors = opts.json || opts.ndjson
	switch {
	case opts.new && opts.conversation != "":
		return usagef("--new begins a conversation: leave --conversation out")
	case opts.json && opts.ndjson:
		return usagef("--json prints the reply and --ndjson its events: choose one")
	case opts.retry:
		return runAskRetry(ctx, a, opts)
	}
	text, err := askText(a, opts)
	if err != nil {
		return err
	}
	input, err := interview.TurnInput{ID: opts.id, Content: text}.Normalize()
	if err != nil {
		if opts.id != "" {
			return err
		}
		return asUsage(err)
	}
	return a.with(ctx, func(ctx context.Context, conn *connection) error {
		conversationID, err := askConversation(ctx, conn, opts)
		if err != nil {
			return err
		}
		return printReply(a, conn.Send(ctx, conversationID, input), opts)
	})
}

// runAskRetry runs the newest message of a conversation again.
func runAskRetry(ctx context.Context, a *app, opts askOptions) error {
	if len(opts.text) > 0 || opts.file != "" || opts.id != "" || opts.new {
		return usagef("--retry runs the last message again: leave text, --file, --id and --new out")
	}
	return a.with(ctx, func(ctx context.Context, conn *connection) error {
		conversationID, err := conn.resolve(ctx, cmp.Or(opts.conversation, "@last"))
		if err != nil {
			return err
		}
		view, err := conn.GetConversation(ctx, conversationID, 10)
		if err != nil {
			return err
		}
		for _, m := range slices.Backward(view.Conversation.Messages) {
			if m.Role == interview.RoleUser {
				return printReply(a, conn.Retry(ctx, conversationID, m.ID), opts)
			}
		}
		return interview.Errorf(interview.CodeNotFound, "Nothing was said yet in this conversation.")
	})
}

// askText puts together what is to be said.
func askText(a *app, opts askOptions) (string, error) {
	var parts, words []string
	stdin := len(opts.text) == 0 && opts.file == "" && !terminal(a.in)
	for _, word := range opts.text {
		if word == "-" {
			stdin = true
		} else {
			words = append(words, word)
		}
	}
	if len(words) > 0 {
		parts = append(parts, strings.Join(words, " "))
	}
	if opts.file != "" {
		text, err := readFile(opts.file)
		if err != nil {
			return "", err
		}
		parts = append(parts, text)
	}
	if stdin {
		text, err := readText(a.in)
		if err != nil {
			return "", fmt.Errorf("read standard input: %w", err)
		}
		parts = append(parts, text)
	}
	text := strings.Join(parts, "\n\n")
	if strings.TrimSpace(text) == "" {
		return "", usagef("there is nothing to say: give a text, --file, or standard input")
	}
	return text, nil
}

// askConversation is where to say it.
func askConversation(ctx context.Context, conn *connection, opts askOptions) (string, error) {
	if opts.conversation != "" {
		return conn.resolve(ctx, opts.conversation)
	}
	if !opts.new {
		latest, err := conn.latest(ctx)
		if err != nil || latest != "" {
			return latest, err
		}
	}
	opening, id := false, interview.NewID()
	if opts.id != "" { // the same command again must find the same conversation
		id = interview.DerivedID("conversation of " + strings.ToLower(opts.id))
	}
	created, err := conn.CreateConversation(ctx, interview.ConversationInput{ID: id, Opening: &opening})
	return created.ID, err
}

// printReply prints what comes back. Only a complete reply is success.
func printReply(a *app, events iter.Seq2[interview.Event, error], opts askOptions) error {
	out := replyPrinter{app: a, opts: opts, live: terminal(a.out) && !opts.json && !opts.ndjson}
	for event, err := range events {
		if err != nil {
			return errors.Join(out.breakLine(), err)
		}
		if err := out.event(event); err != nil {
			return err
		}
		switch event.Kind {
		case interview.EventFailed:
			return errors.Join(out.breakLine(), orInternal(event.Error))
		case interview.EventCancelled:
			return errors.Join(out.breakLine(), interview.Errorf(interview.CodeConflict, "The reply was cancelled."))
		}
	}
	return nil
}

// replyPrinter prints a reply on its way.
type replyPrinter struct {
	app     *app
	opts    askOptions
	live    bool // show the text as it comes: a person is watching
	scanner printable.Scanner
	open    bool // a line was begun
}

// event prints one event.
func (p *replyPrinter) event(e interview.Event) error {
	switch {
	case p.opts.ndjson:
		return p.line(e)
	case e.Kind == interview.EventCompleted && p.opts.json:
		return p.app.printJSON(struct {
			Message        *interview.Message `json:"message"`
			ConversationID string             `json:"conversationId"`
			UserMessage    *interview.Message `json:"userMessage"`
		}{e.Message, e.ConversationID, e.UserMessage})
	case e.Kind == interview.EventReconnecting && terminal(p.app.err):
		p.app.warn("the connection was lost; reconnecting…")
		return nil
	case e.Kind == interview.EventCompleted && !p.live:
		return p.app.printf("%s\n", printable.Text(e.Message.Content))
	case !p.live:
		return nil
	case e.Kind == interview.EventReplace:
		p.scanner = printable.Scanner{}
		return errors.Join(p.breakLine(), p.text(p.scanner.Append(e.Text)))
	case e.Kind == interview.EventDelta:
		return p.text(p.scanner.Append(e.Text))
	case e.Kind == interview.EventCompleted:
		return errors.Join(p.text(p.scanner.Close()), p.breakLine())
	}
	return nil
}

func (p *replyPrinter) text(s string) error {
	p.open = p.open || s != ""
	return p.app.printf("%s", s)
}

// breakLine ends the line that was begun, if one was.
func (p *replyPrinter) breakLine() error {
	if !p.open {
		return nil
	}
	p.open = false
	return p.app.printf("\n")
}

// line prints an event as a line of JSON: its name and id before its data.
func (p *replyPrinter) line(e interview.Event) error {
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	head := struct {
		Event interview.EventKind `json:"event"`
		ID    string              `json:"id,omitempty"`
		Data  json.RawMessage     `json:"data"`
	}{Event: e.Kind, Data: data}
	if e.ID.Attempt > 0 {
		head.ID = e.ID.String()
	}
	return printLine(p.app.out, head)
}

// maxInput is where reading a text stops: more than any message may have, so that too long is told as such.
const maxInput = 8 * interview.MaxContentRunes

func readText(r io.Reader) (string, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxInput))
	return string(b), err
}

func readFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", usageError{err}
	}
	defer f.Close()
	text, err := readText(f)
	if err != nil {
		return "", usageError{err}
	}
	return text, nil
}

// asUsage turns an invalid field into a usage error in the words of the command line.
func asUsage(err error) error {
	if e, ok := errors.AsType[*interview.Error](err); ok {
		return usagef("%s", strings.TrimSuffix(strings.Replace(e.Message, "content", "the text", 1), "."))
	}
	return err
}

func orInternal(e *interview.Error) error {
	if e == nil {
		return interview.Errorf(interview.CodeInternal, "The reply failed.")
	}
	return e
}
