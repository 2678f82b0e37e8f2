package builtin

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/betterprofile/betterprofile/agent/planner"
	"github.com/betterprofile/betterprofile/interview"
)

// titleRunes is what a side list shows without cutting.
const titleRunes = 48

// Title makes a title of what the messages, which are a conversation's first, oldest first, say it is about: what the user made or did in the
// first experience told, and where; else the user's role; else the date. It is empty before the second answer of four words or more.
func Title(messages []interview.Message, now interview.Time) string {
	if !interview.EnoughSaid(messages) {
		return ""
	}
	return TitleOf(planner.Fold(messages), now)
}

// TitleOf is the title of a conversation that has come to the state.
func TitleOf(st *planner.State, now interview.Time) string {
	for _, e := range st.Exps {
		object, place := "", e.Org
		if e.Label != nil {
			object = e.Label.Text
		}
		if place == "" {
			place = e.Role
		}
		if title := titleOf(object, place); title != "" {
			return title
		}
	}
	return "Interview, " + now.Format("2 Jan 2006")
}

func titleOf(object, place string) string {
	switch {
	case object == "" || fits(object) == "":
		return capital(fits(place))
	case place == "" || utf8.RuneCountInString(object)+utf8.RuneCountInString(place)+3 > titleRunes:
		return capital(fits(object))
	}
	return capital(fits(object + " — " + place))
}

// fits returns the text if it can be a title.
func fits(text string) string {
	text = strings.Join(strings.Fields(planner.Clean(text)), " ")
	if utf8.RuneCountInString(text) > titleRunes {
		return ""
	}
	return text
}

func capital(title string) string {
	r, size := utf8.DecodeRuneInString(title)
	if size == 0 || r == utf8.RuneError {
		return title
	}
	return string(unicode.ToUpper(r)) + title[size:]
}
