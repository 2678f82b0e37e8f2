package agent

import (
	"slices"
	"strings"
	"sync"

	"github.com/betterprofile/betterprofile/interview"
)

// DefaultWindowTokens is the budget of the window when none is given: the estimate of [Tokens], not a model's own count.
const DefaultWindowTokens = 1800

const (
	windowAlways  = 6    // so many of the newest messages are in the window, whatever they cost
	messageTokens = 2000 // a longer message is shown by its head, of 1,400 tokens, and its tail, of 400
	perMessage    = 4    // tokens around each message

	// promptTokens is what a prompt costs at most as long as messages have a usual length; hardTokens when they do not.
	promptTokens = 4650
	hardTokens   = 5800
	// shortest is what each of the last messages may cost even if others are very long.
	shortest = 100
)

// Message is one entry of a prompt. Role is one of the roles of the Chat Completions format: "system", "user" or "assistant".
type Message struct {
	Role    string
	Content string
}

// Prompt is all that is sent for one answer of a model.
type Prompt struct {
	UserID      string // so that an endpoint can tell users apart; it gets a hash
	Messages    []Message
	MaxTokens   int     // of the answer; 0 for the engine's own
	Temperature float64 // 0 for the engine's own
	Format      Format  // of the answer
}

// Format is what an answer has to be.
type Format struct {
	Name   string // of the schema
	Schema []byte // a JSON schema: the answer is to be an object of this form, or at least JSON; nil for text
}

// Messages are those of a prompt for a reply without notes: see [Interviewer.Reply] for the rest.
func Messages(in interview.ReplyRequest, budget int) []Message {
	return messages(in, withheld(in.Recent), "", budget)
}

// messages builds the prompt for a reply: the instruction, which is the same bytes in every prompt so that an endpoint can cache it;
// the notes, unless they are empty; the window, which is as many of the newest of in.Recent as fit into budget tokens (0 is
// [DefaultWindowTokens]) together with the user's message, the last six in any case; and the user's message. A message of more than 2,000
// tokens is shown by its head and tail with […] between, and shorter ones are when all six are long. The part of a reply that failed or was
// cancelled is shown as any other; messages without text are left out, as are
// forgotten ones and those that are hidden, see [withheld].
func messages(in interview.ReplyRequest, hidden []bool, notes string, budget int) []Message {
	if budget <= 0 {
		budget = DefaultWindowTokens
	}
	const usual = 64
	list := make([]Message, 0, min(len(in.Recent), usual)+3)
	list = append(list, Message{Role: "system", Content: instruction()})
	if notes != "" {
		list = append(list, Message{Role: "system", Content: notes})
	}
	last := shown(in.Message, messageTokens)
	own := cost(last)
	spent := own + instructionTokens()
	if notes != "" {
		spent += cost(list[1])
	}
	budget = min(budget-own, promptTokens-spent)
	return append(window(list, in.Recent, hidden, budget, hardTokens-spent), last)
}

// instructionTokens is what the instruction costs.
var instructionTokens = sync.OnceValue(func() int { return cost(Message{Content: instruction()}) })

func cost(m Message) int { return Tokens(m.Content) + perMessage }

// window appends the newest messages that fit into the budget, oldest first; the last six may cost as much as hard.
func window(list []Message, recent []interview.Message, hidden []bool, budget, hard int) []Message {
	fixed := len(list)
	for at, m := range slices.Backward(recent) {
		if hidden[at] || strings.TrimSpace(m.Content) == "" || m.Forgotten() {
			continue
		}
		n := len(list) - fixed
		most := messageTokens
		if n < windowAlways {
			most = min(most, max(hard-(windowAlways-n-1)*shortest, shortest)-perMessage)
		}
		s := shown(m, most)
		spent := cost(s)
		budget, hard = budget-spent, hard-spent
		if budget < 0 && n >= windowAlways {
			break
		}
		list = append(list, s)
	}
	slices.Reverse(list[fixed:])
	return list
}

// shown is a message as the model sees it.
func shown(m interview.Message, most int) Message {
	return Message{Role: string(m.Role), Content: headAndTail(m.Content, most)}
}
