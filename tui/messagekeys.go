package tui

import "charm.land/bubbles/v2/key"

// messageKeys are the keys for the messages of the history, and for what the composer does with other programs.
type messageKeys struct {
	focusHistory, leaveHistory                    key.Binding
	messageUp, messageDown, halfUp, halfDown      key.Binding
	messageTop, messageBottom                     key.Binding
	questionNext, questionPrevious                key.Binding
	copyMessage, quote, messageEdit, messageRetry key.Binding
	forget, details, closeDetails, yes, external  key.Binding
	wordCut, complete                             key.Binding
}

func (k *keyMap) bindMessages() {
	k.focusHistory = bind("Shift+Tab", "go to the messages (also a click)", "shift+tab")
	k.leaveHistory = bind("Esc", "back to writing (also Tab)", "esc", "tab", "shift+tab")
	k.messageUp, k.messageDown = bind("k", "the message before (also Up)", "k", "up"), bind("j", "the next message (also Down)", "j", "down")
	k.halfUp, k.halfDown = bind("Ctrl+U", "half a page up", "ctrl+u"), bind("Ctrl+D", "half a page down", "ctrl+d")
	k.messageTop, k.messageBottom = bind("g", "to the oldest (also Home)", "g", "home"), bind("G", "to the newest (also End)", "G", "end")
	k.questionNext, k.questionPrevious = bind("n", "the next question", "n"), bind("N", "the question before", "N")
	k.copyMessage = bind("c", "copy the text", "c", "y")
	k.quote = bind("q", "quote it in what you write", "q", ">")
	k.messageEdit = bind("e", "write it anew, in a new branch", "e")
	k.messageRetry = bind("r", "another reply to the last message", "r")
	k.forget = bind("d", "forget it and what was drawn from it", "d", "delete")
	k.details = bind("Enter", "details and the facts drawn from it", "enter", "i")
	k.closeDetails = bind("Esc", "close", "esc", "q", "enter")
	k.yes = bind("y", "yes", "y", "Y")
	k.external = bind("Ctrl+O", "write in your editor ($VISUAL, $EDITOR)", "ctrl+o")
	k.wordCut = bind("Alt+D", "erase the word after the cursor", "alt+d", "ctrl+delete", "alt+delete")
	k.complete = bind("Tab", "complete a command; / lists them all", "tab")
}

// messageSection is the part of the help about messages.
func (k *keyMap) messageSection() section {
	return section{"In the messages", inHistory, []named{
		{"message-down", &k.messageDown},
		{"message-up", &k.messageUp},
		{"half-page-down", &k.halfDown},
		{"half-page-up", &k.halfUp},
		{"oldest-message", &k.messageTop},
		{"newest-message", &k.messageBottom},
		{"next-question", &k.questionNext},
		{"previous-question", &k.questionPrevious},
		{"copy", &k.copyMessage},
		{"quote", &k.quote},
		{"edit-message", &k.messageEdit},
		{"another-reply", &k.messageRetry},
		{"forget", &k.forget},
		{"details", &k.details},
		{"leave-messages", &k.leaveHistory},
	}}
}
