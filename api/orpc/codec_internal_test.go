package orpc

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/interview"
)

// recording is the bodies of the recorded exchanges, by name.
func recording(t *testing.T) map[string][2]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "wire-1.x.json"))
	if err != nil {
		t.Fatal(err)
	}
	var r struct {
		Exchanges []struct {
			Name              string
			Request, Response struct{ Body string }
		}
	}
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	bodies := map[string][2]string{}
	for _, x := range r.Exchanges {
		bodies[x.Name] = [2]string{x.Request.Body, x.Response.Body}
	}
	return bodies
}

// sameEnvelope compares two envelopes, whatever the order of members and of meta.
func sameEnvelope(t *testing.T, got []byte, want string) {
	t.Helper()
	var g, w map[string]any
	if err := json.Unmarshal(got, &g); err != nil {
		t.Fatalf("%s: %v", got, err)
	}
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatal(err)
	}
	for _, envelope := range []map[string]any{g, w} {
		meta, _ := envelope["meta"].([]any)
		slices.SortFunc(meta, func(a, b any) int {
			x, _ := json.Marshal(a)
			y, _ := json.Marshal(b)
			return strings.Compare(string(x), string(y))
		})
	}
	if !reflect.DeepEqual(g, w) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func header(contentType string) http.Header { return http.Header{"Content-Type": {contentType}} }

// What the real client sends comes back as the real server sends it.
func TestCodec_EchoesTheRecording(t *testing.T) {
	t.Parallel()
	echoed := 0
	for name, bodies := range recording(t) {
		input, ok := strings.CutPrefix(name, "echo ")
		if (!ok && name != "POST link: GET-marked procedure" && name != "raw: unknown meta type") || input == "file" {
			continue
		}
		echoed++
		v, err := decode(header("application/json"), []byte(bodies[0]))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, err := encode(v)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		sameEnvelope(t, got, bodies[1])
	}
	if echoed < 8 {
		t.Errorf("only %d values were echoed", echoed)
	}
}

func TestCodec_SetsAndMapsAreMadeAfterWhatIsInThem(t *testing.T) {
	t.Parallel()
	got, err := encode(map[string]any{"s": set{dict{[]any{"k", set{interview.At(time.Unix(0, 0))}}}}})
	want := `{"json":{"s":[[["k",["1970-01-01T00:00:00.000Z"]]]]},"meta":[[1,"s",0,0,1,0],[6,"s",0,0,1],[7,"s",0],[6,"s"]]}`
	if err != nil || string(got) != want {
		t.Errorf("%s, %v", got, err)
	}
	if v, err := decodeEnvelope(got); err != nil {
		t.Errorf("%v, %v", v, err)
	}
}

func TestDecode_ReadsWhatThereIs(t *testing.T) {
	t.Parallel()
	none := undefined{}
	for _, c := range []struct {
		contentType, body string
		want              any
	}{
		{"", "", none},
		{"application/json", "", none},
		{"application/json", "{}", none},
		{"application/json", `{"message":"x"}`, none},
		{"application/json", `[]`, none},
		{"application/json", `5`, none},
		{"text/plain", "x", none},
		{"application/x-www-form-urlencoded", `{"json":1}`, none},
		{"application/json; charset=UTF-8", `{"json":"é"}`, "é"},
		{"application/json", `{"json":null,"meta":null}`, nil},
		{"application/json", `{"json":"x","meta":[[]]}`, "x"},
		{"application/json", `{"json":"x","meta":[["date"]]}`, "x"},
		{"application/json", `{"json":"x","meta":[[1]]}`, invalidDate{}},
		{"application/json", `{"json":1000,"meta":[[1]]}`, interview.At(time.Unix(1, 0))},
		{"application/json", `{"json":{"0":null},"meta":[[2,0]]}`, map[string]any{"0": notANumber{}}},
	} {
		got, err := decode(header(c.contentType), []byte(c.body))
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s %s: %v, %v; want %v", c.contentType, c.body, got, err, c.want)
		}
	}
}

func TestDecode_RefusesWhatIsMalformed(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		"{bad", "null", `{"json":1} x`, "{\"json\":\"\xff\"}", `{"json":"\ud800"}`, strings.Repeat("[", 20_000),
		`{"json":1,"meta":5}`, `{"json":1,"meta":[5]}`, `{"json":{"a":1},"meta":[[1,"b"]]}`, `{"json":[1],"meta":[[1,1]]}`,
		`{"json":[1],"meta":[[1,-1]]}`, `{"json":"x","meta":[[1,"length"]]}`, `{"json":"x","meta":[[0]]}`, `{"json":"x","meta":[[6]]}`,
		`{"json":1,"meta":[[4]]}`, `{"json":"x","meta":[[5]]}`, `{"json":{"a":[1]},"meta":[[6,"a"],[1,"a",0]]}`,
	} {
		if v, err := decode(header("application/json"), []byte(body)); err == nil {
			t.Errorf("%.40s is %v", body, v)
		}
	}
	for _, h := range []http.Header{
		header("multipart/form-data; boundary=x"), header("application/json; charset=latin1"),
		{"Content-Type": {"application/json"}, "Content-Encoding": {"gzip"}},
	} {
		if v, err := decode(h, []byte(`{"json":1}`)); err == nil {
			t.Errorf("%v is %v", h, v)
		}
	}
}

// A body whose every byte asks for work costs no more than its size.
func TestDecode_IsNotSlowOnPurpose(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(`{"json":{"k":"x"`)
	for i := range 30_000 {
		b.WriteString(`,"k` + strings.Repeat("0", i%10) + `":1`)
	}
	b.WriteString(`},"meta":[[1,"k"]`)
	for b.Len() < 1<<18 {
		b.WriteString(`,[1,"k"]`)
	}
	b.WriteString("]}")
	began := time.Now()
	if _, err := decodeEnvelope([]byte(b.String())); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestFailure_IsTheRecordedErrors(t *testing.T) {
	t.Parallel()
	reset := interview.At(time.Date(2026, 11, 23, 10, 20, 30, 456_000_000, time.UTC))
	for name, f := range map[string]*failure{
		"error unauthorized": {code: "UNAUTHORIZED", status: 401, message: "Unauthorized"},
		"error limited": {
			code: "TOO_MANY_REQUESTS", status: 429, message: "Too Many Requests", data: map[string]any{"retryAfter": 7, "resetAt": reset},
		},
		"error crash":                    failureOf(http.ErrHijacked),
		"chat.getConversation not found": failureOf(interview.NotFound("Conversation")),
		"raw: GET default strict":        errMethod(),
		"raw: malformed JSON":            errMalformed(),
	} {
		got, err := f.json()
		if err != nil {
			t.Error(err)
		}
		sameEnvelope(t, got, recording(t)[name][1])
	}
}

// Each code has a name, with the status that oRPC gives it (COMMON_ORPC_ERROR_DEFS of @orpc/client 1.16), and no error has a member too many.
func TestFailure_OfEveryCode(t *testing.T) {
	t.Parallel()
	want := map[string]int{
		"BAD_REQUEST": 400, "UNAUTHORIZED": 401, "FORBIDDEN": 403, "NOT_FOUND": 404, "METHOD_NOT_SUPPORTED": 405, "CONFLICT": 409,
		"PAYLOAD_TOO_LARGE": 413, "UNSUPPORTED_MEDIA_TYPE": 415, "TOO_MANY_REQUESTS": 429, "INTERNAL_SERVER_ERROR": 500, "BAD_GATEWAY": 502,
		"SERVICE_UNAVAILABLE": 503, "GATEWAY_TIMEOUT": 504,
	}
	seen := map[string]bool{}
	for _, code := range interview.Codes() {
		f := failureOf(&interview.Error{Code: code, Message: "Why.", Details: interview.Details{RequestID: "r", Reason: "bad_key"}})
		body, err := f.json()
		if err != nil || want[f.code] != f.status {
			t.Errorf("%s is %s, %v", code, body, err)
		}
		var e struct{ JSON map[string]any }
		_ = json.Unmarshal(body, &e)
		delete(e.JSON, "data")
		if len(e.JSON) != 4 || strings.Contains(string(body), "bad_key") {
			t.Errorf("%s is %s", code, body)
		}
		if waits := code == interview.CodeRateLimited || code == interview.CodeUnavailable; waits != (f.retry > 0) {
			t.Errorf("%s is to be tried again after %d s", code, f.retry)
		}
		seen[f.code] = true
	}
	if len(seen) != len(want) {
		t.Errorf("only %v occur", seen)
	}
}
