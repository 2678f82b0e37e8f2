package setup_test

import (
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/agent/openai/openaitest"
	"github.com/betterprofile/betterprofile/client"
	"github.com/betterprofile/betterprofile/cmd/setup"
	"github.com/betterprofile/betterprofile/interview"
)

// served is a server as the settings make it, with a user signed in.
func served(t *testing.T, env map[string]string) (*setup.Server, *client.Client) {
	t.Helper()
	env["DATABASE_URL"], env["BETTERPROFILE_ADDR"] = "sqlite:"+filepath.Join(t.TempDir(), "server.db"), "127.0.0.1:0"
	env["BETTERPROFILE_ENCRYPTION"], env["BETTERPROFILE_SHUTDOWN_GRACE"] = "off", "1s"
	config, _, problems := load(env)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	s, err := setup.Start(t.Context(), config, setup.Options{Version: "test", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
	user, err := s.DB.CreateUser(t.Context(), interview.User{Name: "Ada", Email: "ada@example.org"})
	if err != nil {
		t.Fatal(err)
	}
	session, err := s.DB.CreateSession(t.Context(), user.ID, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	c, err := client.New(s.URL, session.Token, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s, c
}

// ask has a message answered in a conversation of its own and returns the reply.
func ask(t *testing.T, c *client.Client, text string) interview.Message {
	t.Helper()
	conversation, err := c.CreateConversation(t.Context(), interview.ConversationInput{})
	if err != nil {
		t.Fatal(err)
	}
	var reply interview.Message
	for ev, err := range c.Send(t.Context(), conversation.ID, interview.TurnInput{ID: interview.NewID(), Content: text}) {
		if err != nil {
			t.Fatal(err)
		}
		if ev.Kind == interview.EventCompleted {
			reply = *ev.Message
		}
	}
	return reply
}

func metrics(t *testing.T, s *setup.Server) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestMetrics_CountWhatWentWrongWithTheModel(t *testing.T) {
	t.Parallel()
	model, err := openaitest.Start("127.0.0.1:0", openaitest.Directives())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(model.Close)
	s, c := served(t, map[string]string{"OPENAI_BASE_URL": model.URL()})
	if got := metrics(t, s); strings.Contains(got, "betterprofile_fallbacks_total{") || !strings.Contains(got, `betterprofile_texts_rejected_total{kind="title"} 0`) {
		t.Errorf("before anything:\n%s", got)
	}
	ask(t, c, "[fake:401] I rebuilt the handover of our ward.")
	ask(t, c, "[fake:figure] I rebuilt the handover of our ward.")
	got := metrics(t, s)
	for _, want := range []string{
		`betterprofile_fallbacks_total{reason="auth"} 1`,
		`betterprofile_fallbacks_total{reason="lint"} 1`,
		`betterprofile_model_errors_total{reason="bad_key"} 1`,
		`betterprofile_lint_failures_total{rule="figure"} 2`,
		`betterprofile_background_tokens_total{direction="input"} `,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
	if me, err := c.Me(t.Context()); err != nil || me.Engine != (interview.EngineInfo{Name: "openai", Model: "gpt-4o-mini", Fallback: "builtin"}) {
		t.Errorf("%+v %v", me.Engine, err)
	}
}

func TestSettings_ReachTheInterviewer(t *testing.T) {
	t.Parallel()
	_, c := served(t, map[string]string{"BETTERPROFILE_CRISIS_LINES": "142 in Austria; 116 123 in the UK"})
	if got := ask(t, c, "I want to kill myself.").Content; !strings.Contains(got, "(142 in Austria; 116 123 in the UK)") {
		t.Errorf("%q", got)
	}
	if me, err := c.Me(t.Context()); err != nil || me.Engine != (interview.EngineInfo{Name: "builtin"}) {
		t.Errorf("%+v %v", me.Engine, err)
	}
}
