package agent

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/betterprofile/betterprofile/agent/builtin"
	"github.com/betterprofile/betterprofile/agent/planner"
	"github.com/betterprofile/betterprofile/agent/quality"
	"github.com/betterprofile/betterprofile/interview"
)

// A model that does not come to an end is not listened to for longer than this, in bytes: after its question, and altogether in a second attempt,
// which nobody sees before it is complete. What is shown may be as long as emit takes.
const (
	longestRest   = 400
	longestHidden = 64 << 10
)

var errEnough = errors.New("enough of this reply")

// fallbackLint is the Metadata.Fallback of a turn whose replies broke the rules.
const fallbackLint = "lint"

// turn is one reply in the making.
type turn struct {
	i       *Interviewer
	in      interview.ReplyRequest
	plan    planner.Plan
	emit    func(interview.Delta) error
	emitErr error
	shown   string // what the user has seen of the reply when the model has ended
	usage   interview.Usage
	faults  []string // the kinds of fault of the model's replies, kept or not
	failure error    // the model's, when its caller is to have it
	rules   quality.Context
	prompt  Prompt
	reply   interview.Reply // the result
}

// newTurn plans a reply, and makes the prompt when a model is to word it.
func (i *Interviewer) newTurn(in interview.ReplyRequest) *turn {
	t := &turn{i: i, in: in, plan: planner.Resume(in, i.states.take(in.ConversationID, in.State))}
	if !t.worded() && !in.Offline {
		t.prepare()
	}
	return t
}

// worded reports whether no model is asked, even if there is one.
func (t *turn) worded() bool { return t.i.model == nil || t.plan.ByCode || t.exact() }

// conclude adds to the reply what follows from it: the state, what was learned, a title. The plan is used up then.
func (t *turn) conclude(ctx context.Context) {
	reply := &t.reply
	reply.Learned = t.plan.Taught(reply.Metadata, t.in.Memory)
	if t.in.Title == "" && (t.i.model == nil || t.in.Offline) { // a model makes a better one, later
		reply.Title = titleByCode(t.in, t.plan)
	}
	state, stored := t.plan.FinishState(reply.Content, reply.Metadata)
	reply.State = stored
	t.i.log.DebugContext(ctx, "reply made", "turn", t.in.Message.ID, "engine", reply.Metadata.Engine, "act", reply.Metadata.Act,
		"inputTokens", reply.Usage.InputTokens, "outputTokens", reply.Usage.OutputTokens)
	t.i.states.put(t.in.ConversationID, stored, state)
}

// run makes the words and emits them. Errors: emit's and ctx's own, and the model's with Options.NoFallback.
func (t *turn) run(ctx context.Context) error {
	if t.worded() {
		return t.byCode("")
	}
	if t.in.Offline {
		t.i.stats.fallback(interview.FallbackBudget)
		return t.byCode(interview.FallbackBudget)
	}
	why := t.byModel(ctx)
	switch {
	case t.emitErr != nil:
		return t.emitErr
	case why == "":
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case t.failure != nil:
		return t.failure
	}
	return t.standIn(ctx, why)
}

// standIn lets the built-in interviewer answer for the model.
func (t *turn) standIn(ctx context.Context, why string) error {
	t.i.stats.fallback(why)
	t.i.log.WarnContext(ctx, "the built-in interviewer stands in for the model", "turn", t.in.Message.ID, "reason", why,
		"model", t.i.model.Info().Model, "faults", t.faults)
	return t.byCode(why)
}

// exact reports whether the reply has to hold the very words of what is known: a recap, or two facts that contradict each other.
func (t *turn) exact() bool {
	return t.plan.Recap != nil || t.plan.Next.ID == planner.RecapID || t.plan.Next.ID == planner.ConflictID
}

// byCode lets the built-in interviewer answer.
func (t *turn) byCode(fallback string) error {
	reply := t.i.builtin.Phrase(t.plan, t.in)
	reply.Metadata.Engine, reply.Metadata.Model, reply.Metadata.Fallback = builtin.Name, "", fallback
	reply.Metadata.Lint, reply.Usage = t.faults, t.usage
	t.reply = reply
	return t.show(reply.Content)
}

// show makes text the whole reply: by a delta if it only goes on with what is shown, else in its place.
func (t *turn) show(text string) error {
	if rest, ok := strings.CutPrefix(text, t.shown); ok {
		return t.say(interview.Delta{Text: rest})
	}
	return t.say(interview.Delta{Text: text, Replace: true})
}

// say emits a delta, once it is something.
func (t *turn) say(d interview.Delta) error {
	if d.Text != "" || d.Replace {
		t.emitErr = t.emit(d)
	}
	return t.emitErr
}

// prepare makes the prompt and what the reply is checked against.
func (t *turn) prepare() {
	notes, hidden := t.i.newNotes(t.in, t.plan), withheld(t.in.Recent)
	t.prompt = Prompt{UserID: t.in.UserID, Messages: messages(t.in, hidden, notes.text(), t.i.window)}
	t.rules = quality.Context{
		User: t.in.Message.Content, Known: known(t.in, hidden, notes), WasAsked: t.plan.State.WasAsked, Instruction: recitable(),
		English: t.plan.Reading.Language == "", Act: string(t.plan.Act), Calm: t.plan.Hints.Distress,
	}
}

// known is all that a reply may quote or take figures from besides the message: what the user wrote and what is noted of it.
// Hidden are the messages that are withheld.
func known(in interview.ReplyRequest, hidden []bool, n notes) []string {
	texts := make([]string, 0, len(in.Recent)/2+1+2*len(n.facts)+len(n.episodes)+len(n.Profile)+len(n.Threads))
	for n, m := range in.Recent {
		if m.Role == interview.RoleUser && !hidden[n] {
			texts = append(texts, m.Content)
		}
	}
	for _, f := range n.facts {
		texts = append(texts, f.Text, f.Quote)
	}
	for _, e := range n.episodes {
		texts = append(texts, e.Text)
	}
	for _, line := range n.Profile {
		texts = append(texts, line.Text)
	}
	return append(texts, n.Threads...)
}

// byModel asks the model, at most twice. Why is empty when the reply holds.
func (t *turn) byModel(ctx context.Context) (why string) {
	text, err := t.ask(ctx, t.prompt, t.say)
	t.shown = text
	if why := t.failed(ctx, text, err); why != "" {
		if t.i.noFallback && why != endedTurn {
			t.failure = modelError(err)
		}
		return why
	}
	text, faults := t.judge(text)
	if len(faults) == 0 {
		return t.keep(text)
	}
	return t.again(ctx, faults)
}

// again asks for a reply without these faults.
func (t *turn) again(ctx context.Context, faults []quality.Fault) (why string) {
	prompt := t.prompt
	prompt.Messages = append(prompt.Messages[:len(prompt.Messages):len(prompt.Messages)], Message{Role: "system", Content: correction(faults)})
	text, err := t.ask(ctx, prompt, unseen())
	if why := t.failed(ctx, text, err); why != "" {
		return why // also without fallback: what is shown cannot stand
	}
	if text, faults = t.judge(text); len(faults) > 0 {
		return fallbackLint
	}
	return t.keep(text)
}

// unseen takes a reply that is not shown as it arrives.
func unseen() func(interview.Delta) error {
	heard := 0
	return func(d interview.Delta) error {
		if heard += len(d.Text); heard > longestHidden {
			return errEnough
		}
		return nil
	}
}

// modelError is the error of a model that failed; nil stands for an answer without a word.
func modelError(err error) error {
	if err != nil {
		return err
	}
	failure := interview.Errorf(interview.CodeModelUnavailable, "The model sent an empty reply.")
	failure.Details.Reason = interview.ReasonBadResponse
	return failure
}

// keep makes the model's text the reply.
func (t *turn) keep(text string) (why string) {
	if t.show(text) != nil {
		return "emit" // run returns the error
	}
	info := t.i.model.Info()
	meta := interview.ReplyMetadata{Engine: info.Name, Model: info.Model, Act: string(t.plan.Act), Lint: t.faults}
	t.reply = interview.Reply{Content: text, Usage: t.usage, Metadata: t.aimed(meta, text)}
	return ""
}

// ask lets the model answer a prompt and returns its text up to the end of the first question, emitted as it arrives.
func (t *turn) ask(ctx context.Context, p Prompt, emit func(interview.Delta) error) (string, error) {
	h := &hearing{emit: emit}
	usage, err := t.i.model.Stream(ctx, p, h.hear)
	t.usage.InputTokens += usage.InputTokens
	t.usage.OutputTokens += usage.OutputTokens
	if errors.Is(err, errEnough) {
		err = nil
	}
	if err == nil {
		err = h.pass(h.guard.Close())
		if errors.Is(err, errEnough) {
			err = nil
		}
	} else if h.done && ctx.Err() == nil && t.emitErr == nil {
		t.i.stats.modelError(err) // after the end of all that is shown: it changes nothing
		err = nil
	}
	return h.guard.Passed(), err
}

// hearing is one reply of a model as far as it has come.
type hearing struct {
	emit  func(interview.Delta) error
	guard quality.Guard
	done  bool // all that is shown has come
	after int  // how much has come since, in bytes
}

// hear takes a piece of it.
func (h *hearing) hear(d interview.Delta) error {
	if h.done {
		h.after += len(d.Text)
	}
	var piece string
	piece, h.done = h.guard.Write(d.Text)
	if err := h.pass(piece); err != nil {
		return err
	}
	if h.after > longestRest {
		return errEnough
	}
	return nil
}

// pass emits what is shown.
func (h *hearing) pass(piece string) error {
	if piece == "" {
		return nil
	}
	return h.emit(interview.Delta{Text: piece})
}

// endedTurn is what failed says of a turn that its caller ended.
const endedTurn = "ended"

// failed says why the model's answer cannot be used at all; empty when it can.
func (t *turn) failed(ctx context.Context, text string, err error) string {
	switch {
	case t.emitErr != nil || ctx.Err() != nil:
		return endedTurn // run returns the error
	case err != nil:
		t.i.stats.modelError(err)
		t.i.log.WarnContext(ctx, "the model failed", "turn", t.in.Message.ID, "error", err)
		return reason(err)
	case strings.TrimSpace(text) == "":
		return interview.ReasonBadResponse
	}
	return ""
}

// reason is the Metadata.Fallback for an error of the model.
func reason(err error) string {
	failure := interview.AsError(err)
	if failure.Code == interview.CodeModelTimeout || errors.Is(err, context.DeadlineExceeded) {
		return "timeout"
	}
	switch failure.Details.Reason {
	case interview.ReasonQuota:
		return "rate_limit"
	case interview.ReasonBadKey:
		return "auth"
	case interview.ReasonUnreachable, interview.ReasonServerError, "":
		return "unavailable"
	}
	return failure.Details.Reason
}

// judge cleans a text and checks it; what can be repaired is. It returns the faults for which the text cannot be shown. All that is wrong is
// counted, and noted unless it was repaired.
func (t *turn) judge(text string) (string, []quality.Fault) {
	text = quality.Clean(text)
	faults := quality.Check(text, t.rules)
	t.i.stats.faults(faults)
	if hard := quality.Hard(faults); len(hard) > 0 {
		repaired, left, ok := quality.Repair(text, t.rules, faults)
		if !ok {
			t.note(faults)
			return text, hard
		}
		text, faults = repaired, left
	}
	t.note(faults)
	return text, nil
}

// note adds the kinds of faults to those of the turn.
func (t *turn) note(faults []quality.Fault) {
	for _, f := range faults {
		if kind := string(f.Kind); !slices.Contains(t.faults, kind) {
			t.faults = append(t.faults, kind)
		}
	}
}

// correction is the last system message of the second attempt. It holds nothing of the user's.
func correction(faults []quality.Fault) string {
	var told []string
	for _, f := range faults {
		if line := fault(f.Kind); !strings.Contains(strings.Join(told, " "), line) {
			told = append(told, line)
		}
	}
	return "Your reply cannot be shown: it " + strings.Join(told, "; it ") + ". Write another one, with one short reflection and one new question."
}

// fault says what is wrong with a reply, to follow "it".
func fault(kind quality.Kind) string {
	switch kind {
	case quality.KindEmpty:
		return "was empty"
	case quality.KindAsks:
		return "did not ask exactly one thing"
	case quality.KindLong, quality.KindLongAsk:
		return "was too long"
	case quality.KindDouble:
		return "asked two things in one question"
	case quality.KindLeading, quality.KindSuggesting:
		return "suggested an answer"
	case quality.KindClosed:
		return "could be answered by yes or no"
	case quality.KindRepeated:
		return "asked what was asked before"
	case quality.KindFigure:
		return "had a figure that the person did not give"
	case quality.KindQuotation, quality.KindNegation:
		return "quoted words that the person did not write like that"
	case quality.KindSensitive:
		return "asked about something private"
	case quality.KindEcho:
		return "recited the instruction"
	case quality.KindCalm:
		return "asked about figures soon after distress"
	}
	return "was not plain text"
}
