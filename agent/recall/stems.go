package recall

import (
	"slices"
	"sync"
	"unicode"

	"github.com/betterprofile/betterprofile/agent/planner"
)

// Stems returns the stems of the words of a text that say what it is about, sorted, each as often as it occurs in another form: without words
// that only hold sentences together. Text without spaces (Han, Kana) gives its pairs of characters.
func Stems(text string) []string {
	stems := planner.Stems(planner.Clean(text))
	var paired []string
	kept := slices.DeleteFunc(stems, func(s string) bool {
		if wide(s) {
			paired = append(paired, pairs(s)...)
			return true
		}
		return empty()[s]
	})
	if len(paired) > 0 {
		kept = append(kept, paired...)
		slices.Sort(kept)
	}
	return kept
}

// empty holds the stems of words that say nothing of what a text is about, besides those that planner.Stems leaves out itself.
var empty = sync.OnceValue(func() map[string]bool {
	set := map[string]bool{}
	for _, s := range planner.Stems(emptyWords) {
		set[s] = true
	}
	return set
})

const emptyWords = `i i'm i've i'd i'll me my mine myself we we've us our ours he him his he's she her she's they them they're it's what what's
	which who whom whose how when where why not no nor n't don't doesn't didn't can't cannot won't wasn't isn't but if then than so such too very
	just only also about into over under after before again more most some any many much ever every all both each few other others own same
	from up down out off here then these those will can shall should may might must let get got go goes going went come came make made take took
	say said tell told ask asked know knew think thought see saw want like need thing things stuff lot bit yes yeah ok okay well really
	actually basically please thank thanks hello hi you're you've remember mention mentioned talk talked time times today now while because
	work working worked job team project result results people person something anything everything someone did doing done use used using
	am an man way back first last new still always never often there was were`

// wide reports whether the word is of a script that is written without spaces.
func wide(word string) bool {
	for _, r := range word {
		if r >= 0x1100 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai) {
			return true
		}
	}
	return false
}

func pairs(word string) []string {
	runes := []rune(word)
	if len(runes) < 2 {
		return []string{word}
	}
	list := make([]string, 0, len(runes)-1)
	for i := range len(runes) - 1 {
		list = append(list, string(runes[i:i+2]))
	}
	return list
}
