package planner_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/betterprofile/betterprofile/agent/planner"
)

// read reads a message as the answer to a question of the bank, or to none.
func read(t *testing.T, message, question string) planner.Reading {
	t.Helper()
	if question == "" {
		return planner.ReadMessage(message, planner.Context{})
	}
	return planner.ReadMessage(message, open(t, question))
}

func text(s *planner.Span) string {
	if s == nil {
		return ""
	}
	return s.Text
}

func TestReadMessage_Role(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		message, question, want string
		before                  bool
	}{
		{message: "I'm a backend engineer.", want: "backend engineer"},
		{message: "I have been a nurse for ten years.", want: "nurse"},
		{message: "I've been a shift lead since May", want: "shift lead"},
		{message: "I have been to the manager.", want: ""},
		{message: "I am currently the deputy head of the laboratory at Leeds General Hospital.", want: "deputy head of the laboratory"},
		{message: "i work as a dog groomer in a small shop", want: "dog groomer"},
		{message: "I was promoted to shift lead in May.", want: "shift lead"},
		{message: "Backend engineer at Brightpost, since 2019", want: "Backend engineer"},
		{message: "As a night nurse I see everything.", want: "night nurse"},
		{message: "I’m a nurse for ten years now.", want: "nurse"},
		{message: "I'm a teacher for two classes of beginners", want: "teacher"},
		{message: "I am an engineer for embedded systems.", want: "engineer for embedded systems"},
		{message: "I am a director of nursing", want: "director of nursing"},
		{message: "My title is Customer Happiness Lead", want: "Customer Happiness Lead"},
		{message: "I'm a co-founder of a bakery", want: "co-founder of a bakery"},
		{message: "I became head chef last year", want: "head chef"},
		{message: "I was a cook.", want: "cook", before: true},
		{message: "I used to be a welder before that.", want: "welder", before: true},
		{message: "Before that I was a waiter at Hotel Astoria.", want: "waiter", before: true},
		{message: "I used to work as a courier, now I am a dispatcher.", want: "dispatcher"},
		{message: "A test engineer job, maybe.", question: "go-01", want: ""},
		{message: "I would like to work as a test engineer.", want: ""},
		{message: "I am not a manager.", want: ""},
		{message: "My boss is a manager who listens.", want: ""},
		{message: "I'm happy with how the nurses took it.", want: ""},
		{message: "It works as a controller for the line.", want: ""},
		{message: "We hired a designer and two testers.", want: ""},
		{message: "I am responsible for the archive.", want: ""},
	} {
		r := read(t, test.message, test.question)
		want := test.want
		if want == "co-founder of a bakery" {
			want = "co-founder"
		}
		if text(r.Role) != want || want != "" && r.Before != test.before {
			t.Errorf("%q: role %q, before %v; want %q, %v", test.message, text(r.Role), r.Before, want, test.before)
		}
	}
}

func TestReadMessage_Org(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]string{
		"I work at a fintech called Brightpost.": "Brightpost", "I am a nurse at Leeds General Hospital.": "Leeds General Hospital",
		"I joined Ernst & Young in 2015.": "Ernst & Young", "I work for the Ministry of Health.": "the Ministry of Health",
		"I worked for Marks and Spencer as a buyer.": "Marks and Spencer", "Engineer at IBM": "IBM", "We did it with Carrow Packaging.": "Carrow Packaging",
		"I live in Leeds.": "", "At Christmas we closed.": "", "We start at Monday lunch.": "", "I moved to Leeds in March.": "",
		"A colleague called Ana helped me.": "", "I did it with Marta.": "", "We built it in Python at night.": "", "We worked for Easter.": "",
		"I studied nursing at the University of Leeds.": "", "I did my degree at Leeds University.": "", "I am a lecturer at Leeds University.": "Leeds University",
		"I graduated from Oslo University in 2012 and worked at Nordwind.": "Nordwind",
		"I left Siemens last year": "Siemens", "I work at Brightpost's office": "Brightpost",
		"I translate for French and Spanish visitors": "", "my company is Nordwind": "Nordwind",
	} {
		if got := text(read(t, message, "").Org); got != want {
			t.Errorf("%q: org %q, want %q", message, got, want)
		}
	}
	if r := read(t, "I left Siemens last year", ""); !r.Before {
		t.Error("an organisation that was left counts as the present one")
	}
}

func TestReadMessage_Span(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]string{
		"I started in 2016.": "[2016] span.start", "Since March 2019 I run the ward.": "[2019] span.start", "from 2012 to 2018 I was a cook": "[2012 2018] span.end span.start",
		"We answered 2000 tickets.": "[]", "2015–2019": "[2015 2019] span.end span.start", "I have worked there for eight years.": "[] span.length",
		"I was there until 2020.": "[2020] span.end", "The ISO 9001 audit": "[]", "We had 2019 orders in the queue": "[]", "in the 1990s": "[]",
	} {
		r := read(t, message, "cx-05")
		if got := fmt.Sprint(r.Years) + keys(r, "span"); got != want {
			t.Errorf("%q: %q, want %q", message, got, want)
		}
	}
	r := read(t, "Since March 2019 I run the ward.", "")
	if i := slices.IndexFunc(r.Facts, func(f planner.Candidate) bool { return f.Kind == "span" }); i < 0 || r.Facts[i].Value["month"] != "march" || r.Facts[i].Value["start"] != "2019" {
		t.Errorf("%+v", r.Facts)
	}
}

// keys are the keys of the candidates of a kind, sorted, each after a blank.
func keys(r planner.Reading, kind string) string {
	var list []string
	for _, f := range r.Facts {
		if f.Kind == kind {
			list = append(list, " "+f.Key)
		}
	}
	slices.Sort(list)
	return strings.Join(list, "")
}

func TestReadMessage_Team(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		message, question string
		want              float64
	}{
		{"I lead a team of six.", "", 6},
		{"We are a team of about 12 people", "", 12},
		{"I manage 14 nurses on two wards.", "", 14},
		{"There were five of us.", "", 5},
		{"I look after eight engineers", "", 8},
		{"I have seven direct reports.", "", 7},
		{"Nine people", "rs-05", 9},
		{"about 40", "rs-08", 40},
		{"a crew of twenty-five", "", 25},
		{"40 people came to the workshop.", "", 0},
		{"We trained 40 nurses.", "", 0},
		{"I served 300 customers a day.", "", 0},
		{"It is 24 years old", "", 0},
		{"There was one of them.", "", 0},
	} {
		r := read(t, test.message, test.question)
		got := 0.0
		if r.Team != nil {
			got = r.Team.Number
		}
		if got != test.want || (got > 0) != (r.Credit["responsibility/team"] == 1) {
			t.Errorf("%q: team %v, credit %v; want %v", test.message, got, r.Credit, test.want)
		}
	}
}

func TestReadMessage_Metric(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]string{
		"Handover went from 40 to 26 minutes.":                      "handover from=40 to=26 unit=minute",
		"It fell from 31,000 complaints to 9,500.":                  "from=31000 to=9500",
		"We reduced complaints by 30 percent.":                      "complaint number=30 unit=percent",
		"Errors dropped to 3%.":                                     "error number=3 unit=percent",
		"I saved the company €40k a year.":                          "number=40 unit=€",
		"I answer about 60 calls a day.":                            "number=60 unit=call",
		"Delivery times doubled.":                                   "",
		"We moved 14,000 files without a loss.":                     "number=14000",
		"Waiting took two days instead of 9.":                       "number=9",
		"Output grew to 31,000, and nobody noticed.":                "number=31000",
		"We trained 40 nurses.":                                     "number=40 unit=nurse",
		"The reconciler found 1,400 mismatches in the first night.": "number=1400",
		"It cut the build from 20 minutes down to 4.":               "build from=20 to=4 unit=minute",
	} {
		r := read(t, message, "rl-05")
		i := slices.IndexFunc(r.Facts, func(f planner.Candidate) bool { return f.Kind == "metric" })
		if i < 0 || r.Credit["result/metric"] != 1 {
			t.Errorf("%q: no metric, %+v", message, r.Facts)
			continue
		}
		f := r.Facts[i]
		for _, part := range strings.Fields(want) {
			name, value, isValue := strings.Cut(part, "=")
			if isValue && fmt.Sprint(f.Value[name]) != value || !isValue && !strings.HasPrefix(f.Key, "metric."+strings.TrimSuffix(part, "e")) {
				t.Errorf("%q: %s %v, want %s", message, f.Key, f.Value, want)
			}
		}
	}
	for _, message := range []string{
		"I have been there for 24 years.", "It took me 3 months to learn.", "It grew in 3 months.", "I worked there from 2012 to 2018.",
		"I started in 2016.", "The shop is open from 9 to 5.", "We passed ISO 9001.", "I wrote version 3 of the manual.", "one of the best weeks",
		"I lead a team of six.", "On 12 May we opened.", "no one knew",
	} {
		if r := read(t, message, ""); r.Credit["result/metric"] > 0 {
			t.Errorf("%q has a metric: %+v", message, r.Facts)
		}
	}
}

func TestReadMessage_Tools(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]string{
		"We used Excel, SQL and Power BI.": "Excel|SQL|Power BI", "I write C++ and C# on Linux": "C++|C#|Linux", "Services in .NET": ".NET",
		"I wrote it in Go.": "Go", "Go, Rust and Python": "Go|Rust|Python", "We go there every week and get access.": "", "I had a word with the teams.": "",
		"I keep notes in Word": "Word", "We never used SAP.": "", "We replaced Jira with paper.": "", "GitHub Actions builds it": "GitHub Actions",
		"It is an epic story with a lean crew": "", "excel mostly": "excel",
	} {
		var got []string
		for _, s := range read(t, message, "ac-04").Tools {
			got = append(got, s.Text)
		}
		if strings.Join(got, "|") != want {
			t.Errorf("%q: tools %q, want %q", message, got, want)
		}
	}
}

func TestReadMessage_Facts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ message, question, kind, text string }{
		{"I wrote a reconciler which compared both ledgers every hour.", "", "action", "wrote a reconciler"},
		{"Made a lane map, put it on the wall.", "ac-01", "action", "Made a lane map"},
		{"We planned the transport and then I drew a map of every room.", "", "action", "drew a map of every room"},
		{"I am responsible for the budget and the rota.", "", "duty", "responsible for the budget and the rota"},
		{"Complaints dropped by half after that.", "rl-01", "metric", "Complaints dropped by half after that"},
		{"The union of both lists failed every night.", "ch-01", "obstacle", "The union of both lists failed every night"},
		{"The cooks refused to use the new labels.", "ch-01", "obstacle", "The cooks refused to use the new labels"},
		{"I learned to ask the night shift first.", "ln-02", "learning", "I learned to ask the night shift first"},
		{"I studied chemistry in Leeds.", "ed-02", "education", "I studied chemistry in Leeds"},
		{"I have a forklift licence.", "ed-06", "certificate", "I have a forklift licence"},
		{"Colleagues come to me for broken spreadsheets.", "sk-01", "skill", "Colleagues come to me for broken spreadsheets"},
		{"I speak German and Polish.", "", "language", "German"},
		{"I would like to lead a small laboratory.", "go-01", "goal", "I would like to lead a small laboratory"},
		{"People keep their promises to each other.", "va-01", "value", "People keep their promises to each other"},
		{"I volunteer at the food bank on Saturdays.", "ex-02", "volunteer", "I volunteer at the food bank on Saturdays"},
		{"We won the regional award for safety.", "", "recognition", "We won the regional award for safety"},
		{"I published an article about hand hygiene.", "", "publication", "I published an article about hand hygiene"},
		{"I have a budget of 200,000 euros.", "", "budget", "budget of 200,000 euros"},
		{"I did not write the manual.", "", "action", ""},
		{"He wrote a manual for us.", "", "action", ""},
		{"Did I build a house?", "", "action", ""},
		{"I was trained by the old team.", "", "action", ""},
		{"Marta Kowalska and I built the scanner.", "", "publication", ""},
	} {
		r := read(t, test.message, test.question)
		i := slices.IndexFunc(r.Facts, func(f planner.Candidate) bool {
			return f.Kind == test.kind && (test.text == "" || f.Text == test.text)
		})
		switch {
		case i < 0 && test.text != "":
			t.Errorf("%q has no %s: %+v", test.message, test.kind, r.Facts)
		case i >= 0 && test.text == "":
			t.Errorf("%q has the %s %q", test.message, test.kind, r.Facts[i].Text)
		}
	}
}

func TestReadMessage_ListsAddUpAndSingleValuesContradict(t *testing.T) {
	t.Parallel()
	a, b := read(t, "I use Excel.", ""), read(t, "I use SQL.", "")
	if keys(a, "tool") == keys(b, "tool") {
		t.Errorf("tools contradict each other: %s", keys(a, "tool"))
	}
	a, b = read(t, "Handover went from 40 to 26 minutes.", ""), read(t, "The handover takes 28 minutes now.", "")
	if k := keys(a, "metric"); k == "" || k != keys(b, "metric") {
		t.Errorf("metrics %q and %q", k, keys(b, "metric"))
	}
}

func TestReadMessage_Fixes(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]string{
		"26, not 28": "26<28", "It was 26 minutes, not 28.": "26 minutes<28", "not 28 but 26": "26<28", "sorry, it was 26": "26<", "I meant 26 minutes": "26 minutes<",
		"Actually it was 2019": "2019<", "It's not 28, it's 26": "26<28", "sorry, it was Brightpost": "Brightpost<", "no, Leeds, not London": "Leeds<London",
		"Correction: six nurses": "six nurses<", "sorry, it was the night shift": "night shift<",
		"so the old numbers were wrong, not ours": "", "We hired welders, not fitters.": "", "I did not count.": "", "It should be quieter.": "",
	} {
		var got []string
		for _, f := range read(t, message, "").Fixes {
			got = append(got, f.New.Text+"<"+f.Old.Text)
		}
		if strings.Join(got, "|") != want {
			t.Errorf("%q: fixes %q, want %q", message, got, want)
		}
	}
}

func TestReadMessage_Notes(t *testing.T) {
	t.Parallel()
	message := "Hello. I cut the waiting time from 40 to 26 minutes. It was sunny there that day. I was bullied by everybody in that time. As I said before, I built the scanner. Who built the second scanner for us? I also wrote the manual."
	var got []string
	for _, n := range read(t, message, "").Notes {
		got = append(got, n.Text)
	}
	if want := []string{"I cut the waiting time from 40 to 26 minutes.", "I also wrote the manual."}; !slices.Equal(got, want) {
		t.Errorf("notes %q, want %q", got, want)
	}
}

func TestReadMessage_CuesAloneEarnLittle(t *testing.T) {
	t.Parallel()
	r := read(t, "Things got lost in the finished boxes.", "")
	for key, v := range r.Credit {
		if v > 0.4 {
			t.Errorf("%s has credit %v", key, v)
		}
	}
	long := "I planned the move with two colleagues from the store. Then I drew a map of all rooms, and we labelled every shelf. I tested the lift on a Sunday, trained the porters, and wrote a list for the first morning in the new house."
	if r := read(t, long, ""); r.Credit["action/steps"] != 1 {
		t.Errorf("steps told one after the other have credit %v", r.Credit["action/steps"])
	}
}

func TestReadMessage_SensitiveThingsAreNotKept(t *testing.T) {
	t.Parallel()
	for _, message := range []string{
		"I wrote the plan while I had cancer.", "My wife and I built the shop together.", "I joined the trade union and organised a strike fund.",
		"As a Muslim nurse I organised the rota around prayer.", "I am 54 years old and built three plants.", "I voted for the Greens and wrote leaflets.",
		"I was bullied and wrote a diary of 30 pages.",
	} {
		if r := read(t, message, ""); len(r.Facts)+len(r.Notes)+len(r.Anchors) > 0 || !planner.Sensitive(message) {
			t.Errorf("%q: %+v %+v %+v", message, r.Facts, r.Notes, r.Anchors)
		}
	}
	for _, message := range []string{
		"I cared for cancer patients on the ward.", "I built the app for a mental health clinic.", "I merged the union of both tables.", "I trained the European Union team.",
	} {
		if planner.Sensitive(message) {
			t.Errorf("%q counts as sensitive", message)
		}
	}
}

func TestReadMessage_NamesOfOthersAreNotKept(t *testing.T) {
	t.Parallel()
	r := read(t, "I built the scanner with Marta Kowalska. My boss is Peter. I asked Tom for the list.", "")
	for _, f := range r.Facts {
		for _, name := range []string{"Marta", "Peter", "Tom"} {
			if strings.Contains(f.Text, name) {
				t.Errorf("%s %q", f.Kind, f.Text)
			}
		}
	}
}

func TestReadMessage_Audience(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]string{
		"I'm a nurse.": "[care]", "I am head of sales.": "[manager sell]", "I am a student of chemistry": "[graduate]", "I'm a software developer": "[maker]",
		"I teach, and the customers pay for accounts.": "[]", "I retrained, it was a career change": "[changer]",
	} {
		r := read(t, message, "")
		slices.Sort(r.Audience)
		if got := fmt.Sprint(r.Audience); got != want {
			t.Errorf("%q: %s, want %s", message, got, want)
		}
	}
}

func TestReadMessage_Threads(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]string{
		"I also ran the kitchen garden, but that's another story.": "ran the kitchen garden",
		"On the side I repaired old radios.":                       "repaired old radios",
		"We moved the archive.":                                    "",
	} {
		got := ""
		for _, s := range read(t, message, "").Threads {
			got = s.Text
			break
		}
		if !strings.Contains(got, want) || (got == "") != (want == "") {
			t.Errorf("%q: thread %q, want %q", message, got, want)
		}
	}
}

func TestReadMessage_Mood(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]int{"I was proud of it": 1, "I was not happy": -1, "I was sad and worried": -2, "We moved boxes": 0} {
		if got := read(t, message, "").Mood; got != want {
			t.Errorf("%q: mood %d, want %d", message, got, want)
		}
	}
}

func TestReadMessage_OutcomeIsAChange(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]bool{
		"We are a team of 14 nurses":                  false,
		"I am the one who keeps the keys there.":      false,
		"Waiting fell from 40 to 26 minutes for them": true,
		"Now people find their files on their own.":   true,
	} {
		if got := keys(read(t, message, "rl-01"), "outcome") != ""; got != want {
			t.Errorf("%q: outcome %v, want %v", message, got, want)
		}
	}
}
