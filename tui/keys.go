package tui

import "charm.land/bubbles/v2/key"

// keyMap is every key and what it does: the one place that says so. The help is made from it.
type keyMap struct {
	send, newline, stop, retry, edit                 key.Binding
	newConversation, next, previous, list, focusList key.Binding
	pageUp, pageDown, scrollUp, scrollDown, top      key.Binding
	bottom, help, redraw, suspend, quit, quitEmpty   key.Binding

	up, down, left, right, wordLeft, wordRight, lineStart, lineEnd         key.Binding
	backspace, deleteRight, wordErase, lineErase, lineCut, undo, redo      key.Binding
	listUp, listDown, listTop, listBottom, open, rename, remove, leaveList key.Binding
	filter, pin, archive, archived, fork, export, undelete                 key.Binding
	confirm, accept, cancel                                                key.Binding

	palette, search, profile, agenda, mouse, bringBack key.Binding
	factConfirm, factReject                            key.Binding

	messageKeys
}

// bind makes a binding: what the help calls the key, what it does, and the keys in the terminal's names.
func bind(name, does string, keys ...string) key.Binding {
	return key.NewBinding(key.WithHelp(name, does), key.WithKeys(keys...))
}

// newKeyMap is the keys as they are unless the user chooses others, see [keyMap.choose].
func newKeyMap() keyMap {
	k := keyMap{
		send:    bind("Enter", "send", "enter"),
		newline: bind("Ctrl+J", "new line (also Alt+Enter, Shift+Enter)", "ctrl+j", "shift+enter", "alt+enter"),
		stop:    bind("Esc", "stop the reply", "esc"),
		retry:   bind("Ctrl+R", "try again / another reply", "ctrl+r"),
		edit:    bind("F2", "edit an earlier message (also Alt+E)", "f2", "alt+e"),

		newConversation: bind("Ctrl+N", "new conversation", "ctrl+n"),
		next:            bind("Alt+Down", "next conversation (also Ctrl+Down)", "alt+down", "ctrl+down"),
		previous:        bind("Alt+Up", "previous conversation (also Ctrl+Up)", "alt+up", "ctrl+up"),
		list:            bind("Ctrl+B", "show or hide the list", "ctrl+b"),
		focusList:       bind("Tab", "go to the list", "tab"),

		pageUp:     bind("PgUp", "a page up", "pgup"),
		pageDown:   bind("PgDn", "a page down", "pgdown"),
		scrollUp:   bind("Shift+Up", "a line up", "shift+up"),
		scrollDown: bind("Shift+Down", "a line down", "shift+down"),
		top:        bind("Ctrl+Home", "to the oldest message", "ctrl+home", "alt+home"),
		bottom:     bind("Ctrl+End", "to the newest message", "ctrl+end", "alt+end"),

		help:      bind("Ctrl+G", "this help (also F1, or ? while nothing is written)", "ctrl+g", "f1"),
		redraw:    bind("Ctrl+L", "draw the screen anew", "ctrl+l"),
		suspend:   bind("Ctrl+Z", "go to the shell; fg comes back", "ctrl+z"),
		quit:      bind("Ctrl+C", "quit; what is written stays as a draft", "ctrl+c"),
		quitEmpty: bind("Ctrl+D", "quit while nothing is written", "ctrl+d"),
	}
	k.bindEditing()
	k.bindList()
	k.bindPanels()
	k.bindMessages()
	return k
}

func (k *keyMap) bindEditing() {
	k.up, k.down = bind("Up", "a row up; from the first, what you said before", "up"), bind("Down", "a row down", "down")
	k.left, k.right = bind("Left", "left", "left"), bind("Right", "right", "right")
	k.wordLeft = bind("Ctrl+Left", "a word left (also Alt+B)", "ctrl+left", "alt+left", "alt+b")
	k.wordRight = bind("Ctrl+Right", "a word right (also Alt+F)", "ctrl+right", "alt+right", "alt+f")
	k.lineStart = bind("Ctrl+A", "start of the line (also Home)", "ctrl+a", "home")
	k.lineEnd = bind("Ctrl+E", "end of the line (also End)", "ctrl+e", "end")
	k.backspace = bind("Backspace", "erase left", "backspace", "shift+backspace", "ctrl+h")
	k.deleteRight = bind("Delete", "erase right (also Ctrl+D)", "delete", "ctrl+d")
	k.wordErase = bind("Ctrl+W", "erase a word", "ctrl+w", "alt+backspace", "ctrl+backspace")
	k.lineErase = bind("Ctrl+U", "erase to the start of the line", "ctrl+u")
	k.lineCut = bind("Ctrl+K", "erase to the end of the line", "ctrl+k")
	k.undo = bind("Ctrl+_", "undo", "ctrl+_", "ctrl+/", "ctrl+shift+-")
	k.redo = bind("Ctrl+Y", "redo", "ctrl+y")
}

func (k *keyMap) bindList() {
	k.listUp, k.listDown = bind("Up", "up", "up", "k"), bind("Down", "down", "down", "j")
	k.listTop, k.listBottom = bind("Home", "first", "home", "g"), bind("End", "last", "end", "G")
	k.open = bind("Enter", "open", "enter")
	k.filter = bind("/", "filter", "/")
	k.rename = bind("r", "rename", "r")
	k.pin = bind("p", "pin", "p")
	k.archive = bind("a", "archive", "a")
	k.archived = bind("v", "the archived ones", "v")
	k.fork = bind("f", "a copy up to the last question", "f")
	k.export = bind("e", "export", "e")
	k.remove = bind("d", "delete", "d", "delete")
	k.undelete = bind("u", "bring back what was deleted", "u")
	k.leaveList = bind("Esc", "back to writing (also Tab)", "esc", "tab", "shift+tab")
	k.confirm = bind("y", "delete", "y", "Y")
	k.accept = bind("Enter", "save", "enter")
	k.cancel = bind("Esc", "keep", "esc")
}

// bindPanels binds what opens panels, and the keys in them that are not those of lists.
func (k *keyMap) bindPanels() {
	k.palette = bind("Ctrl+P", "all that can be done, by name", "ctrl+p")
	k.search = bind("Ctrl+F", "search all messages", "ctrl+f", "f3")
	k.profile = bind("Alt+P", "what you have told (also F4)", "alt+p", "f4")
	k.agenda = bind("Alt+A", "what comes next, how far it is told (also F5)", "alt+a", "f5")
	k.mouse = bind("Alt+M", "mouse on or off", "alt+m")
	k.bringBack = bind("Alt+U", "bring back what was deleted", "alt+u")
	k.factConfirm = bind("y", "it is right", "y")
	k.factReject = bind("x", "it is wrong", "x")
}
