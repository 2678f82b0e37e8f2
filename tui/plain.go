package tui

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/printable"
)

// recentMessages is how many messages of a conversation are read out when it is opened.
const recentMessages = 2

// maxLine is where a line of input is taken as it is: more than any message may have.
const maxLine = 8 * interview.MaxContentRunes

// RunPlain is the interview for screen readers, dumb terminals and pipes: lines in, whole sentences out. It moves no cursor, draws nothing and uses no
// colours. Of the options it takes Server, Conversation, New, Version, Local, DataPath, Input, Output and Now; Input and Output are needed. It
// returns nil at the end of the input or when the user quits, else what went wrong with the streams, or ctx's error.
func RunPlain(ctx context.Context, opts Options) error {
	p := &plain{Options: opts, md: newMarkdown(), now: opts.Now, lines: make(chan string)}
	if p.now == nil {
		p.now = time.Now
	}
	p.theme = newStyles(true, cells{})
	p.theme.bare = true
	read, stop := context.WithCancel(ctx)
	defer stop()
	go p.read(read)
	if err := p.begin(ctx); err != nil {
		return err
	}
	for {
		text, err := p.next(ctx)
		if err != nil {
			return err
		}
		quit := text == ""
		if !quit {
			quit, err = p.take(ctx, text)
		}
		switch {
		case err != nil:
			return err
		case quit:
			return p.say("Goodbye. Everything you have said is stored.")
		}
	}
}

// plain is the interview line by line.
type plain struct {
	Options
	md    *markdown
	theme *styles
	now   func() time.Time
	lines chan string // of the input; closed at its end
	err   error       // why the input ended, set before lines is closed

	conversation interview.Conversation
	last         string   // the id of the user's newest message
	listed       []string // the ids of the conversations as they were read out
	line         strings.Builder
}

// read passes the input on line by line.
func (p *plain) read(ctx context.Context) {
	defer close(p.lines)
	in := bufio.NewScanner(p.Input)
	in.Buffer(nil, maxLine)
	for in.Scan() {
		select {
		case p.lines <- strings.TrimSuffix(in.Text(), "\r"):
		case <-ctx.Done():
			return
		}
	}
	p.err = in.Err()
}

// say writes a line, made printable.
func (p *plain) say(format string, args ...any) error {
	text := format
	if len(args) > 0 {
		text = fmt.Sprintf(format, args...)
	}
	_, err := io.WriteString(p.Output, printable.Text(text)+"\n")
	return err
}

// next is the next message: a line, or several of which all but the last end in a backslash. It is empty at the end of the input.
func (p *plain) next(ctx context.Context) (string, error) {
	if err := p.say("\nYour answer:"); err != nil {
		return "", err
	}
	var text strings.Builder
	for {
		select {
		case line, ok := <-p.lines:
			if !ok {
				return strings.TrimSpace(text.String()), p.err
			}
			head, more := strings.CutSuffix(line, `\`)
			text.WriteString(head)
			if more {
				text.WriteByte('\n')
			} else if strings.TrimSpace(text.String()) != "" {
				return strings.TrimSpace(text.String()), nil
			}
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

// begin opens a conversation and says where the user is.
func (p *plain) begin(ctx context.Context) error {
	if err := p.say("Better Profile. Write an answer and press Enter to send it. A backslash at the end of a line begins another line. Write /help for what else there is."); err != nil {
		return err
	}
	id := p.Conversation
	if id == "" && !p.New {
		page, err := p.Server.ListConversations(ctx, interview.ConversationQuery{Limit: pageSize})
		if err != nil {
			return err
		}
		for _, c := range page.Conversations {
			if id == "" || c.UpdatedAt.After(p.conversation.UpdatedAt.Time) {
				id, p.conversation = c.ID, c
			}
		}
	}
	if id == "" {
		return p.create(ctx)
	}
	return p.open(ctx, id)
}

// create begins a new conversation.
func (p *plain) create(ctx context.Context) error {
	c, err := p.Server.CreateConversation(ctx, interview.ConversationInput{ID: interview.NewID()})
	if err != nil {
		return err
	}
	if p.Local {
		err = p.say("Your conversations are stored on this computer, in %s.", p.DataPath)
	}
	p.conversation, p.last = c, ""
	return errors.Join(err, p.say("This is a new conversation."), p.tell(c.Messages))
}

// open goes on with a conversation, and reads out its newest messages.
func (p *plain) open(ctx context.Context, id string) error {
	view, err := p.Server.GetConversation(ctx, id, pageSize)
	if err != nil {
		return err
	}
	p.conversation, p.last = view.Conversation, ""
	messages := view.Conversation.Messages
	for _, m := range messages {
		if m.Role == interview.RoleUser {
			p.last = m.ID
		}
	}
	title := cmp.Or(printable.Line(view.Conversation.Title), untitled)
	err = errors.Join(p.say("You are in the conversation “%s”.", title), p.tell(messages[max(len(messages)-recentMessages, 0):]))
	if last := view.Conversation.Messages; err == nil && len(last) > 0 && last[len(last)-1].Turn != nil {
		return p.goOn(ctx, last[len(last)-1])
	}
	return err
}

// goOn follows a turn that is running, and says how one has ended that is not complete.
func (p *plain) goOn(ctx context.Context, m interview.Message) error {
	if m.Turn.Status == interview.TurnRunning {
		return p.follow(p.Server.Events(ctx, p.conversation.ID, m.ID, nil))
	}
	n := turnNotice(m.Turn)
	return p.say("%s Write /retry to ask for the reply again.", n.text)
}

// tell reads messages out.
func (p *plain) tell(messages []interview.Message) error {
	for _, m := range messages {
		who := "The interviewer said"
		if m.Role == interview.RoleUser {
			who = "You said"
		}
		if err := p.say("\n%s, %s:", who, clock(m.CreatedAt.Time, p.now())); err != nil {
			return err
		}
		if err := p.sayAll(p.rendered(m)); err != nil {
			return err
		}
	}
	return nil
}

// rendered is a message as lines of text, one for each paragraph.
func (p *plain) rendered(m interview.Message) []string {
	switch {
	case m.Forgotten():
		return []string{"This message is forgotten."}
	case m.Role == interview.RoleUser:
		return strings.Split(printable.Text(m.Content), "\n")
	}
	lines := p.md.render(p.theme, m.Content, unbounded)
	if meta := m.ReplyMetadata(); meta.Fallback != "" {
		lines = append(lines, "", "The model could not answer ("+strings.ReplaceAll(meta.Fallback, "_", " ")+"): this is the built-in interviewer.")
	}
	return lines
}

// unbounded is a width that no line reaches: the terminal, or who reads, breaks lines.
const unbounded = 1 << 20

func (p *plain) sayAll(lines []string) error {
	for _, line := range lines {
		if err := p.say("%s", strings.TrimRight(line, " ")); err != nil {
			return err
		}
	}
	return nil
}

// follow reads a reply out as it comes, in whole sentences.
func (p *plain) follow(events iter.Seq2[interview.Event, error]) error {
	p.line.Reset()
	told := false
	var scanner printable.Scanner
	for ev, err := range events {
		if err != nil {
			return errors.Join(p.rest(), p.failed(err))
		}
		switch ev.Kind {
		case interview.EventStarted:
			err = p.say("\nThe interviewer says:")
		case interview.EventReplace:
			scanner = printable.Scanner{}
			p.line.Reset()
			if told {
				err = p.say("The reply begins anew:")
			}
			err = errors.Join(err, p.sentences(scanner.Append(ev.Text)))
			told = true
		case interview.EventDelta:
			told = true
			err = p.sentences(scanner.Append(ev.Text))
		case interview.EventReconnecting:
			err = p.say("The connection was lost. It is being looked for.")
		case interview.EventCompleted:
			return p.completed(ev, told, scanner.Close())
		case interview.EventFailed:
			return errors.Join(p.rest(), p.say("%s Your message is stored. Write /retry to ask for the reply again.", errorText(ev.Error)))
		case interview.EventCancelled:
			return errors.Join(p.rest(), p.say("The reply was stopped. Write /retry to ask for it again."))
		}
		if err != nil {
			return err
		}
	}
	return p.rest()
}

// completed ends a reply: its rest, or all of it when nothing was told yet.
func (p *plain) completed(ev interview.Event, told bool, rest string) error {
	if !told && ev.Message != nil {
		return p.sayAll(p.rendered(*ev.Message))
	}
	err := errors.Join(p.sentences(rest), p.rest())
	if ev.Message != nil && ev.Message.ReplyMetadata().Fallback != "" {
		err = errors.Join(err, p.say("The model could not answer: this was the built-in interviewer."))
	}
	return err
}

// sentences says what is whole of a reply so far: up to the last line end, or the last sentence of a long line.
func (p *plain) sentences(text string) error {
	p.line.WriteString(text)
	all := p.line.String()
	end := strings.LastIndexByte(all, '\n') + 1
	if end == 0 {
		return nil
	}
	if block := strings.LastIndex(all[:end], "\n\n"); block >= 0 { // a paragraph is whole
		end = block + 2
	} else {
		return nil
	}
	p.line.Reset()
	p.line.WriteString(all[end:])
	return p.sayAll(append(p.md.render(p.theme, all[:end], unbounded), ""))
}

// rest says what is left of a reply.
func (p *plain) rest() error {
	text := strings.TrimSpace(p.line.String())
	p.line.Reset()
	if text == "" {
		return nil
	}
	return p.sayAll(p.md.render(p.theme, text, unbounded))
}

// failed tells what went wrong with the server; what it means for the process is only that it cannot be signed in.
func (p *plain) failed(err error) error {
	if errors.Is(err, context.Canceled) || signedOut(err) {
		return err
	}
	return p.say("%s Your message is kept if it was stored. Write /retry to look for the reply, or send it again.", errorText(err))
}
