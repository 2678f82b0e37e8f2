package quality_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/agent/quality"
)

const user = "I moved the ledger with 1,400 accounts in three weeks, and they did not trust a cook with a laptop. We saved 31k euros."

func context() quality.Context {
	return quality.Context{User: user, English: true}
}

// words makes a text of n words that ends in a question.
func words(n int) string { return "What " + strings.Repeat("sort ", n-2) + "then?" }

func TestCheck(t *testing.T) {
	t.Parallel()
	good := []string{
		"What was different afterwards?",
		"“moved the ledger” is a concrete detail, thank you. Walk me through how you went about it.",
		"What got in the way?",
		"I have noted “1,400 accounts”. What came of it in the end?",
		"How long did it take before the change compared with after it? Even roughly?",
		"When it all came at once, what did you do first?",
		"Once “the ledger” was in place, what did you do to keep it going?",
		"Knowing what you know now, what would you do differently?",
		"After it was in place, what did you do to keep it going?",
		"Who or what got you into it?",
		"Over what period did that run, from when to when?",
		"Who walks in the door, or rings up, on a typical day?",
		"How did you build the checker, which compared both sides?",
		"What did you write, build or set up for it that still exists?",
		"A smaller one, then: what was the very first thing you did?",
		"Name one customer, then what you did for them.",
		"Could you tell me how it began?",
		"Would you walk me through the first day?",
		"People often say “we” here. Which bit of it was you personally?",
		"You saved 31,000 euros. What did that make possible?",
		"Three weeks is short. What did you leave out?",
		"Your first step counted. What was it?",
		"One thing stands out. What was the second week like?",
		"On day one of it, what did you do?",
		"Which skill do you want to have in two years that you lack today?",
		"What did you do in the last two years that you would repeat?",
		"Which of the two was harder to move?",
		"Thanks. What did the cook say about the laptop, once it worked?",
		"What did you use S3 for?",
		"What part of the payroll was in your hands?",
		"How did you look after pregnant patients?",
		"Your age need not be in a profile. What did you do next?",
		"What would you do differently, and when needed, elsewhere?",
		"What did they say: “they did not trust a cook”?",
		"You put it as “moved the ledger?” then. How did they answer?",
		"How large is the floor there?",
		"Where did you keep it while the roof was open?",
		"What was left to do, e.g. in the U.S. office?",
		"I'd like to hear how you moved it.",
		"Which version, e.g. of the plan, did you keep?",
	}
	for _, reply := range good {
		if found := quality.Check(reply, context()); len(found) > 0 {
			t.Errorf("%q: %v", reply, found)
		}
	}
}

func TestCheck_EveryFault(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		reply string
		want  quality.Kind
	}{
		{"", quality.KindEmpty},
		{"…?", quality.KindEmpty},
		{"What\x1b[31m next?", quality.KindControl},
		{"What\u202e next?", quality.KindControl},
		{"What\xff next?", quality.KindControl},
		{"What **exactly** did you do?", quality.KindMarkup},
		{"What `exactly` did you do?", quality.KindMarkup},
		{"# Next\nWhat did you do?", quality.KindMarkup},
		{"- moved it\nWhat did you do?", quality.KindMarkup},
		{"1. moved it\nWhat did you do?", quality.KindMarkup},
		{"What did you <b>do</b>?", quality.KindMarkup},
		{"</notes> What did you do?", quality.KindMarkup},
		{"See [this](http://x). What did you do?", quality.KindMarkup},
		{"What came of {anchor}?", quality.KindMarkup},
		{"Well done 🎉 What came next?", quality.KindMarkup},
		{"I have noted that.", quality.KindAsks},
		{"What was it? How did it go?", quality.KindAsks},
		{"Walk me through it. What was hard?", quality.KindAsks},
		{"What was hard? Tell me about the first day.", quality.KindAsks},
		{"Really? What did you do then?", quality.KindAsks},
		{"What was it?How did it go?", quality.KindAsks},
		{words(27), quality.KindLongAsk},
		{strings.Repeat("It is so. ", 20) + "What then?", quality.KindLong},
		{"What did you do, and how did it go?", quality.KindDouble},
		{"What did you do and why?", quality.KindDouble},
		{"How and why did you do it?", quality.KindDouble},
		{"What did you do, how did it go?", quality.KindDouble},
		{"Walk me through what you did and how it went.", quality.KindDouble},
		{"Tell me what you did, and describe the result.", quality.KindDouble},
		{"What did you do or who helped you?", quality.KindDouble},
		{"When it was over, what did you do and who noticed?", quality.KindDouble},
		{"What was the plan, and did it work?", quality.KindDouble},
		{"Which tools did you use, and if so, since when?", quality.KindDouble},
		{"What came of it, don't you think?", quality.KindLeading},
		{"That went well, didn't it?", quality.KindLeading},
		{"It was the plan, right?", quality.KindLeading},
		{"What was surely the best part?", quality.KindLeading},
		{"What did you feel, as you must have been glad?", quality.KindLeading},
		{"Would you agree that it worked?", quality.KindLeading},
		{"How proud were you of that?", quality.KindLeading},
		{"How hard was it to move?", quality.KindLeading},
		{"Wasn't that the hardest part of it?", quality.KindLeading},
		{"Was it done in time?", quality.KindClosed},
		{"So did they like it?", quality.KindClosed},
		{"After the move, did they like it?", quality.KindClosed},
		{"Could you have done it sooner?", quality.KindClosed},
		{"Is there anything you would add?", quality.KindClosed},
		{"What helped, such as a plan or a list?", quality.KindSuggesting},
		{"What helped, for example a plan or a list?", quality.KindSuggesting},
		{"What mattered most: time, money or people?", quality.KindSuggesting},
		{"What was different after that?", quality.KindRepeated},
		{"You moved 1,500 accounts. What came next?", quality.KindFigure},
		{"That took four weeks. What came next?", quality.KindFigure},
		{"Half of them stayed. What came next?", quality.KindFigure},
		{"You saved 31 million euros. What came next?", quality.KindFigure},
		{"The cost doubled. What came next?", quality.KindFigure},
		{"“moved the house” is a lot. What came next?", quality.KindQuotation},
		{"\"a trusted cook\" is a lot. What came next?", quality.KindQuotation},
		{"“led” is a lot. What came next?", quality.KindQuotation},
		{"“trust a cook with a laptop” is a lot. What came next?", quality.KindNegation},
		{"How old are you?", quality.KindSensitive},
		{"What is your salary there?", quality.KindSensitive},
		{"What does your husband do?", quality.KindSensitive},
		{"Where are you from originally?", quality.KindSensitive},
		{"What is your religion?", quality.KindSensitive},
		{"Which health problems do you have?", quality.KindSensitive},
		{"How much do you earn there?", quality.KindSensitive},
	} {
		ctx := context()
		ctx.Asked = []string{"What was different after all that?", "What was different after that?"}
		if found := quality.Check(c.reply, ctx); !has(found, c.want) {
			t.Errorf("%q: %v, want %s", c.reply, found, c.want)
		}
	}
}

func has(found []quality.Fault, kind quality.Kind) bool {
	return slices.ContainsFunc(found, func(f quality.Fault) bool { return f.Kind == kind })
}

func TestCheck_FormAloneIsSoft(t *testing.T) {
	t.Parallel()
	for reply, soft := range map[string]bool{
		"I have noted that.":                                    true,
		strings.Repeat("It is so. ", 20) + "What then?":         true,
		"# Next\nWhat did you do?":                              true,
		"- moved it\nWhat did you do?":                          true,
		"1. moved it\nWhat did you do?":                         true,
		"What did `make` do?":                                   true,
		"Well done 🎉 What came next?":                           true,
		"What did you <b>do</b>?":                               false,
		"What came of {anchor}?":                                false,
		"</notes> What did you do?":                             false,
		"What was it? How did it go?":                           false,
		words(27):                                               false,
		"What\u202e next?":                                      false,
		"…?":                                                    false,
		"Was it done in time?":                                  false,
		"You moved 1,500 accounts. What came next?":             false,
		"- moved it\nYou moved 1,500 accounts. What came next?": false,
	} {
		found := quality.Check(reply, context())
		if len(found) == 0 || (len(quality.Hard(found)) == 0) != soft {
			t.Errorf("%q: %v", reply, found)
		}
	}
}

func TestCheck_LongTextsTakeNoTime(t *testing.T) {
	t.Parallel()
	for _, piece := range []string{"1 2 3 million ", "what - so: ", "a.b?c", "“", "hundred ", "a’", "must ", "1. x\n", "x, y; ", "'-", "&a;", "* a *"} {
		text := strings.Repeat(piece, 20_000/len(piece))
		c := quality.Context{User: text, Known: []string{text}, English: true, Instruction: quality.NewInstruction(text)}
		begin := time.Now()
		var g quality.Guard
		for piece := range slices.Chunk([]byte(text), 5) {
			g.Write(string(piece))
		}
		g.Close()
		quality.Repair(quality.Clean(text), c, quality.Check(text, c))
		if took := time.Since(begin); took > 2*time.Second {
			t.Errorf("%q: %v", piece, took)
		}
	}
}

func TestCheck_ActsThatEndWithoutAQuestion(t *testing.T) {
	t.Parallel()
	for _, act := range []string{"stop", "crisis"} {
		c := context()
		c.Act = act
		if found := quality.Check("Thank you, we stop here.", c); len(found) > 0 {
			t.Errorf("%s: %v", act, found)
		}
		if found := quality.Check("Thank you. What else?", c); !has(found, quality.KindAsks) {
			t.Errorf("%s: a question passes: %v", act, found)
		}
	}
	c := context()
	c.Act = "distress"
	if found := quality.Check("I am sorry, that is hard.", c); len(found) > 0 {
		t.Errorf("distress: %v", found)
	}
	c.Act, c.User = "crisis", "I want to die"
	if found := quality.Check("Please call 116 123 or someone you trust.", c); len(found) > 0 {
		t.Errorf("crisis: %v", found)
	}
}

func TestCheck_RecapMayBeLongAListAndClosed(t *testing.T) {
	t.Parallel()
	reply := "Here is what I have:\n- I moved the ledger with 1,400 accounts in three weeks\n- We saved 31k euros\nIs that right?"
	c := context()
	if found := quality.Check(reply, c); !has(found, quality.KindClosed) || !has(found, quality.KindMarkup) {
		t.Errorf("without Recap: %v", found)
	}
	c.Recap, c.Asked = true, []string{"Is that right?"}
	if found := quality.Check(reply, c); len(found) > 0 {
		t.Errorf("with Recap: %v", found)
	}
	if found := quality.Check(strings.Repeat("word ", 160)+"Is that right?", c); !has(found, quality.KindLong) {
		t.Errorf("160 words: %v", found)
	}
}

func TestCheck_FiguresAfterDistress(t *testing.T) {
	t.Parallel()
	c := context()
	for _, reply := range []string{"How many accounts was that?", "What number would you put on it?"} {
		c.Calm = true
		if found := quality.Check(reply, c); !has(found, quality.KindCalm) {
			t.Errorf("%q: %v", reply, found)
		}
		c.Calm = false
		if found := quality.Check(reply, c); len(found) > 0 {
			t.Errorf("%q, calm no more: %v", reply, found)
		}
	}
}

func TestCheck_Echo(t *testing.T) {
	t.Parallel()
	c := context()
	c.Instruction = quality.NewInstruction("You are the interviewer. Every reply has at most two parts: a reflection, then ONE question.")
	if found := quality.Check("Every reply has, at most, two parts: a reflection. What next?", c); !has(found, quality.KindEcho) {
		t.Errorf("recited: %v", found)
	}
	if found := quality.Check("Every reply has at most a reflection. What next?", c); len(found) > 0 {
		t.Errorf("not recited: %v", found)
	}
}

func TestCheck_OtherLanguagesKeepTheRulesThatNeedNoWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		user, reply string
		want        quality.Kind
	}{
		{"Trabajo en un hospital con 40 camas.", "Gracias. ¿Qué cambió gracias a ese trabajo?", ""},
		{"Trabajo en un hospital con 40 camas.", "«un hospital con 40 camas», entiendo. ¿Qué cambió?", ""},
		{"Trabajo en un hospital con 40 camas.", "Son 50 camas. ¿Qué cambió?", quality.KindFigure},
		{"Trabajo en un hospital con 40 camas.", "«una clínica», entiendo. ¿Qué cambió?", quality.KindQuotation},
		{"Trabajo en un hospital.", "¿Qué cambió? ¿Quién lo notó?", quality.KindAsks},
		{"Ich arbeite bei einer Bank.", "„bei einer Bank“, danke. Was haben Sie dort gemacht?", ""},
		{"أعمل في مستشفى", "شكرا. ماذا تغير بعد ذلك؟", ""},
		{"أعمل في مستشفى", "ماذا تغير؟ من لاحظ؟", quality.KindAsks},
		{"أعمل مع ٤٠ شخصا", "40 شخصا. ماذا تغير؟", ""},
		{"我在医院工作", "“在医院工作”，谢谢。后来有什么变化？", ""},
		{"我在医院工作", "后来有什么变化？谁先发现？", quality.KindAsks},
	} {
		found := quality.Check(c.reply, quality.Context{User: c.user})
		if c.want == "" && len(found) > 0 || c.want != "" && !has(found, c.want) {
			t.Errorf("%q: %v, want %q", c.reply, found, c.want)
		}
	}
}

func TestCheck_FiguresAreComparedByValue(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		user, reply string
		fine        bool
	}{
		{"We had twenty-four rooms.", "24 rooms. What next?", true},
		{"We had 24 rooms.", "Twenty four rooms. What next?", true},
		{"We had two hundred and fifty rooms.", "250 rooms. What next?", true},
		{"It was 1.400 euros.", "1,400 euros. What next?", true},
		{"It was 3.5 hours.", "3.5 hours. What next?", true},
		{"It was 3.5 hours.", "35 hours. What next?", false},
		{"It was 2 million.", "2m in all. What next?", true},
		{"It was 1,200,000 rows.", "1.2 million rows. What next?", true},
		{"It was 12%.", "12 percent. What next?", true},
		{"It was 12%.", "The 12th floor. What next?", true},
		{"a dozen boats", "12 boats. What next?", true},
		{"a dozen boats", "Twenty boats. What next?", false},
		{"In the 1960s.", "1960s, noted. What next?", true},
		{"We grew from 10 to 30.", "You grew by 20. What next?", false},
		{"From 8–12 weeks.", "8 weeks. What next?", true},
	} {
		found := quality.Check(c.reply, quality.Context{User: c.user, English: true})
		if (len(found) == 0) != c.fine {
			t.Errorf("%q after %q: %v", c.reply, c.user, found)
		}
	}
}

func TestCheck_QuotationsOfEarlierTextsAndOddMarks(t *testing.T) {
	t.Parallel()
	c := quality.Context{User: "ok then, go on please", Known: []string{"They don’t trust   me,\nand I said “wait”."}, English: true}
	for reply, fine := range map[string]bool{
		"“They don't trust me” is plain. What next?":     true,
		"“they don't … said” is plain. What next?":       true,
		"“trust me” is plain. What next?":                false,
		"“and I said " + "wait” is plain. What next?":    true,
		"Say “skip” or “stop” any time. What next?":      true,
		"It’s the users’ choice. What’s next?":           true,
		"“They trust me” is plain. What next?":           false,
		"An unclosed “they don't trust me. What's next?": true,
	} {
		if found := quality.Check(reply, c); (len(found) == 0) != fine {
			t.Errorf("%q: %v", reply, found)
		}
	}
}

func TestRepair(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		reply, want string
		ok          bool
	}{
		{"What was it? How did it go?", "What was it?", true},
		{"So. Walk me through it. Also, what was hard?", "So. Walk me through it.", true},
		{"“moving the ledger” was a lot. What came next?", "moving the ledger was a lot. What came next?", true},
		{"“moved 9 ledgers” was a lot. What came next?", "“moved 9 ledgers” was a lot. What came next?", false},
		{"“my deep passion” was a lot. What came next?", "“my deep passion” was a lot. What came next?", false},
		{strings.Repeat("It is so. ", 20) + "What then?", strings.Repeat("It is so. ", 20) + "What then?", true},
		{"I have noted that.", "I have noted that.", true},
		{"What did you do, and how did it go?", "What did you do, and how did it go?", false},
	} {
		if got, _, ok := quality.Repair(c.reply, context(), quality.Check(c.reply, context())); got != c.want || ok != c.ok {
			t.Errorf("Repair(%q) = %q, %v", c.reply, got, ok)
		}
	}
}

func TestClean(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"  What next?  ":                       "What next?",
		"Interviewer: What next?":              "What next?",
		"**Interviewer:** What next?":          "What next?",
		"\"What next?\"":                       "What next?",
		"“What next?”":                         "What next?",
		"“a” and “b”":                          "“a” and “b”",
		"What **exactly** was *yours*?":        "What exactly was yours?",
		"Use `ls`. What next?":                 "Use ls. What next?",
		"## Next\nWhat next?":                  "Next\nWhat next?",
		"What\x1b[31m next\x00?":               "What next?",
		"caf\u0065\u0301? What next?":          "café? What next?",
		"What is 2 * 3 * 4 for you?":           "What is 2 * 3 * 4 for you?",
		"What did snake_case_name do?":         "What did snake_case_name do?",
		"Interviewer: \"**What** came next?\"": "What came next?",
	} {
		if got := quality.Clean(in); got != want {
			t.Errorf("Clean(%q) = %q, want %q", in, got, want)
		}
	}
}
