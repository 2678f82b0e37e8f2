package openai

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/sashabaranov/go-openai"
)

// usual are chunks as endpoints send them.
func usual() map[string]string {
	return map[string]string{
		"OpenAI": `{"id":"chatcmpl-x","object":"chat.completion.chunk","created":1795397686,"model":"gpt-4o-mini","service_tier":"default",` +
			`"system_fingerprint":"fp_1","choices":[{"index":0,"delta":{"content":" token"},"logprobs":null,"finish_reason":null}],"usage":null,"obfuscation":"aB3"}`,
		"first":      `{"id":"x","choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}]}`,
		"last":       `{"id":"x","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}],"usage":null}`,
		"escapes":    `{"choices":[{"index":0,"delta":{"content":"\n\u201cWhy?\u201d \ud83d\ude00 \"\\\/\b\f\r\t\u0000"},"finish_reason":null}]}`,
		"half":       `{"choices":[{"index":0,"delta":{"content":"\ud83d"},"finish_reason":null}]}`,
		"Ollama":     `{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"llama","system_fingerprint":"fp_ollama","choices":[{"index":0,"delta":{"role":"assistant","content":"Grüße"},"finish_reason":null}]}`,
		"vLLM":       `{"id":"x","choices":[{"index":0,"delta":{"content":"x","reasoning_content":null},"logprobs":null,"finish_reason":null,"stop_reason":null,"token_ids":null}],"prompt_token_ids":null}`,
		"spaces":     "{\"id\": \"x\", \"choices\": [{\"index\": 0, \"delta\": {\"content\": \"x\"}, \"finish_reason\": null}]}\n",
		"Azure":      `{"choices":[{"content_filter_results":{"hate":{"filtered":false,"severity":"safe"},"x":[]},"delta":{"content":"x"},"finish_reason":null,"index":0}]}`,
		"OpenRouter": `{"provider":"X","choices":[{"index":0,"delta":{"role":"assistant","content":"","reasoning":"Hmm","reasoning_details":[{"type":"x","index":-10}]},"native_finish_reason":null,"finish_reason":null}]}`,
		"thoughts":   `{"choices":[{"index":0,"delta":{"content":null,"reasoning_content":"hmm"}}]}`,
	}
}

// unusual are chunks, lawful or not, that scan leaves alone.
func unusual() []string {
	return []string{
		``, `null`, `[]`, `{`, `{}x`, `{"choices":[]}`, `{"choices":null}`, `{"choices":[null]}`, `{"choices":[{}`, `{"choices":[{}]`, `{"choices":[{}]]`,
		`{"choices":[{}],}`, `{"choices":[{},{}]}`, `{"choices":[{}],"choices":[{"delta":{"content":"b"}}]}`, `{"error":{"message":"x"}}`, `{"error":"x"}`,
		`{"Choices":[{"delta":{"content":"x"}}]}`, `{"choice\u0073":[{"delta":{"content":"x"}}]}`, `{"choiceſ":[{"delta":{"content":"x"}}]}`,
		`{"choices":[{"delta":{"CONTENT":"x"}}]}`, `{"choices":[{"Delta":{"content":"x"}}]}`, `{"choices":[{"message":{"content":"x"}}]}`,
		`{"choices":[{"delta":{"content":"x"},"delta":{"content":7}}]}`, `{"choices":[{"delta":{"content":"x","content":null}}]}`,
		`{"choices":[{"delta":{"content":7}}]}`, `{"choices":[{"delta":{"content":["x"]}}]}`, `{"choices":[{"delta":null}]}`,
		`{"choices":[{"delta":{"refusal":"No."}}]}`, `{"choices":[{"delta":{"reasoning":{}}}]}`, `{"choices":[{"finish_reason":7}]}`,
		`{"choices":[{"finish_reason":"st\u006fp"}]}`, `{"choices":[{"finish_reason":"stöp"}]}`, `{"usage":{"prompt_tokens":3}}`, `{"usage":7}`,
		`{"created":1.5e9}`, `{"created":01}`, `{"created":-}`, `{"created":- 1}`, `{"created":}`, `{"x":nul}`, `{"x":nullx}`, `{"x":+1}`, `{"x":tru}`,
		`{"x":"\x"}`, `{"x":"\u00g0"}`, `{"x":"\ud8"}`, `{"x":"`, `{"x":"\`, "{\"x\":\"\t\"}", "{\"x\":\"\x00\"}", "{}\x00", `{"x":[1,]}`, `{"x":[1 2]}`, `{"x" 1}`,
		`{"x":` + strings.Repeat("[", 20) + strings.Repeat("]", 20) + `}`, `{x:1}`, `{"x":1,}`, `{"x":1 "y":2}`, `{"":{"a":}}`, "\uFEFF{}",
	}
}

func TestScan_KnowsTheUsualForms(t *testing.T) {
	t.Parallel()
	for name, data := range usual() {
		if _, ok := scan([]byte(data)); !ok {
			t.Errorf("%s: left to encoding/json", name)
		}
		compare(t, data)
	}
}

func TestScan_LeavesTheUnusual(t *testing.T) {
	t.Parallel()
	for _, data := range unusual() {
		if s, ok := scan([]byte(data)); ok {
			t.Errorf("%q: scanned as %+v", data, s)
		}
	}
}

func TestScan_DoesNotAllocate(t *testing.T) {
	data := []byte(usual()["OpenAI"])
	var o outline
	for name, f := range map[string]func(){"alone": func() { scan(data) }, "in a stream": func() { o.scan(data) }} {
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s: %v allocations, want none", name, n)
		}
	}
}

func TestScan_AgreesAfterEveryChangeOfOneByte(t *testing.T) {
	t.Parallel()
	for _, data := range usual() {
		for i := range len(data) {
			compare(t, data[:i]+data[i+1:])
			for _, b := range []byte("\"\\{}[],:n0-C \x1f\xff") {
				compare(t, data[:i]+string(rune(b))+data[i+1:])
				compare(t, data[:i]+string([]byte{b})+data[i:])
			}
		}
	}
}

func TestOutline_ReadsAChunkAsScanDoesWhateverCameBefore(t *testing.T) {
	t.Parallel()
	for _, before := range usual() {
		for _, data := range usual() {
			for _, text := range []string{`""`, `"Why?"`, `" \u0022}\\"`, `"\x"`, `"`, `""}`, `null`, `7`, `{}`} {
				compareAfter(t, before, strings.Replace(data, `"content":"`, `"content":`+text[:len(text)-1], 1))
				compareAfter(t, before, strings.Replace(data, `"x"`, text, 1))
				compareAfter(t, data, strings.Replace(data, `" token"`, text, 1))
			}
		}
	}
}

func TestOutline_AgreesAfterEveryChangeOfOneByte(t *testing.T) {
	t.Parallel()
	for _, data := range usual() {
		for i := range len(data) {
			compareAfter(t, data, data[:i])
			compareAfter(t, data, data[:i]+data[i+1:])
			for _, b := range []byte("\"\\{}[],:n0-C \x1f\xff") {
				compareAfter(t, data, data[:i]+string([]byte{b})+data[i+1:])
				compareAfter(t, data, data[:i]+string([]byte{b})+data[i:])
			}
		}
	}
}

// compareAfter checks that a chunk is read in a stream as it is alone.
func compareAfter(t *testing.T, before, data string) {
	t.Helper()
	var o outline
	buf := []byte(before)
	o.scan(buf)
	clear(buf) // what a stream read is overwritten
	got, ok := o.scan([]byte(data))
	want, wanted := scan([]byte(data))
	if ok != wanted {
		t.Fatalf("%q after %q: read is %v, alone it is %v", data, before, ok, wanted)
	}
	if diff := cmp.Diff(plainly(want), plainly(got)); ok && diff != "" {
		t.Errorf("%q after %q (-alone +read):\n%s", data, before, diff)
	}
}

// FuzzScan holds what scan reads against encoding/json.
func FuzzScan(f *testing.F) {
	for _, data := range usual() {
		f.Add(data)
	}
	for _, data := range unusual() {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data string) { compare(t, data) })
}

// plain is what was said, in a form to compare: a null and nothing are the same.
type plain struct {
	Failure, Content, Reasoning, Thoughts string
	Chosen, Refuses, Usage                bool
	Finish                                openai.FinishReason
}

func plainly(s said) plain {
	text := func(raw []byte) string {
		if string(raw) == "null" {
			return ""
		}
		return string(raw)
	}
	return plain{text(s.failure), text(s.content), text(s.thoughts[0]), text(s.thoughts[1]), s.chosen, s.refuses, s.usage != nil, s.finish}
}

// compare checks that where scan knows the form, it agrees with parse.
func compare(t *testing.T, data string) {
	t.Helper()
	fast, ok := scan([]byte(data))
	if !ok {
		return
	}
	slow, err := parse([]byte(data), deltaOf)
	if err != nil {
		t.Fatalf("%q: encoding/json refuses it: %v", data, err)
	}
	if diff := cmp.Diff(plainly(slow), plainly(fast)); diff != "" {
		t.Errorf("%q (-encoding/json +scan):\n%s", data, diff)
	}
}

// FuzzDecode holds the decoder against encoding/json, on a text as a whole and on one cut in two between any two UTF-16 units.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		"", "plain", `\n\"\\\/\b\f\r\t`, `\u00e9\u201C`, `\ud83d\ude00`, `\ud83d`, `\ude00`, `\ud83d\ud83d\ude00`, `\ud83dx\ude00`, `\\ud83d`,
		`a\u0000b`, `\ud83d\u0000\ude00`, `\uDBFF\uDFFF`, `é\ud83d\n`, `\ud83d\ue000`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, inner string) {
		raw := []byte(`"` + inner + `"`)
		var want string
		if !utf8.ValidString(inner) || json.Unmarshal(raw, &want) != nil {
			return
		}
		want = strings.ReplaceAll(want, "\x00", "")
		for cut := range len(inner) + 1 {
			got, ok := decodeCut(t, inner, cut)
			if ok && got != want {
				t.Errorf("%q cut at %d: got %q, want %q", inner, cut, got, want)
			}
		}
	})
}

// decodeCut decodes the two parts of a string one after the other; not ok where one of them is no JSON. A text without
// escapes follows, so that nothing waits any more.
func decodeCut(t *testing.T, inner string, cut int) (string, bool) {
	t.Helper()
	var d textDecoder
	var all strings.Builder
	for _, part := range []string{inner[:cut], inner[cut:], "."} {
		raw := []byte(`"` + part + `"`)
		if !json.Valid(raw) || !utf8.ValidString(part) {
			return "", false
		}
		text, err := d.decode(raw)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	return strings.TrimSuffix(all.String(), "."), true
}

func BenchmarkScan(b *testing.B) {
	for name, data := range usual() {
		for form, read := range map[string]func([]byte) bool{
			"scan":  func(data []byte) bool { _, ok := scan(data); return ok },
			"parse": func(data []byte) bool { _, err := parse(data, deltaOf); return err == nil },
		} {
			b.Run(fmt.Sprintf("%s/%s", name, form), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if !read([]byte(data)) {
						b.Fatal(data)
					}
				}
			})
		}
	}
}
