package tui

import (
	"slices"

	"charm.land/bubbles/v2/key"
)

// scope is where keys mean something: keys of two scopes that are there at once must differ.
type scope uint8

const (
	everywhere scope = iota
	writing          // while the composer has the focus; the keys for reading are there too
	inList
	inHistory
	inMenu
	inPanel
)

// named is a binding under the name that the configuration has for it.
type named struct {
	name    string
	binding *key.Binding
}

// section is a part of the help; one without a title is not shown there.
type section struct {
	title string
	scope scope
	keys  []named
}

// sections is every binding, in the order in which the help shows them.
func (k *keyMap) sections() []section {
	return slices.Concat(k.writingSections(), k.listSections(), k.readingSections(), k.programSections())
}

func (k *keyMap) writingSections() []section {
	return []section{
		{"Writing", writing, []named{
			{"send", &k.send},
			{"newline", &k.newline},
			{"stop", &k.stop},
			{"edit", &k.edit},
			{"undo", &k.undo},
			{"redo", &k.redo},
			{"word-left", &k.wordLeft},
			{"word-right", &k.wordRight},
			{"line-start", &k.lineStart},
			{"line-end", &k.lineEnd},
			{"erase-word", &k.wordErase},
			{"cut-word", &k.wordCut},
			{"erase-line", &k.lineErase},
			{"cut-line", &k.lineCut},
			{"up", &k.up},
			{"editor", &k.external},
		}},
		{"", writing, []named{
			{"down", &k.down}, {"left", &k.left}, {"right", &k.right}, {"backspace", &k.backspace}, {"delete-right", &k.deleteRight},
		}},
	}
}

func (k *keyMap) listSections() []section {
	return []section{
		{"Conversations", everywhere, []named{
			{"palette", &k.palette},
			{"search", &k.search},
			{"new-conversation", &k.newConversation},
			{"next-conversation", &k.next},
			{"previous-conversation", &k.previous},
			{"list", &k.list},
			{"bring-back", &k.bringBack},
			{"profile", &k.profile},
			{"agenda", &k.agenda},
			{"retry", &k.retry},
		}},
		{"", writing, []named{{"focus-list", &k.focusList}}},
		{"In the list", inList, []named{
			{"open", &k.open},
			{"filter", &k.filter},
			{"rename", &k.rename},
			{"pin", &k.pin},
			{"archive", &k.archive},
			{"archived", &k.archived},
			{"fork", &k.fork},
			{"export", &k.export},
			{"delete", &k.remove},
			{"undelete", &k.undelete},
			{"leave-list", &k.leaveList},
		}},
		{"", inList, []named{{"list-up", &k.listUp}, {"list-down", &k.listDown}, {"list-top", &k.listTop}, {"list-bottom", &k.listBottom}}},
	}
}

func (k *keyMap) readingSections() []section {
	return []section{
		{"Reading", writing, []named{
			{"focus-messages", &k.focusHistory},
			{"page-up", &k.pageUp},
			{"page-down", &k.pageDown},
			{"scroll-up", &k.scrollUp},
			{"scroll-down", &k.scrollDown},
			{"oldest", &k.top},
			{"newest", &k.bottom},
		}},
		k.messageSection(),
		{"Commands", inMenu, []named{{"complete-command", &k.complete}}},
	}
}

func (k *keyMap) programSections() []section {
	return []section{
		{"In the profile", inPanel, []named{{"confirm-fact", &k.factConfirm}, {"reject-fact", &k.factReject}}},
		{"Program", everywhere, []named{
			{"help", &k.help}, {"mouse", &k.mouse}, {"redraw", &k.redraw}, {"suspend", &k.suspend}, {"quit", &k.quit},
		}},
		{"", writing, []named{{"quit-empty", &k.quitEmpty}}},
	}
}
