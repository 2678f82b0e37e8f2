package eval

import (
	"context"
	"strings"

	"github.com/betterprofile/betterprofile/interview"
)

// TenQuestions is an interviewer that goes through a list, whatever is said, and begins again at its end.
func TenQuestions() Interviewer { return naive{tenQuestions} }

// Echo is an interviewer that gives back what was said, in the manner of Weizenbaum's ELIZA (Communications of the ACM 9(1), 1966).
func Echo() Interviewer { return naive{echo} }

// naive is an interviewer that goes by the number of the turn and the user's message alone.
type naive struct {
	reply func(n int, message string) string
}

// Open begins like any of the two would.
func (naive) Open(context.Context, interview.OpeningRequest) (interview.Reply, error) {
	return interview.Reply{Content: "Hello. Please tell me about yourself."}, nil
}

// Reply makes no use of a state: the number of the turn is that of the messages before it, as long as they all come along.
func (b naive) Reply(_ context.Context, in interview.ReplyRequest, emit func(interview.Delta) error) (interview.Reply, error) {
	reply := interview.Reply{Content: b.reply(len(in.Recent)/2, in.Message.Content)}
	return reply, emit(interview.Delta{Text: reply.Content})
}

// NeedsHistory asks for all messages, for their number.
func (naive) NeedsHistory(interview.ReplyRequest) bool { return true }

func tenQuestions(n int, _ string) string {
	list := []string{
		"What is your current role?", "What are you responsible for?", "What was your greatest achievement last year?", "How did you measure it?",
		"What was your biggest challenge, and how did you overcome it?", "What did you learn from it?", "What is your education?",
		"What are your strengths and weaknesses?", "Where do you see yourself in five years?", "Is there anything else you would like to add?",
	}
	return "Great, thank you for sharing! " + list[n%len(list)]
}

func echo(n int, message string) string {
	first := strings.FieldsFunc(message, func(r rune) bool { return strings.ContainsRune(".!?,;\n", r) })
	if len(first) == 0 {
		return "Please go on."
	}
	said := turned(first[0])
	list := []string{"You say " + said + ". Can you tell me more about that?", "Why do you say " + said + "?", "How do you feel about it when " + said + "?"}
	return list[n%len(list)]
}

// turned changes who speaks.
func turned(text string) string {
	words := strings.Fields(text)
	for i, w := range words {
		switch strings.ToLower(w) {
		case "i":
			words[i] = "you"
		case "my":
			words[i] = "your"
		case "me":
			words[i] = "you"
		case "i'm", "i’m":
			words[i] = "you are"
		case "we":
			words[i] = "you"
		case "our":
			words[i] = "your"
		case "am":
			words[i] = "are"
		}
	}
	return strings.Join(words, " ")
}
