package api_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/betterprofile/betterprofile/api"
	"github.com/betterprofile/betterprofile/api/betterauth"
	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/sse"
)

// contract is the OpenAPI document, made stricter for tests: answers may have no field that it does not name.
type contract struct {
	doc    *openapi3.T
	router routers.Router
}

// loadContract reads the document once for all tests.
var loadContract = sync.OnceValues(func() (*contract, error) {
	doc, err := openapi3.NewLoader().LoadFromData(api.OpenAPIText())
	if err != nil {
		return nil, err
	}
	openapi3filter.RegisterBodyDecoder(interview.ExportType, openapi3filter.PlainBodyDecoder)
	openapi3filter.RegisterBodyDecoder("text/markdown", openapi3filter.PlainBodyDecoder)
	closed := false
	for _, s := range doc.Components.Schemas {
		if len(s.Value.Properties) > 0 {
			s.Value.AdditionalProperties = openapi3.BoolSchema{Has: &closed}
		}
	}
	router, err := gorillamux.NewRouter(doc)
	return &contract{doc, router}, err
})

// checked wraps the API so that every request it accepts and every answer it gives is held against the document.
func checked(t testing.TB, next http.Handler) http.Handler {
	t.Helper()
	c, err := loadContract()
	if err != nil {
		t.Fatal(err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isMounted(r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		var sent bytes.Buffer
		original := r.Clone(r.Context())
		r.Body = struct {
			io.Reader
			io.Closer
		}{io.TeeReader(r.Body, &sent), r.Body}
		rec := &recorder{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(rec, r)
		original.Body = io.NopCloser(&sent)
		c.check(t, original, rec)
	})
}

// isMounted reports whether a path belongs to another protocol than the document's.
func isMounted(path string) bool {
	return path == betterauth.PagePath || strings.HasPrefix(path, betterauth.Base+"/") || strings.HasPrefix(path, "/rpc/") || strings.HasPrefix(path, "/api/rpc/")
}

// recorder keeps a copy of an answer that passes through.
type recorder struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	r.body.Write(b)
	return r.ResponseWriter.Write(b)
}

func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (c *contract) check(t testing.TB, r *http.Request, got *recorder) {
	t.Helper()
	name := r.Method + " " + r.URL.Path
	if got.status >= 400 && r.Method != http.MethodHead {
		c.validate(t, name+" error", "ErrorAnswer", got.body.Bytes())
	}
	route, params, err := c.router.FindRoute(r)
	if err != nil {
		preflight := r.Method == http.MethodOptions && got.status == http.StatusNoContent
		if got.status != http.StatusNotFound && got.status != http.StatusMethodNotAllowed && r.Method != http.MethodHead && !preflight {
			t.Errorf("%s: answered %d, but the document has no such path", name, got.status)
		}
		return
	}
	stream := got.Header().Get("Content-Type") == sse.ContentType
	input := &openapi3filter.RequestValidationInput{
		Request: r, PathParams: params, Route: route,
		Options: &openapi3filter.Options{
			AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true, ExcludeResponseBody: stream,
			SkipSettingDefaults: true,
		},
	}
	if got.status < 400 {
		if err := openapi3filter.ValidateRequest(r.Context(), input); err != nil {
			t.Errorf("%s: accepted a request that the document forbids: %v", name, err)
		}
	}
	err = openapi3filter.ValidateResponse(r.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: got.status, Header: got.Header(),
		Body: io.NopCloser(bytes.NewReader(got.body.Bytes())), Options: input.Options,
	})
	if err != nil {
		t.Errorf("%s: answer %d is not as documented: %v", name, got.status, err)
	}
	if stream {
		c.checkStream(t, name, &got.body)
	}
	if got.Header().Get("Content-Type") == interview.ExportType && got.status == http.StatusOK {
		c.checkLines(t, name, &got.body)
	}
}

// checkLines holds each line of an export against the schema of its type.
func (c *contract) checkLines(t testing.TB, name string, body io.Reader) {
	t.Helper()
	schemas := map[string]string{
		"export": "ExportHeader", "conversation": "ExportedConversation", "message": "ExportedMessage", "turn": "ExportedTurn", "memory": "ExportedMemory",
		"experience": "ExportedExperience", "fact": "ExportedFact", "thread": "ExportedThread", "episode": "ExportedEpisode", "end": "ExportEnd",
	}
	for lines := bufio.NewScanner(body); lines.Scan(); {
		var line struct{ Type string }
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Errorf("%s: %v in %q", name, err, lines.Text())
		}
		c.validate(t, name+" line "+line.Type, schemas[line.Type], lines.Bytes())
	}
}

// checkStream holds each event against the schema of its name.
func (c *contract) checkStream(t testing.TB, name string, body io.Reader) {
	t.Helper()
	for ev, err := range sse.Read(body) {
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		c.validate(t, name+" event "+ev.Type, strings.ToUpper(ev.Type[:1])+ev.Type[1:]+"Event", []byte(ev.Data))
	}
}

// validate holds JSON against a schema of the document.
func (c *contract) validate(t testing.TB, what, schema string, data []byte) {
	t.Helper()
	ref := c.doc.Components.Schemas[schema]
	if ref == nil {
		t.Errorf("%s: the document has no schema %s", what, schema)
		return
	}
	var value any
	if err := json.Unmarshal(data, &value); err != nil {
		t.Errorf("%s: %v in %q", what, err, data)
		return
	}
	if err := ref.Value.VisitJSON(value, openapi3.EnableJSONSchema2020()); err != nil {
		t.Errorf("%s: not a %s: %v", what, schema, err)
	}
}

func TestOpenAPI_IsAValidDocument(t *testing.T) {
	t.Parallel()
	c, err := loadContract()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.doc.Validate(t.Context(), openapi3.EnableExamplesValidation()); err != nil {
		t.Error(err)
	}
	seen := map[string]bool{}
	for path, item := range c.doc.Paths.Map() {
		for method, op := range item.Operations() {
			if op.OperationID == "" || seen[op.OperationID] || op.Summary == "" || op.Description == "" || len(op.Tags) != 1 {
				t.Errorf("%s %s: needs an operationId of its own, one tag, a summary and a description", method, path)
			}
			seen[op.OperationID] = true
		}
	}
}

// TestOpenAPI_ContractCheckCanFail shows that the check behind all other tests notices what it is for.
func TestOpenAPI_ContractCheckCanFail(t *testing.T) {
	t.Parallel()
	c, err := loadContract()
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []struct{ schema, data string }{
		{"ErrorAnswer", `{"error":{"code":"no_such_code","message":"x"}}`},
		{"ErrorAnswer", `{"error":{"code":"invalid"}}`},
		{"DeltaEvent", `{"text":"x","more":1}`},
		{"Me", `{"user":{}}`},
		{"Message", `{"id":"x","conversationId":"x","role":"user","content":"","createdAt":"2026-01-01T00:00:00Z"}`},
		{"NextCursor", `1`},
		{"FactStatus", `"maybe"`},
		{"FactPage", `{"facts":null,"nextCursor":null}`},
	} {
		probe := &counting{TB: t}
		c.validate(probe, "probe", bad.schema, []byte(bad.data))
		if probe.errors == 0 {
			t.Errorf("%s as %s passed", bad.data, bad.schema)
		}
	}
}

// counting counts errors instead of failing.
type counting struct {
	testing.TB
	errors int
}

func (c *counting) Helper()               {}
func (c *counting) Errorf(string, ...any) { c.errors++ }

func TestOpenAPI_HasEveryRouteAndNoOther(t *testing.T) {
	t.Parallel()
	c, err := loadContract()
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	for path, item := range c.doc.Paths.Map() {
		for method, op := range item.Operations() {
			path := regexp.MustCompile(`\{(\w+)\}`).ReplaceAllString(path, ":$1")
			documented = append(documented, method+" "+path)
			if method == http.MethodGet && !slices.Contains([]string{"followTurn", "exportUser", "exportConversation"}, op.OperationID) {
				documented = append(documented, http.MethodHead+" "+path) // as HTTP has it
			}
		}
	}
	registered := setup(t).server.Routes()
	slices.Sort(documented)
	slices.Sort(registered)
	if !slices.Equal(documented, registered) {
		t.Errorf("documented\n%s\nregistered\n%s", strings.Join(documented, "\n"), strings.Join(registered, "\n"))
	}
}
