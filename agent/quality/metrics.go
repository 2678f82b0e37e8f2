package quality

import (
	"slices"
	"strings"

	"github.com/betterprofile/betterprofile/agent/planner"
	"github.com/betterprofile/betterprofile/interview"
)

// Exchange is a message of the user and the reply to it. The opening of a conversation is an exchange with an empty User.
type Exchange struct {
	User, Reply string
	Meta        interview.ReplyMetadata
	Told        []string // the facets that User tells of, when somebody knows: they count as told whatever was asked
	Evasive     bool     // User answers nothing
	Foreign     bool     // Reply is not in English
}

// recap reports whether the reply shows what was noted.
func (e Exchange) recap() bool {
	return e.Meta.Slot == "recap" || e.Meta.Question == "recap" || e.Meta.Act == "summary" || e.Meta.Act == "summarise"
}

// Tally counts what was seen in conversations; tallies add up. Rates are made from it by [Gauges].
type Tally struct {
	Replies, Asks                                 int // recaps included
	Repeated, Double, Leading, Closed, Suggesting int
	AskWords, LongAsks                            int // over 28 words
	Plain, ReplyWords, LongReplies                int // without recaps; over 75 words
	Anchorable, Anchored                          int // replies to at least six words, and those that take up one of them
	Quotations, Ragged, FalseQuotations           int
	Figures, Sensitive                            int
	UserWords                                     int
	Openings, SameOpening                         int // replies, and those that begin with the most frequent three words of their conversation
	Turns, Jumps                                  int
	Conversations                                 int
	Covered8, Covered16                           float64 // sums over the conversations that are long enough
	Long8, Long16                                 int
}

// Add adds what was seen in other conversations.
func (t *Tally) Add(o Tally) {
	for _, p := range []struct {
		to   *int
		from int
	}{
		{&t.Replies, o.Replies},
		{&t.Asks, o.Asks},
		{&t.Repeated, o.Repeated},
		{&t.Double, o.Double},
		{&t.Leading, o.Leading},
		{&t.Closed, o.Closed},
		{&t.Suggesting, o.Suggesting},
		{&t.AskWords, o.AskWords},
		{&t.LongAsks, o.LongAsks},
		{&t.Plain, o.Plain},
		{&t.ReplyWords, o.ReplyWords},
		{&t.LongReplies, o.LongReplies},
		{&t.Anchorable, o.Anchorable},
		{&t.Anchored, o.Anchored},
		{&t.Quotations, o.Quotations},
		{&t.Ragged, o.Ragged},
		{&t.FalseQuotations, o.FalseQuotations},
		{&t.Figures, o.Figures},
		{&t.Sensitive, o.Sensitive},
		{&t.UserWords, o.UserWords},
		{&t.Openings, o.Openings},
		{&t.SameOpening, o.SameOpening},
		{&t.Turns, o.Turns},
		{&t.Jumps, o.Jumps},
		{&t.Conversations, o.Conversations},
		{&t.Long8, o.Long8},
		{&t.Long16, o.Long16},
	} {
		*p.to += p.from
	}
	t.Covered8 += o.Covered8
	t.Covered16 += o.Covered16
}

// Measure counts what is in a conversation, its opening included.
func Measure(talk []Exchange) Tally {
	t := Tally{Conversations: 1}
	var said []string
	var asked [][]string
	for _, e := range talk {
		said = append(said, e.User)
		t.reply(e, said)
		asked = t.asks(e, asked)
		if e.User != "" {
			t.Turns++
			t.UserWords += CountWords(e.User)
		}
	}
	t.openings(talk)
	t.jumps(talk)
	t.coverage(talk)
	return t
}

// asks counts the asks of a reply and returns the stems of all asks so far.
func (t *Tally) asks(e Exchange, asked [][]string) [][]string {
	list := Asks(e.Reply)
	t.Asks += len(list)
	double := len(list) > 1
	t.Leading += count(!e.Foreign && presumes(hideQuotations(e.Reply)) != "")
	for _, ask := range list {
		n := CountWords(ask.Text)
		t.AskWords += n
		t.LongAsks += count(n > 28)
		if !e.recap() {
			stems := planner.Stems(ask.Text)
			t.Repeated += count(slices.ContainsFunc(asked, func(s []string) bool { return SameAsk(stems, s) }))
			asked = append(asked, stems)
		}
		if e.Foreign {
			continue
		}
		q := newInquiry(ask.Text)
		double = double || q.doubled() != ""
		t.Leading += count(q.presses() != "")
		t.Closed += count(!e.recap() && q.closed())
		t.Suggesting += count(q.suggests())
		t.Sensitive += count(q.sensitive() != "")
	}
	t.Double += count(double)
	return asked
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// reply counts what a reply says of what the user said until then.
func (t *Tally) reply(e Exchange, said []string) {
	t.Replies++
	words := CountWords(e.Reply)
	if !e.recap() {
		t.Plain++
		t.ReplyWords += words
		t.LongReplies += count(words > 75 && e.Meta.Act != "crisis")
		if e.Anchorable() {
			t.Anchorable++
			t.Anchored += count(e.Anchored())
		}
	}
	if e.Meta.Act == "crisis" {
		return
	}
	t.Figures += len(invented(e.Reply, !e.Foreign, Asks(e.Reply), said))
	t.quotations(e.Reply, said)
}

func (t *Tally) quotations(reply string, said []string) {
	all, wrong, ragged := judgeQuotations(reply, said)
	t.Quotations += all
	t.FalseQuotations += wrong
	t.Ragged += len(ragged)
}

// Ragged returns the quotations of a reply that cut a phrase or lose a negation, wherever they stand in what the user said.
func Ragged(reply string, said []string) []string {
	_, _, list := judgeQuotations(reply, said)
	return list
}

// judgeQuotations counts the quotations of a reply, and those that were never said, and returns the ragged ones.
func judgeQuotations(reply string, said []string) (all, wrong int, ragged []string) {
	texts := library{sources: said}
	for _, q := range quotations(reply) {
		if allowedQuotation(q.text) {
			continue
		}
		all++
		var places []place
		parts := quoteParts(q.text)
		for i := range said {
			places = append(places, find(parts, texts.at(i))...)
		}
		whole := func(p place) bool { return !p.ragged() && !p.negated() }
		switch {
		case len(places) == 0:
			wrong++
		case !slices.ContainsFunc(places, whole):
			ragged = append(ragged, q.text)
		}
	}
	return all, wrong, ragged
}

// Anchorable reports whether the user said enough for the reply to take something up. What evades the question is better left alone.
func (e Exchange) Anchorable() bool { return !e.recap() && !e.Evasive && CountWords(e.User) >= 6 }

// Anchored reports whether the reply has a stem of the user's message that says something.
func (e Exchange) Anchored() bool {
	theirs := planner.Stems(e.User)
	for _, stem := range planner.Stems(e.Reply) {
		if _, found := slices.BinarySearch(theirs, stem); found && distinctive(stem) {
			return true
		}
	}
	return false
}

// distinctive reports whether a stem is neither of a word that holds sentences together nor of one that every interview has.
func distinctive(stem string) bool {
	const common = " about after again all also am any anyone anybody anyth back because before but can come each els even ever every everybody everyon everyth" +
		" first from get giv go good great had he her here him his how i if into just keep kind know last lik littl ma mak man many may me mean more most much my" +
		" never new next no not now off old onc only other our out over own part peopl person plac put quit rath real really said sam saw say see she should so" +
		" som someth sort still such tak tell than thank their them then they thing think thos through tim too took two under until up us use used very want way" +
		" we well went what when wher whil which who whol why will yes yet" +
		" work job rol team project compan result number question year month week day hour exampl profil interview detail experienc problem chang start help" +
		" look need right turn done made tri try lot bit sur som one i'm i'd i'v it's that's don't didn't "
	return len(stem) > 1 && !strings.Contains(common, " "+stem+" ")
}

// openings counts how often the replies begin with the same three words.
func (t *Tally) openings(talk []Exchange) {
	seen := map[string]int{}
	for _, e := range talk {
		words := planner.Words(strings.ToLower(e.Reply))
		begin := strings.Join(words[:min(3, len(words))], " ")
		seen[begin]++
		t.Openings++
	}
	most := 0
	for _, n := range seen {
		most = max(most, n)
	}
	if most > 1 {
		t.SameOpening += most
	}
}

// topic is what a reply is about: an experience, or a facet of the person. Empty when nothing of the two is asked.
func (e Exchange) topic() string {
	switch e.Meta.Facet {
	case "":
		return ""
	case "education", "skills", "goals", "values", "extras":
		return e.Meta.Facet
	}
	return "experience " + e.Meta.Subject
}

// jumps counts the changes of topic beyond those that the number of topics needs.
func (t *Tally) jumps(talk []Exchange) {
	last, changes := "", 0
	topics := map[string]bool{}
	for _, e := range talk {
		topic := e.topic()
		if topic == "" || topic == last {
			continue
		}
		changes++
		topics[topic] = true
		last = topic
	}
	t.Jumps += max(0, changes-len(topics))
}

// Facets are those that the coverage of a conversation is counted over.
func Facets() []string {
	return []string{
		"context", "responsibility", "action", "result", "metric", "challenge", "learning", "education", "skills", "goals", "values",
	}
}

// coverage counts the facets that were told after 8 and after 16 messages of the user: asked and answered with at least four words, or told
// unasked.
func (t *Tally) coverage(talk []Exchange) {
	told := map[string]bool{}
	turns, open := 0, ""
	for _, e := range talk {
		if e.User != "" {
			turns++
			for _, facet := range e.Told {
				told[facet] = true
			}
			if open != "" && !e.Evasive && CountWords(e.User) >= 4 {
				told[open] = true
			}
		}
		open = FacetOf(e.Meta)
		switch {
		case e.User == "":
		case turns == 8:
			t.Long8, t.Covered8 = t.Long8+1, t.Covered8+covered(told)
		case turns == 16:
			t.Long16, t.Covered16 = t.Long16+1, t.Covered16+covered(told)
		}
	}
}

func covered(told map[string]bool) float64 {
	n := 0
	for _, facet := range Facets() {
		n += count(told[facet])
	}
	return float64(n) / float64(len(Facets()))
}

// FacetOf is the facet that a reply asks about: one of [Facets], or the question's own.
func FacetOf(meta interview.ReplyMetadata) string {
	switch meta.Slot {
	case "metric", "time", "volume", "scale", "quality", "money":
		return "metric"
	}
	return meta.Facet
}
