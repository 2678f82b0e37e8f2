package tui

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"charm.land/bubbles/v2/key"
)

// CheckKeys reports what is wrong with keys chosen by the user, as [Options] take them, in a sentence for people; nil for nothing.
func CheckKeys(chosen map[string][]string) error {
	k := newKeyMap()
	return k.choose(chosen)
}

// KeyName is the name of something that keys can be chosen for, what it does, and the keys that it has as long as none are.
type KeyName struct {
	Name, Does string
	Keys       []string
}

// KeyNames returns everything that keys can be chosen for, in the order of the help.
func KeyNames() []KeyName {
	k := newKeyMap()
	var names []KeyName
	for _, s := range k.sections() {
		for _, n := range s.keys {
			names = append(names, KeyName{n.name, n.binding.Help().Desc, n.binding.Keys()})
		}
	}
	return names
}

// choose gives actions the keys that the user chose for them, none for an empty list. A key is taken from what had it without being chosen.
// Errors name the action: one that there is not, a key that there is not, a key given to two actions that are there at once.
func (k *keyMap) choose(chosen map[string][]string) error {
	sections := k.sections()
	where := map[string]scope{} // of the chosen ones
	for _, name := range slices.Sorted(maps.Keys(chosen)) {
		n, s := findNamed(sections, name)
		if n.binding == nil {
			return unknownAction(sections, name)
		}
		keys, err := parseKeys(name, s, chosen[name])
		if err != nil {
			return err
		}
		where[name] = s
		rebind(n.binding, keys)
	}
	if err := clashes(sections, where); err != nil {
		return err
	}
	for name, s := range where {
		n, _ := findNamed(sections, name)
		takeAway(sections, where, n.binding.Keys(), s)
	}
	if len(k.quit.Keys()) == 0 {
		return fmt.Errorf("quit needs a key: there would be no way out")
	}
	return nil
}

func findNamed(sections []section, name string) (named, scope) {
	for _, s := range sections {
		for _, n := range s.keys {
			if n.name == name {
				return n, s.scope
			}
		}
	}
	return named{}, 0
}

// unknownAction says that there is no such action, and which may be meant.
func unknownAction(sections []section, name string) error {
	var known []string
	for _, s := range sections {
		for _, n := range s.keys {
			known = append(known, n.name)
		}
	}
	if near := Nearest(strings.ReplaceAll(strings.ToLower(name), "_", "-"), known); near != "" {
		return fmt.Errorf("there is no action %q; did you mean %q?", name, near)
	}
	return fmt.Errorf("there is no action %q", name)
}

// Nearest returns the known name that least must be changed to make name of it, by three bytes at most; the first of equals, empty when none is near.
func Nearest(name string, known []string) string {
	nearest, least := "", 4
	for _, k := range known {
		if d := distance(name, k); d < least {
			nearest, least = k, d
		}
	}
	return nearest
}

// distance is how many bytes must be put in, taken out or changed to make one word of the other (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			if a[i] != b[j] {
				before++
			}
			before, row[j+1] = row[j+1], min(before, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// parseKeys checks keys and returns them in the terminal's names.
func parseKeys(action string, s scope, given []string) ([]string, error) {
	keys := []string{}
	for _, g := range given {
		parsed, err := parseKey(g)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", action, err)
		}
		if s <= writing && utf8.RuneCountInString(parsed) == 1 || s <= writing && parsed == "space" {
			return nil, fmt.Errorf("%s: %q could not be written any more; add ctrl+ or alt+", action, g)
		}
		if !slices.Contains(keys, parsed) {
			keys = append(keys, parsed)
		}
	}
	return keys, nil
}

// modifiers are in the order in which the terminal's names have them.
func modifiers() []string { return []string{"ctrl", "alt", "shift", "meta", "hyper", "super"} }

// parseKey brings the name of a key, such as Ctrl+N or shift+PageUp, into the terminal's form.
func parseKey(given string) (string, error) {
	name, held := given, map[string]bool{}
	for {
		before, after, found := strings.Cut(name, "+")
		modifier := strings.ToLower(before)
		switch modifier {
		case "control":
			modifier = "ctrl"
		case "option", "opt":
			modifier = "alt"
		}
		if !found || after == "" || !slices.Contains(modifiers(), modifier) {
			break
		}
		held[modifier] = true
		name = after
	}
	name, ok := keyCode(name, held)
	switch {
	case !ok:
		return "", fmt.Errorf("there is no key %q; keys are like ctrl+n, alt+enter, f5, pgup or G", given)
	case held["ctrl"] && len(held) == 1 && slices.Contains([]string{"i", "m", "["}, name):
		same := map[string]string{"i": "tab", "m": "enter", "[": "esc"}
		return "", fmt.Errorf("%q cannot be told from %s in a terminal", given, same[name])
	}
	var b strings.Builder
	for _, m := range modifiers() {
		if held[m] {
			b.WriteString(m + "+")
		}
	}
	return b.String() + name, nil
}

// keyCode is the key without what is held with it, and whether there is such a key. Shift with a letter alone is the capital letter.
func keyCode(name string, held map[string]bool) (string, bool) {
	if utf8.RuneCountInString(name) == 1 && name != " " {
		switch {
		case len(held) == 0:
			return name, true
		case len(held) == 1 && held["shift"]:
			delete(held, "shift")
			return strings.ToUpper(name), true
		}
		return strings.ToLower(name), true
	}
	name = strings.ToLower(name)
	for _, same := range [][2]string{
		{"escape", "esc"}, {"return", "enter"}, {"pageup", "pgup"}, {"pagedown", "pgdown"}, {"pgdn", "pgdown"}, {"del", "delete"}, {"ins", "insert"}, {" ", "space"},
	} {
		if name == same[0] {
			name = same[1]
		}
	}
	var f int
	if n, _ := fmt.Sscanf(name, "f%d", &f); n == 1 && name == fmt.Sprintf("f%d", f) {
		return name, f >= 1 && f <= 63
	}
	return name, slices.Contains([]string{
		"enter", "tab", "backspace", "esc", "space", "up", "down", "left", "right", "insert", "delete", "pgup", "pgdown", "home", "end",
	}, name)
}

// rebind gives a binding other keys. What the help calls it follows.
func rebind(b *key.Binding, keys []string) {
	does, _, _ := strings.Cut(b.Help().Desc, " (also")
	labels := make([]string, len(keys))
	for i, k := range keys {
		labels[i] = keyLabel(k)
	}
	name := "no key"
	if len(labels) > 0 {
		name = labels[0]
	}
	if len(labels) > 1 {
		does += " (also " + strings.Join(labels[1:], ", ") + ")"
	}
	b.SetKeys(keys...)
	b.SetHelp(name, does)
}

// keyLabel is how people are shown a key: Ctrl+N, PgUp, r.
func keyLabel(k string) string {
	if utf8.RuneCountInString(k) == 1 {
		return k
	}
	parts := strings.Split(strings.TrimSuffix(k, "++"), "+")
	for i, p := range parts {
		switch p {
		case "pgup":
			parts[i] = "PgUp"
		case "pgdown":
			parts[i] = "PgDn"
		case "":
		default:
			parts[i] = strings.ToUpper(p[:1]) + p[1:]
		}
	}
	if strings.HasSuffix(k, "++") {
		parts = append(parts, "+")
	}
	return strings.Join(parts, "+")
}

// words is a sentence of ours with the keys that the user chose in place of those that it names.
func (k keyMap) words(text string) string {
	for _, named := range []struct {
		was string
		now key.Binding
	}{{"Ctrl+R", k.retry}, {"Ctrl+N", k.newConversation}, {"Esc", k.stop}, {"Enter", k.send}} {
		if label := named.now.Help().Key; label != named.was {
			text = strings.Replace(text, named.was, label, 1)
		}
	}
	return text
}

// together reports whether keys of two scopes are there at once.
func together(a, b scope) bool { return a == b || a == everywhere || b == everywhere }

// clashes finds a key that was chosen for two actions that are there at once.
func clashes(sections []section, where map[string]scope) error {
	names := slices.Sorted(maps.Keys(where))
	for i, a := range names {
		for _, b := range names[i+1:] {
			if !together(where[a], where[b]) {
				continue
			}
			first, _ := findNamed(sections, a)
			second, _ := findNamed(sections, b)
			for _, k := range first.binding.Keys() {
				if slices.Contains(second.binding.Keys(), k) {
					return fmt.Errorf("%s is given to both %q and %q", k, a, b)
				}
			}
		}
	}
	return nil
}

// takeAway takes chosen keys from the actions that had them without being chosen.
func takeAway(sections []section, where map[string]scope, keys []string, of scope) {
	for _, s := range sections {
		if !together(s.scope, of) {
			continue
		}
		for _, n := range s.keys {
			if _, chosen := where[n.name]; chosen {
				continue
			}
			had := n.binding.Keys()
			left := slices.DeleteFunc(slices.Clone(had), func(k string) bool { return slices.Contains(keys, k) })
			if len(left) < len(had) {
				rebind(n.binding, left)
			}
		}
	}
}
