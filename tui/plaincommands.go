package tui

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/printable"
)

// take carries out a command, or sends a message, and reports whether the user quits.
func (p *plain) take(ctx context.Context, text string) (quit bool, err error) {
	name, rest, _ := strings.Cut(text, " ")
	rest = strings.TrimSpace(rest)
	switch strings.ToLower(name) {
	case "/quit", "/exit":
		return true, nil
	case "/help":
		return false, p.help()
	case "/new":
		return false, p.told(p.create(ctx))
	case "/list":
		return false, p.told(p.list(ctx))
	case "/open":
		return false, p.told(p.openListed(ctx, rest))
	case "/read":
		return false, p.told(p.readOut(ctx))
	case "/retry":
		return false, p.retry(ctx)
	case "/model":
		return false, p.told(p.model(ctx))
	case "/search":
		return false, p.told(p.search(ctx, rest))
	}
	return false, p.send(ctx, text)
}

// told says what the server answered, unless it is over with it all.
func (p *plain) told(err error) error {
	if err == nil || errors.Is(err, context.Canceled) || signedOut(err) {
		return err
	}
	return p.say("That did not work. %s", errorText(err))
}

// help says what can be written.
func (p *plain) help() error {
	lines := []string{"What you write is sent to the interviewer. These are for the interviewer, too:"}
	for _, c := range slashCommands() {
		if c.run == nil {
			lines = append(lines, strings.TrimSpace(c.name+" "+c.takes)+": "+c.does+".")
		}
	}
	lines = append(lines, "And these are carried out here:",
		"/new: a new conversation.", "/list: the newest conversations, numbered.", "/open NUMBER: go on with one of them.",
		"/read: this conversation from its beginning, as far as its newest 50 messages.", "/search TEXT: find messages.",
		"/retry: ask for the last reply again.", "/model: what replies.", "/quit: leave. Everything you have said is stored.")
	return p.sayAll(lines)
}

// send sends a message and reads the reply out.
func (p *plain) send(ctx context.Context, text string) error {
	in, err := interview.TurnInput{Content: text}.Normalize()
	if err != nil {
		return p.say("This cannot be sent. %s", errorText(err))
	}
	p.last = in.ID
	return p.follow(p.Server.Send(ctx, p.conversation.ID, in))
}

// retry runs the newest turn again.
func (p *plain) retry(ctx context.Context) error {
	if p.last == "" {
		return p.say("You have not said anything yet in this conversation.")
	}
	return p.follow(p.Server.Retry(ctx, p.conversation.ID, p.last))
}

// list reads out the newest conversations.
func (p *plain) list(ctx context.Context) error {
	page, err := p.Server.ListConversations(ctx, interview.ConversationQuery{Limit: 10})
	if err != nil {
		return err
	}
	p.listed = nil
	for i, c := range page.Conversations {
		p.listed = append(p.listed, c.ID)
		title := cmp.Or(printable.Line(c.Title), plainPreview(c.Preview), untitled)
		if err := p.say("%d. %s, last used %s.", i+1, title, clock(c.UpdatedAt.Time, p.now())); err != nil {
			return err
		}
	}
	return p.say("Write /open and a number to go on with one.")
}

// openListed opens a conversation by its number in the list.
func (p *plain) openListed(ctx context.Context, number string) error {
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > len(p.listed) {
		return p.say("Write /list first, then /open and a number from it.")
	}
	return p.open(ctx, p.listed[n-1])
}

// readOut reads the conversation out.
func (p *plain) readOut(ctx context.Context) error {
	view, err := p.Server.GetConversation(ctx, p.conversation.ID, pageSize)
	if err != nil {
		return err
	}
	return p.tell(view.Conversation.Messages)
}

// model says what replies.
func (p *plain) model(ctx context.Context) error {
	me, err := p.Server.Me(ctx)
	switch {
	case err != nil:
		return err
	case me.Engine.Model == "":
		return p.say("The built-in interviewer replies; there is no language model.")
	}
	return p.say("Replies come from the model %s.", printable.Line(me.Engine.Model))
}

// search reads out what was found.
func (p *plain) search(ctx context.Context, text string) error {
	if text == "" {
		return p.say("Write what to look for behind /search.")
	}
	page, err := p.Server.Search(ctx, interview.SearchQuery{Text: text})
	if err != nil {
		return err
	}
	if len(page.Results) == 0 {
		return p.say("Nothing was found.")
	}
	for _, r := range page.Results {
		if err := p.say("%s: %s", clock(r.CreatedAt.Time, p.now()), printable.Line(r.Snippet)); err != nil {
			return err
		}
	}
	return nil
}
