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
	"time"

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
	timeout      time.Duration
	json, ndjson bool
}

// askAnswer is what --json prints.
type askAnswer struct {
	Message        *interview.Message `json:"message"`
	ConversationID string             `json:"conversationId"`
	UserMessage    *interview.Message `json:"userMessage"`
}

func newAskCommand(a *app) *cobra.Command {
	var opts askOptions
	cmd := &cobra.Command{
		Use: "ask [TEXT | -]", Short: "Say one thing and print the reply", Args: cobra.ArbitraryArgs,
		Long: "Say one thing to the interviewer and print the reply. The text is the arguments, the file of --file, or standard input when\n" +
			"there is neither (or TEXT is -); what is given of these is put together in that order.\n\n" +
			"The latest conversation goes on, unless --new or --conversation says otherwise. The exit status is 0 only for a complete\n" +
			"reply. After --timeout it is 75: the text is kept then, and its reply may still come. With --id, the same command can be repeated after any failure: the text is stored once and answered once.",
		Example: "  betterprofile ask \"I am a nurse and I rebuilt our handover.\"\n" +
			"  git log --since=1.week --oneline | betterprofile ask \"What I did this week:\" -\n" +
			"  betterprofile ask --new --json --file notes.txt\n" +
			"  betterprofile ask --quiet --timeout 2m --jq .message.content < standup.txt",
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
	flags.DurationVar(&opts.timeout, "timeout", 0, "how long to wait for the whole reply, such as 90s or 2m (default: as long as it takes)")
	flags.BoolVar(&opts.ndjson, "ndjson", false, "print each event of the reply as a line of JSON")
	a.completeFlag(cmd, "conversation", a.completeConversations(-1))
	jsonFlag(a, cmd, &opts.json, `print {"message","conversationId","userMessage"} when the reply is complete`, askAnswer{})
	return cmd
}

func runAsk(ctx context.Context, a *app, opts askOptions) error {
	a.jsonErrors = a.jsonErrors || opts.ndjson
	switch {
	case opts.new && opts.conversation != "":
		return usagef("--new begins a conversation: leave --conversation out")
	case opts.timeout < 0:
		return usagef("--timeout must be more than 0")
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
	return a.withTimeout(ctx, opts.timeout, func(ctx context.Context, conn *connection) error {
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
	return a.withTimeout(ctx, opts.timeout, func(ctx context.Context, conn *connection) error {
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

// withTimeout is with, for so long at most; 0 is as long as it takes.
func (a *app) withTimeout(ctx context.Context, timeout time.Duration, f func(context.Context, *connection) error) error {
	if timeout == 0 {
		return a.with(ctx, f)
	}
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	err := a.with(limited, f)
	if err == nil || ctx.Err() != nil || limited.Err() == nil {
		return err
	}
	return interview.Errorf(interview.CodeUnavailable,
		"There was no whole reply within %s. If your text had arrived it is kept: 'betterprofile conversations show @last' says whether it was answered, and 'betterprofile ask --retry' asks again.", timeout)
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
		return p.app.printJSON(askAnswer{e.Message, e.ConversationID, e.UserMessage})
	case e.Kind == interview.EventReconnecting && terminal(p.app.err):
		p.app.warn("the connection was lost; reconnecting…")
		return nil
	case e.Kind == interview.EventCompleted && !p.live:
		p.warnOfFallback(e.Message)
		return p.app.printf("%s\n", printable.Text(e.Message.Content))
	case !p.live:
		return nil
	case e.Kind == interview.EventReplace:
		p.scanner = printable.Scanner{}
		return errors.Join(p.breakLine(), p.text(p.scanner.Append(e.Text)))
	case e.Kind == interview.EventDelta:
		return p.text(p.scanner.Append(e.Text))
	case e.Kind == interview.EventCompleted:
		err := errors.Join(p.text(p.scanner.Close()), p.breakLine())
		p.warnOfFallback(e.Message)
		return err
	}
	return nil
}

// warnOfFallback says that the built-in interviewer stood in for the model. JSON has it in the metadata.
func (p *replyPrinter) warnOfFallback(m *interview.Message) {
	if m == nil {
		return
	}
	if why := m.ReplyMetadata().Fallback; why != "" {
		p.app.warn("the model could not answer (%s): this is the built-in interviewer. 'betterprofile doctor' looks for the cause.", strings.ReplaceAll(why, "_", " "))
	}
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
