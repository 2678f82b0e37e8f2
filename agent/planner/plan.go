package planner

import "github.com/betterprofile/betterprofile/interview"

// Plan is what the interview has come to with a user's message, and what to do next. It is made by [Take], phrased by an engine, and brought to
// its end by [Plan.Finish].
type Plan struct {
	Act     Act
	Reading Reading
	State   *State            // with the message taken in; not to be changed
	Learned interview.Learned // what the message taught, ids and all
	Next    Choice            // the most valuable next question; its Text is empty when nothing is to be asked (stop, crisis)
	Recap   []string          // the lines of a recap that is due or asked for, in the order told, in the user's words
	ByCode  bool              // the act must not depend on a model: crisis, stop, summary, help, privacy, identity, empty, injection, forget
	Offer   bool              // to be told once that a pause is possible
	Hints   Hints

	Fixed     string   // the value that a correction put in the place of another, or that was chosen of two
	Forgotten int      // how many facts the user took back
	Keep      []Piece  // at a stop: the best that was told, at most two sentences
	Moved     bool     // Next leaves the facet of the question that was open
	Opened    Question // the question that was open; its ID is empty for none of the bank

	conversation string
}

// Choice is a question, chosen.
type Choice struct {
	ID       string // in the bank, or of a made one: RecapID, ConflictID, "language", "cl-7"
	Facet    string
	Slot     string
	Wording  string // "", "a" or "easier"
	Text     string // ready to be asked
	Subject  string // id of the experience that it is about
	Anchor   *interview.Source
	Facts    []string // ids of the facts that it is about
	Thread   string
	NewTopic bool   // it turns to another subject
	Reason   string // why it is worth asking, to follow "because a reader of your profile will want to know"
}

// Hints is the planner's view for the notes that a model gets.
type Hints struct {
	Subject  string   // label of the experience in focus
	Coverage string   // one line: "context told, result vague, …"
	Asked    []string // the last 25 questions asked, at most 10 words each, oldest first
	Distress bool
	Terse    bool
	Refused  []string
	Language string // English name of the user's language
}

// Take reads in.Message in the light of the conversation and decides what to do. It is a pure function of in; in.Now only dates what is
// learned. What the plan holds is not to be changed.
func Take(in interview.ReplyRequest) Plan { return Resume(in, nil) }

// Resume is [Take] with the state of in.State at hand, as [Plan.FinishState] made it; it is taken over, and must not be used any more. Nil stands for
// none.
func Resume(in interview.ReplyRequest, known *State) Plan {
	st := restore(in, known)
	open, before := st.Open, st.Last
	if open != nil {
		copied := *open
		open = &copied
	}
	r := st.foldUser(in.Message, in.ConversationID)
	if st.Open != nil && open != nil {
		open.Exp = st.Open.Exp // an opening is about what its answer began
	}
	l := learn(st, in, r, open, before)
	p := Plan{Act: r.Act, Reading: r, State: st, Learned: l.out, ByCode: byCode(r.Act), conversation: conversationOf(in.Message, in.ConversationID)}
	ch := newChooser(l.view, l.gone, &l.in, &l.r, open)
	ch.answered = answers(st, r)
	d := decision{chooser: ch, l: l, p: &p}
	d.decide()
	p.Hints = ch.hints(r)
	p.Offer = st.Since >= offerAfter && !st.Offered && p.Next.Text != "" && p.Recap == nil
	return p
}

// PauseOffer is how the built-in interviewer says that a pause is possible.
const PauseOffer = "We can stop whenever you like."

// offerAfter is after how many exchanges without a pause one is offered.
const offerAfter = 12

// byCode reports whether an act must not depend on a model.
func byCode(a Act) bool {
	switch a {
	case ActCrisis, ActInjection, ActStop, ActSkip, ActSummary, ActHelp, ActIdentity, ActPrivacy, ActEmpty, ActForget, ActPrivate, ActUnknown:
		return true
	}
	return false
}

// answers reports whether a message answered what was open.
func answers(st *State, r Reading) bool {
	t := intake{State: st, r: r}
	return t.answered()
}

// Finish returns the state with the reply taken in. The reply is stored with the same content and metadata.
func (p Plan) Finish(content string, meta interview.ReplyMetadata) []byte {
	p.State = p.State.clone()
	_, data := p.FinishState(content, meta)
	return data
}

// FinishState is [Plan.Finish] with the state itself, for [Resume]. It is the plan's own, so that the plan is used up.
func (p Plan) FinishState(content string, meta interview.ReplyMetadata) (*State, []byte) {
	p.State.foldReply(content, meta, p.conversation)
	return p.State, p.State.JSON()
}

// Taught is what the turn taught, with the reply to it: a thread that it asks about is asked.
func (p Plan) Taught(meta interview.ReplyMetadata, m *interview.Memory) interview.Learned {
	learned := p.Learned
	if meta.Thread == "" || m == nil {
		return learned
	}
	for _, t := range m.Threads {
		if t.ID == meta.Thread && t.Status == interview.ThreadOpen {
			asked := *t
			asked.Status = interview.ThreadAsked
			learned.Threads = append(learned.Threads[:len(learned.Threads):len(learned.Threads)], asked)
		}
	}
	return learned
}
