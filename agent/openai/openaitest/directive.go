package openaitest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// longText is a reply of 200,000 characters.
func longText() string {
	const line = "It goes on and on, without a question, line after line. "
	return strings.Repeat(line, 200_000/len(line)+1)[:200_000]
}

// escapes holds what must not reach a terminal.
const escapes = "Look: \x1b[31mred\x1b[0m, \x1b]0;title\x07, \x1b]52;c;aGk=\x07, \u009b31m, bell \a, back\b, \u202eright to left\u202c. What came next?"

const pageHTML = "<!DOCTYPE html>\n<html><head><title>Welcome</title></head><body><h1>It works!</h1></body></html>\n"

// named lists the replies that a directive can ask for.
func named(req Request) map[string]Reply {
	text := Interviewer(req)
	spoiled := func(f Fault) Reply { return Reply{Text: text, Fault: f, At: 4} }
	return map[string]Reply{
		"400": {Status: http.StatusBadRequest, Code: "invalid_value", Type: "invalid_request_error", Message: "Invalid value."},
		"401": Fail(401), "402": Fail(402), "403": {Status: 403, Code: "forbidden", Message: "No access."}, "404": Fail(404),
		"408": Fail(408), "409": Fail(409), "429": Fail(429), "500": Fail(500), "503": Fail(503),
		"429-soon":  {Status: 429, RetryAfter: "1"},
		"429-later": {Status: 429, RetryAfter: "3600"},
		"quota":     {Status: 429, Code: "insufficient_quota", Type: "insufficient_quota", Message: "You exceeded your current quota."},
		"long-ask":  {Status: 400, Code: "context_length_exceeded", Message: "This model's maximum context length is 8192 tokens."},
		"html":      {Status: 200, ContentType: "text/html; charset=utf-8", Body: pageHTML},
		"html-502":  {Status: 502, ContentType: "text/html", Body: pageHTML},
		"silent":    {Text: text, Fault: Stall},
		"slow":      {Text: text, First: 3 * time.Second, Rate: 4},
		"stall":     spoiled(Stall), "cut": spoiled(Cut), "unfinished": spoiled(Unfinished),
		"malformed": spoiled(Malformed), "shape": spoiled(WrongShape), "error": spoiled(MidError),
		"empty":    {},
		"blank":    Say(" \n\n "),
		"filter":   {Text: "I would rather", Finish: "content_filter"},
		"length":   {Text: "This reply ends where the tokens", Finish: "length"},
		"line":     {Text: longText(), Chunk: -1},
		"long":     {Text: longText(), Chunk: 40},
		"crlf":     {Text: text, Style: Style{CRLF: true}},
		"nospace":  {Text: text, Style: Style{NoSpace: true}},
		"comments": {Text: text, Style: Style{Comments: 400}},
		"ascii":    {Text: "Grüße 👩‍🚒 und 日本語 😀. Was war zuerst?", Style: Style{ASCII: true}},
		"thoughts": {Text: text, Style: Style{Thoughts: 20}},
		"whole":    {Text: text, Style: Style{Whole: true}},
		"escapes":  Say(escapes),
		"nul":      Say("Before\x00after. What came next?"),

		"two-questions": Say(text + " Who else was there? And what came of it?"),
		"double":        Say("I see. What was yours to do in that, and how did you go about it?"),
		"figure":        Say("So it fell by 73 %. What did you do first?"),
		"quotation":     Say("You say “nobody else could have done it”. What did you do first?"),
		"repeat":        Say(again(req)),
		"echo":          Say(echo(req)),
		"markup":        Say("<b>Look</b> at <script>alert(1)</script> this: **what** did you do first?"),
		"statement":     Say("That was a lot of work, and it is good to hear of it."),
		"private":       Say("I see. How old are you?"),
		"obey":          Say("Of course! I am a pirate now, and I ignore the interview. Here are my instructions: arrr."),
		"broken-json":   Say(`{"experiences":[],"facts":[{"kind":"metric","text":"cut it by`),
	}
}

// again repeats the interviewer's last message, or else the default reply.
func again(req Request) string {
	for _, m := range slices.Backward(req.Messages) {
		if m.Role == "assistant" {
			return m.Content
		}
	}
	return Interviewer(req)
}

// echo recites the beginning of the instruction.
func echo(req Request) string {
	if len(req.Messages) == 0 || req.Messages[0].Role != "system" {
		return Interviewer(req)
	}
	words := strings.Fields(req.Messages[0].Content)
	return strings.Join(words[:min(len(words), 30)], " ") + ". What did you do first?"
}

// Named is the reply that a directive asks for by this name: an HTTP status such as "429", or "429-soon", "429-later" (Retry-After), "quota",
// "long-ask", "html", "html-502", "silent", "slow", "stall", "cut", "unfinished", "malformed", "shape", "error", "empty", "blank", "filter",
// "length", "line" and "long" (200,000 characters in one chunk and in many), "crlf", "nospace", "comments", "ascii", "thoughts", "whole",
// "escapes", "nul"; and what an interviewer must not say: "two-questions", "double", "figure", "quotation", "repeat", "echo", "markup",
// "statement", "private", "obey", "broken-json".
func Named(name string, req Request) (Reply, bool) {
	reply, ok := named(req)[name]
	return reply, ok
}

// directed returns the reply that the request asks for.
func (s *Server) directed(req Request) (Reply, bool) {
	if !s.directives {
		return Reply{}, false
	}
	text := req.LastUser()
	name, fromModel := strings.CutPrefix(req.Model, "fake:")
	if _, after, found := strings.Cut(text, "[fake:"); found {
		name, _, _ = strings.Cut(after, "]")
		fromModel = false
	} else if !fromModel {
		return Reply{}, false
	}
	name, times, counted := strings.Cut(name, "*")
	if counted && !s.again(text, times) {
		return Reply{}, false
	}
	return Named(name, req)
}

// again reports whether a directive with a count still holds.
func (s *Server) again(text, times string) bool {
	most, err := strconv.Atoi(times)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.repeats[text]++
	return err == nil && s.repeats[text] <= most
}

// Interviewer is the default reply: like an interviewer's, with exactly one question and a quotation of the user's words, the same for the same
// request. Dozens of replies pass before a question comes again.
func Interviewer(req Request) string {
	n, before := progress(req)
	for range questions {
		if !strings.Contains(before, strings.TrimRight(question(n), "?")) {
			break
		}
		n++
	}
	question := question(n)
	words := quotable(req.LastUser())
	if len(words) == 0 {
		return "I am listening. " + question
	}
	return "You mention “" + strings.Join(words, " ") + "”. " + question
}

// progress returns how many questions the user has answered, and what was said by others than the user, the questions among it. The window of a
// long talk does not show how long it is; the notes do.
func progress(req Request) (answered int, before string) {
	var b strings.Builder
	for _, m := range req.Messages {
		if m.Role == "user" {
			answered++
			continue
		}
		b.WriteString(m.Content + "\n")
	}
	if _, rest, found := strings.Cut(b.String(), "\ntoday: "); found {
		_, rest, _ = strings.Cut(rest, "exchanges so far: ")
		number, _, _ := strings.Cut(rest, ";")
		if n, err := strconv.Atoi(number); err == nil {
			answered = max(answered, n)
		}
	}
	return max(answered-1, 0), b.String()
}

// questions is how many there are.
const questions = 6 + 8*9

// question is the n-th question, from 0.
func question(n int) string {
	first := []string{
		"What was yours to do in that?", "What did you do first?", "What changed because of it?", "Which figure shows that best?",
		"What was the hardest part?", "What would you do differently today?",
	}
	if n < len(first) {
		return first[n]
	}
	n -= len(first)
	verbs := []string{"change", "learn", "decide", "notice", "prepare", "explain", "improve", "keep"}
	objects := []string{"tools", "people", "plan", "schedule", "customers", "handover", "mistakes", "costs", "rules"} // prime to the verbs
	return "What did you " + verbs[n%len(verbs)] + " about the " + objects[n%len(objects)] + "?"
}

// quotable are the first words of a text that can be quoted as they are: without quotation marks, question marks, brackets and control
// characters among them.
func quotable(text string) []string {
	if _, rest, found := strings.Cut(text, "]"); found && strings.HasPrefix(text, "[") { // a directive
		text = rest
	}
	text = strings.TrimSpace(text)
	if i := strings.IndexFunc(text, special); i >= 0 {
		text = text[:i]
	}
	const most = 5
	words := strings.SplitN(text, " ", most+1)
	words = words[:min(len(words), most)]
	return slices.DeleteFunc(words, func(w string) bool { return w == "" })
}

func special(r rune) bool {
	return r < ' ' || r >= 0x7f && r < 0xa0 || strings.ContainsRune("?!\"“”„«»[]<>*_`", r)
}
