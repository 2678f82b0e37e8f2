package agent

import (
	"embed"
	"slices"
	"strings"
	"sync"
	"text/template"
	"unicode"

	"github.com/betterprofile/betterprofile/interview"
)

//go:embed prompts/interviewer.tmpl
var prompts embed.FS

// DefaultWindowTokens is the budget of the window when none is given: the estimate of [Messages], not a model's own count.
const DefaultWindowTokens = 1800

const (
	windowAlways  = 6    // so many of the newest messages are in the window, whatever they cost
	messageTokens = 2000 // a longer message is shown by its head and tail
	headTokens    = 1400
	tailTokens    = 400
	perMessage    = 4 // tokens around each message
)

// Message is one entry of a prompt. Role is one of the roles of the Chat Completions format: "system", "user" or "assistant".
type Message struct {
	Role    string
	Content string
}

// Messages builds the prompt for a reply: the instruction, which is the same bytes in every prompt so that an endpoint can cache it;
// the window, which is as many of the newest of in.Recent as fit into budget tokens (0 is [DefaultWindowTokens]), the last six in any
// case; and the user's message. A message of more than 2,000 tokens is shown by its head and tail with […] between. The part of a
// reply that failed or was cancelled is shown as any other; messages without text are left out.
//
// Tokens are estimated: 3.6 characters each, Han, Kana and Hangul one each, and 4 for each message.
func Messages(in interview.ReplyRequest, budget int) []Message {
	if budget <= 0 {
		budget = DefaultWindowTokens
	}
	recent := window(in.Recent, budget)
	messages := make([]Message, 0, len(recent)+2)
	messages = append(messages, Message{Role: "system", Content: instruction()})
	messages = append(messages, recent...)
	return append(messages, shown(in.Message))
}

// instruction is the system text: the persona and its rules.
var instruction = sync.OnceValue(func() string {
	var b strings.Builder
	t := template.Must(template.ParseFS(prompts, "prompts/interviewer.tmpl"))
	if err := t.Execute(&b, nil); err != nil {
		panic(err) // an embedded file without actions; the tests render it
	}
	return strings.TrimSpace(b.String())
})

// window returns the newest messages that fit, oldest first.
func window(recent []interview.Message, budget int) []Message {
	var newestFirst []Message
	for i := len(recent) - 1; i >= 0; i-- {
		if strings.TrimSpace(recent[i].Content) == "" {
			continue
		}
		m := shown(recent[i])
		budget -= tokens(m.Content) + perMessage
		if budget < 0 && len(newestFirst) >= windowAlways {
			break
		}
		newestFirst = append(newestFirst, m)
	}
	slices.Reverse(newestFirst)
	return newestFirst
}

// shown is a message as the model sees it.
func shown(m interview.Message) Message {
	content := m.Content
	if tokens(content) > messageTokens {
		runes := []rune(content)
		head := fitting(runes, headTokens, func(i int) rune { return runes[i] })
		tail := fitting(runes, tailTokens, func(i int) rune { return runes[len(runes)-1-i] })
		content = string(runes[:head]) + "\n[…]\n" + string(runes[len(runes)-tail:])
	}
	return Message{Role: string(m.Role), Content: content}
}

// A token is 18 parts, so that a character is a whole number of them: 5 (which is 1/3.6) or all 18.
const tokenParts = 18

// tokens estimates what a text costs.
func tokens(text string) int {
	sum := 0
	for _, r := range text {
		sum += parts(r)
	}
	return (sum + tokenParts - 1) / tokenParts
}

// fitting returns how many of the runes, in the order of at, cost no more than limit tokens.
func fitting(runes []rune, limit int, at func(int) rune) int {
	left := limit * tokenParts
	for i := range runes {
		if left -= parts(at(i)); left < 0 {
			return i
		}
	}
	return len(runes)
}

func parts(r rune) int {
	if r >= 0x1100 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) {
		return tokenParts
	}
	return 5
}
