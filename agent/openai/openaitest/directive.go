package openaitest

import (
	"net/http"
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
	}
}

// Named is the reply that a directive asks for by this name: an HTTP status such as "429", or "429-soon", "429-later" (Retry-After), "quota",
// "long-ask", "html", "html-502", "silent", "slow", "stall", "cut", "unfinished", "malformed", "shape", "error", "empty", "blank", "filter",
// "length", "line" and "long" (200,000 characters in one chunk and in many), "crlf", "nospace", "comments", "ascii", "thoughts", "whole",
// "escapes", "nul".
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

// Interviewer is the default reply: like an interviewer's, with exactly one question, the same for the same request.
func Interviewer(req Request) string {
	questions := []string{
		"What was yours to do in that?", "What did you do first?", "What changed because of it?", "Which figure shows that best?",
		"What was the hardest part?", "What would you do differently today?",
	}
	n := 0
	for _, m := range req.Messages {
		if m.Role == "user" {
			n++
		}
	}
	question := questions[max(n-1, 0)%len(questions)]
	words := strings.Fields(strings.Map(plain, req.LastUser()))
	if len(words) == 0 {
		return "I am listening. " + question
	}
	return "You mention “" + strings.Join(words[:min(len(words), 5)], " ") + "”. " + question
}

// plain keeps what may be quoted in one line: not quotation marks, question marks and control characters.
func plain(r rune) rune {
	switch {
	case r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0:
		return ' '
	case strings.ContainsRune("?\"“”[]", r):
		return -1
	}
	return r
}
