package setup_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/cmd/setup"
)

func load(env map[string]string) (setup.Config, []setup.Setting, []error) {
	return setup.Load(func(name string) (string, bool) {
		value, ok := env[name]
		return value, ok
	})
}

func TestLoad_DefaultsAreComplete(t *testing.T) {
	t.Parallel()
	c, rows, problems := load(nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if c.Addr != ":8080" || c.Model != "gpt-4o-mini" || c.UpstreamTimeout != 0 || c.ShutdownGrace != 20*time.Second ||
		c.Heartbeat != 15*time.Second || c.RatePerMinute != 20 || c.DBMaxConns != 10 || c.Temperature != 0.6 || c.MaxTokens != 220 || c.CrisisLines != nil || c.LogLevel != slog.LevelInfo || c.UsesModel() {
		t.Errorf("got %+v", c)
	}
	for _, row := range rows {
		if row.Origin != "default" || row.Help == "" || row.Kind == "" {
			t.Errorf("%s: %+v", row.Env, row)
		}
	}
}

func TestLoad_ReadsEveryForm(t *testing.T) {
	t.Parallel()
	secret := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(secret, []byte("sk-from-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, rows, problems := load(map[string]string{
		"PORT": "9000", "OPENAI_API_KEY_FILE": secret, "BETTERPROFILE_UPSTREAM_TIMEOUT": "1.5", "BETTERPROFILE_SHUTDOWN_GRACE": "2m",
		"BETTERPROFILE_TRUSTED_PROXIES": "10.0.0.0/8, ::1", "BETTERPROFILE_LOG_LEVEL": "DEBUG", "OPENAI_BASE_URL": "http://127.0.0.1:11434/v1/",
		"BETTERPROFILE_TEMPERATURE": "OFF", "BETTERPROFILE_MAX_TOKENS": "off", "BETTERPROFILE_CRISIS_LINES": " 142 in Austria ;; 116 123 in the UK; ",
	})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if c.Addr != ":9000" || c.OpenAIKey != "sk-from-file" || c.UpstreamTimeout != 1500*time.Millisecond || c.ShutdownGrace != 2*time.Minute ||
		len(c.TrustedProxies) != 2 || c.LogLevel != slog.LevelDebug || c.OpenAIBaseURL != "http://127.0.0.1:11434/v1" || !c.UsesModel() {
		t.Errorf("got %+v", c)
	}
	if c.Temperature != -1 || c.MaxTokens != -1 || !slices.Equal(c.CrisisLines, []string{"142 in Austria", "116 123 in the UK"}) {
		t.Errorf("got %+v", c)
	}
	if zero, _, problems := load(map[string]string{"BETTERPROFILE_TEMPERATURE": "0"}); len(problems) > 0 || zero.Temperature <= 0 || zero.Temperature > 0.001 {
		t.Errorf("a temperature of 0 became %g, %v", zero.Temperature, problems)
	}
	for _, row := range rows {
		if strings.Contains(row.Value, "sk-from-file") {
			t.Errorf("%s shows the key", row.Env)
		}
	}
}

func TestLoad_EachProblemNamesItsVariableAndNoSecret(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{
		"BETTERPROFILE_ADDR": "nowhere", "PORT": "99999", "OPENAI_BASE_URL": "ftp://x", "BETTERPROFILE_ENGINE": "magic",
		"BETTERPROFILE_UPSTREAM_TIMEOUT": "soon", "BETTERPROFILE_SHUTDOWN_GRACE": "-1s", "BETTERPROFILE_HEARTBEAT": "0",
		"BETTERPROFILE_RATE_LIMIT_PER_MIN": "many", "BETTERPROFILE_DB_MAX_CONNS": "0", "BETTERPROFILE_TRUSTED_PROXIES": "proxy.example",
		"BETTERPROFILE_LOG_LEVEL": "loud", "BETTERPROFILE_LOG_FORMAT": "xml", "BETTERPROFILE_TLS_CERT": "cert.pem",
		"OPENAI_API_KEY_FILE": "/does/not/exist", "BETTERPROFILE_PUBLIC_URL": "example.org", "BETTERPROFILE_MAX_REPLY": "1",
		"BETTERPROFILE_TEMPERATURE": "NaN", "BETTERPROFILE_MAX_TOKENS": "0", "BETTERPROFILE_CRISIS_LINES": "142 \x1b[31min Austria",
	} {
		_, _, problems := load(map[string]string{name: value, "OPENAI_API_KEY": map[bool]string{true: "", false: "sk-secret"}[name == "OPENAI_API_KEY_FILE"]})
		if len(problems) != 1 {
			t.Errorf("%s=%s: problems %v, want one", name, value, problems)
			continue
		}
		line := problems[0].Error()
		if !strings.Contains(line, name) || strings.Contains(line, "\n") || strings.Contains(line, "sk-secret") {
			t.Errorf("%s=%s: %q", name, value, line)
		}
	}
	if _, _, problems := load(map[string]string{"BETTERPROFILE_ENGINE": "openai"}); len(problems) != 1 {
		t.Errorf("a model without key or address: %v", problems)
	}
}
