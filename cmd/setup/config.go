// Package setup holds what the two programs share: the server's settings, read from the environment, and putting the server together from
// its layers. `betterprofile-server` serves with it, `betterprofile` runs the same server in its own process on loopback.
package setup

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/storage"
)

// Config is the server's configuration. The zero value is not usable; Load fills in the defaults.
type Config struct {
	DatabaseURL     string
	Addr            string
	PublicURL       string
	OpenAIKey       string
	OpenAIBaseURL   string
	Model           string
	Engine          string        // auto, openai or builtin
	Temperature     float64       // negative to leave it to the endpoint
	MaxTokens       int           // of a reply; negative to leave it to the endpoint
	CrisisLines     []string      // none for the shipped ones
	UpstreamTimeout time.Duration // 0 for the engine's own times
	ShutdownGrace   time.Duration
	Heartbeat       time.Duration
	RatePerMinute   int // messages of a user
	RequestsPerMin  int // of a user
	StreamsPerUser  int
	TokensPerDay    int // of the model, for a user
	DBMaxConns      int
	Keys            *storage.Keys // nil: text is stored as it is
	Encryption      string        // on or off
	Instance        string
	MaxReplyRunes   int
	TLSCert         string
	TLSKey          string
	ACMEDomains     []string
	ACMECache       string // a folder
	ACMEEmail       string
	ACMEURL         string // of the directory; empty for Let's Encrypt's
	TrustedProxies  []string
	TrustedOrigins  []string
	AuthSecrets     []string // the first signs, all verify; none: nobody signs in by cookie or password
	SignUp          string   // on or off
	VerificationURI string   // where device codes are approved; empty for the server's own page
	LogLevel        slog.Level
	LogFormat       string // json or text

	Warnings []string // what is allowed but better not so, a sentence each

	secrets         authSecrets
	platformOrigins []string
}

// authSecrets are the variables that hold secrets, as Better Auth has them.
type authSecrets struct{ list, single, other string }

// Setting is one row of the table of settings: what the parser, `--help`, the documentation and `doctor` know of it.
type Setting struct {
	Env     string // the variable's name; a secret also has a twin with _FILE, which names a file that holds the value
	Else    string // another variable that gives the value when Env does not; empty for none
	Default string // as it would be written in the variable; empty for none
	Kind    string // what a value looks like
	Secret  bool   // never shown
	Help    string // one sentence
	Origin  string // after Load: "default", or the name of the variable that gave the value
	Value   string // after Load: the value as given; empty for a secret

	set func(value string) error // checks a value and keeps it
}

// Settings lists all settings in the order of the documentation.
func Settings() []Setting { return new(Config).settings() }

// settings is the one table. Each row writes into its own field of c.
func (c *Config) settings() []Setting {
	return []Setting{
		{Env: "DATABASE_URL", Kind: "URL", Secret: true, Help: "Where everything is stored: postgres://user:password@host/name or sqlite:PATH.", set: text(&c.DatabaseURL)},
		{Env: "BETTERPROFILE_ADDR", Default: ":8080", Kind: "host:port", Help: "The address to listen on. Without it, PORT gives the port alone.", set: addr(&c.Addr)},
		{Env: "BETTERPROFILE_PUBLIC_URL", Else: "BETTER_AUTH_URL", Kind: "URL", Help: "The address that browsers and clients use. With https, cookies are secure ones and browsers are told to stay with it. Without it, BETTER_AUTH_URL is taken. Default: the address listened on.", set: httpURL(&c.PublicURL)},
		{Env: "BETTERPROFILE_ENGINE", Default: "auto", Kind: "auto, openai or builtin", Help: "What replies. auto is a model when a key or a base URL is set, for which the built-in interviewer stands in when it fails; else the built-in interviewer. openai is a model alone: when it fails, so does the reply.", set: oneOf(&c.Engine, "auto", "openai", "builtin")},
		{Env: "OPENAI_API_KEY", Kind: "text", Secret: true, Help: "The key for the model's endpoint.", set: text(&c.OpenAIKey)},
		{Env: "OPENAI_BASE_URL", Kind: "URL", Help: "An OpenAI-compatible endpoint, such as http://127.0.0.1:11434/v1. Default: OpenAI's own.", set: httpURL(&c.OpenAIBaseURL)},
		{Env: "BETTERPROFILE_MODEL", Default: "gpt-4o-mini", Kind: "text", Help: "The model's name at the endpoint.", set: text(&c.Model)},
		{Env: "BETTERPROFILE_TEMPERATURE", Default: "0.6", Kind: "0 to 2, or off", Help: "How freely the model chooses its words. off leaves it to the endpoint; reasoning models never get one.", set: temperature(&c.Temperature)},
		{Env: "BETTERPROFILE_MAX_TOKENS", Default: "220", Kind: "number, or off", Help: "How long the model's reply may be, in tokens. off leaves it to the endpoint.", set: orOff(&c.MaxTokens, number(&c.MaxTokens, 50, 100_000))},
		{Env: "BETTERPROFILE_CRISIS_LINES", Kind: "text; text; …", Help: "Whom to call in a crisis, as it stands in a sentence: `988 in the US and Canada; 116 123 in the UK and Ireland`. Default: a few examples, to be checked by whoever runs the server.", set: lines(&c.CrisisLines)},
		{Env: "BETTERPROFILE_UPSTREAM_TIMEOUT", Kind: "duration", Help: "How long the model may be silent, before its first word and between two. Default: 10 and 15 seconds, and longer for an endpoint on this machine.", set: duration(&c.UpstreamTimeout, 10*time.Millisecond, time.Hour)},
		{Env: "BETTERPROFILE_MAX_REPLY", Default: "20000", Kind: "number", Help: "Where a reply is cut, in characters.", set: number(&c.MaxReplyRunes, 100, 1_000_000)},
		{Env: "BETTERPROFILE_RATE_LIMIT_PER_MIN", Default: "20", Kind: "number", Help: "How many messages a user may send a minute, half of them at once. Replicas on PostgreSQL count together. 0 is no limit.", set: number(&c.RatePerMinute, 0, 1_000_000)},
		{Env: "BETTERPROFILE_REQUESTS_PER_MIN", Default: "1200", Kind: "number", Help: "How many requests of any kind a user may make a minute, half of them at once. 0 is no limit.", set: number(&c.RequestsPerMin, 0, 10_000_000)},
		{Env: "BETTERPROFILE_STREAMS_PER_USER", Default: "16", Kind: "number", Help: "How many replies a user may follow at once at one server. 0 is no limit.", set: number(&c.StreamsPerUser, 0, 1_000_000)},
		{Env: "BETTERPROFILE_TOKENS_PER_DAY", Default: "0", Kind: "number", Help: "How many tokens of the model a user's turns may cost in a day of UTC; after that the built-in interviewer answers. 0 is no limit.", set: number(&c.TokensPerDay, 0, 1_000_000_000)},
		{Env: "BETTERPROFILE_SHUTDOWN_GRACE", Default: "20s", Kind: "duration", Help: "How long running replies may go on after a request to stop.", set: duration(&c.ShutdownGrace, 0, time.Hour)},
		{Env: "BETTERPROFILE_HEARTBEAT", Default: "15s", Kind: "duration", Help: "How often a silent stream is kept awake.", set: duration(&c.Heartbeat, 10*time.Millisecond, time.Hour)},
		{Env: "BETTERPROFILE_DB_MAX_CONNS", Default: "10", Kind: "number", Help: "How many connections to the database are opened at most.", set: number(&c.DBMaxConns, 1, 1000)},
		{Env: "BETTERPROFILE_ENCRYPTION_KEYS", Kind: "id:base64,…", Secret: true, Help: "What text is encrypted with at rest: the first key seals, all of them open. `betterprofile-server keys new ID` makes one.", set: keys(&c.Keys)},
		{Env: "BETTERPROFILE_ENCRYPTION", Default: "on", Kind: "on or off", Help: "off lets a shared server store text as it is, without keys.", set: oneOf(&c.Encryption, "on", "off")},
		{Env: "BETTERPROFILE_INSTANCE", Kind: "text", Help: "The server's name among its replicas: a restart under it takes up its own replies at once. Default: host name and port.", set: text(&c.Instance)},
		{Env: "BETTERPROFILE_TLS_CERT", Kind: "path", Help: "The certificate file (PEM) to serve HTTPS with; BETTERPROFILE_TLS_KEY belongs to it.", set: text(&c.TLSCert)},
		{Env: "BETTERPROFILE_TLS_KEY", Kind: "path", Help: "The certificate's private key (PEM).", set: text(&c.TLSKey)},
		{Env: "BETTERPROFILE_ACME_DOMAINS", Kind: "names", Help: "Host names to get certificates for by ACME (Let's Encrypt), separated by commas. The server must be reached at port 443 of each.", set: domains(&c.ACMEDomains)},
		{Env: "BETTERPROFILE_ACME_CACHE", Kind: "path", Help: "The folder that keeps the certificates and their keys; needed with BETTERPROFILE_ACME_DOMAINS.", set: text(&c.ACMECache)},
		{Env: "BETTERPROFILE_ACME_EMAIL", Kind: "text", Help: "An address for the issuer's warnings.", set: text(&c.ACMEEmail)},
		{Env: "BETTERPROFILE_ACME_URL", Kind: "URL", Help: "The issuer's ACME directory. Default: Let's Encrypt's.", set: httpURL(&c.ACMEURL)},
		{Env: "BETTER_AUTH_SECRET", Kind: "text", Secret: true, Help: "What sessions are signed with: the same as the web platform's, or of your own (openssl rand -base64 32). Without any secret, people sign in only by tokens that `betterprofile-server user token` makes.", set: text(&c.secrets.single)},
		{Env: "BETTER_AUTH_SECRETS", Kind: "version:secret,…", Secret: true, Help: "Several secrets, the newest first: it signs, all of them verify.", set: text(&c.secrets.list)},
		{Env: "AUTH_SECRET", Kind: "text", Secret: true, Help: "Another name of BETTER_AUTH_SECRET, which comes first.", set: text(&c.secrets.other)},
		{Env: "BETTERPROFILE_TRUSTED_ORIGINS", Kind: "origins", Help: "Web sites that may use the API with their visitors' cookies, separated by commas: https://app.example.com, https://*.example.com.", set: list(&c.TrustedOrigins)},
		{Env: "BETTER_AUTH_TRUSTED_ORIGINS", Kind: "origins", Help: "More of them: the web platform's variable.", set: list(&c.platformOrigins)},
		{Env: "BETTERPROFILE_SIGN_UP", Default: "on", Kind: "on or off", Help: "off: accounts are made by `betterprofile-server user create` alone.", set: oneOf(&c.SignUp, "on", "off")},
		{Env: "BETTERPROFILE_VERIFICATION_URI", Kind: "URL", Help: "Where people approve a terminal's sign-in, when that is at the web platform. Default: /device on the public address.", set: httpURL(&c.VerificationURI)},
		{Env: "BETTERPROFILE_TRUSTED_PROXIES", Kind: "addresses", Help: "Proxies whose X-Forwarded-For is believed: addresses or networks, separated by commas. Default: none.", set: networks(&c.TrustedProxies)},
		{Env: "BETTERPROFILE_LOG_LEVEL", Default: "info", Kind: "debug, info, warn or error", Help: "The least level that is logged.", set: level(&c.LogLevel)},
		{Env: "BETTERPROFILE_LOG_FORMAT", Default: "json", Kind: "json or text", Help: "How log lines look.", set: oneOf(&c.LogFormat, "json", "text")},
	}
}

// Load reads the settings through lookup (os.LookupEnv in a program) and returns them with the table as filled in. Each problem is one
// line that names the variable and says what would be right; a secret's value is never in it.
func Load(lookup func(string) (string, bool)) (Config, []Setting, []error) {
	var c Config
	var problems []error
	rows := c.settings()
	for i := range rows {
		if err := rows[i].load(lookup); err != nil {
			problems = append(problems, err)
		}
	}
	problems = append(problems, c.finishTLS()...)
	problems = append(problems, c.finishIdentity()...)
	if c.Encryption == "off" && c.Keys != nil {
		problems = append(problems, errors.New("BETTERPROFILE_ENCRYPTION is off and there are BETTERPROFILE_ENCRYPTION_KEYS: unset one of them"))
	}
	if c.Engine == "openai" && c.OpenAIKey == "" && c.OpenAIBaseURL == "" {
		problems = append(problems, errors.New("BETTERPROFILE_ENGINE is openai: set OPENAI_API_KEY, or OPENAI_BASE_URL for an endpoint without keys"))
	}
	if c.Instance == "" {
		c.Instance = instance(c.Addr)
	}
	return c, rows, problems
}

// UsesModel reports whether replies come from a model.
func (c Config) UsesModel() bool {
	return c.Engine == "openai" || (c.Engine == "auto" && (c.OpenAIKey != "" || c.OpenAIBaseURL != ""))
}

// load sets one row from its variable, its _FILE twin or its default.
func (s *Setting) load(lookup func(string) (string, bool)) error {
	value, origin, err := s.find(lookup)
	if err != nil {
		return err
	}
	s.Origin = origin
	if !s.Secret {
		s.Value = value
	}
	if value == "" {
		return nil
	}
	if err := s.set(value); err != nil {
		return fmt.Errorf("%s: %w", origin, err)
	}
	return nil
}

func (s *Setting) find(lookup func(string) (string, bool)) (value, origin string, err error) {
	if value, ok := lookup(s.Env); ok && strings.TrimSpace(value) != "" {
		return strings.TrimSpace(value), s.Env, nil
	}
	if s.Secret {
		if path, ok := lookup(s.Env + "_FILE"); ok && path != "" {
			b, err := os.ReadFile(path)
			if err != nil {
				return "", "", fmt.Errorf("%s_FILE: %w", s.Env, err)
			}
			return strings.TrimSpace(string(b)), s.Env + "_FILE", nil
		}
	}
	if value, ok := lookup(s.Else); s.Else != "" && ok && strings.TrimSpace(value) != "" {
		return strings.TrimSpace(value), s.Else, nil
	}
	if s.Env == "BETTERPROFILE_ADDR" {
		if port, ok := lookup("PORT"); ok && port != "" {
			return ":" + strings.TrimSpace(port), "PORT", nil
		}
	}
	return s.Default, "default", nil
}

// instance names the server by where it runs. An address with a random port gives no name that a restart would have again.
func instance(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	name, nameErr := os.Hostname()
	if err != nil || nameErr != nil || port == "0" {
		return ""
	}
	return name + "/" + net.JoinHostPort(host, port)
}

func text(to *string) func(string) error {
	return func(v string) error { *to = v; return nil }
}

func oneOf(to *string, values ...string) func(string) error {
	return func(v string) error {
		for _, ok := range values {
			if strings.EqualFold(v, ok) {
				*to = ok
				return nil
			}
		}
		return fmt.Errorf("%q is not one of %s", v, strings.Join(values, ", "))
	}
}

func keys(to **storage.Keys) func(string) error {
	return func(v string) error {
		parsed, err := storage.ParseKeys(v)
		if err != nil {
			return errors.New(strings.TrimSuffix(interview.AsError(err).Message, "."))
		}
		*to = parsed
		return nil
	}
}

func addr(to *string) func(string) error {
	return func(v string) error {
		_, port, err := net.SplitHostPort(v)
		if n, perr := strconv.Atoi(port); err != nil || perr != nil || n < 0 || n > 65535 {
			return fmt.Errorf("%q is not an address such as :8080 or 127.0.0.1:8080", v)
		}
		*to = v
		return nil
	}
}

func httpURL(to *string) func(string) error {
	return func(v string) error {
		u, err := url.Parse(v)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
			return errors.New("not a URL such as https://example.org")
		}
		*to = strings.TrimRight(v, "/")
		return nil
	}
}

// duration takes Go's form (1m30s) or a number of seconds.
func duration(to *time.Duration, least, most time.Duration) func(string) error {
	return func(v string) error {
		d, err := time.ParseDuration(v)
		if seconds, serr := strconv.ParseFloat(v, 64); serr == nil && seconds < most.Seconds()+1 {
			d, err = time.Duration(seconds*float64(time.Second)), nil
		}
		if err != nil || d < least || d > most {
			return fmt.Errorf("%q is not a duration from %s to %s, such as 30s", v, least, most)
		}
		*to = d
		return nil
	}
}

func number(to *int, least, most int) func(string) error {
	return func(v string) error {
		n, err := strconv.Atoi(v)
		if err != nil || n < least || n > most {
			return fmt.Errorf("%q is not a whole number from %d to %d", v, least, most)
		}
		*to = n
		return nil
	}
}

// orOff takes off, which is -1, or what number takes.
func orOff(to *int, number func(string) error) func(string) error {
	return func(v string) error {
		if strings.EqualFold(v, "off") {
			*to = -1
			return nil
		}
		if err := number(v); err != nil {
			return fmt.Errorf("%w, or off", err)
		}
		return nil
	}
}

// leastTemperature stands for 0, which is to the engine that nothing is set.
const leastTemperature = 1e-6

func temperature(to *float64) func(string) error {
	return func(v string) error {
		if strings.EqualFold(v, "off") {
			*to = -1
			return nil
		}
		t, err := strconv.ParseFloat(v, 64)
		if err != nil || !(t >= 0 && t <= 2) { // NaN too
			return fmt.Errorf("%q is not a number from 0 to 2, or off", v)
		}
		*to = max(t, leastTemperature)
		return nil
	}
}

// maxLine is the length limit of a crisis line, in characters.
const maxLine = 200

// lines takes texts with semicolons between them.
func lines(to *[]string) func(string) error {
	return func(v string) error {
		for part := range strings.SplitSeq(v, ";") {
			part = strings.TrimSpace(part)
			switch {
			case part == "":
				continue
			case !utf8.ValidString(part) || strings.ContainsFunc(part, unicode.IsControl) || utf8.RuneCountInString(part) > maxLine:
				return fmt.Errorf("%q is not a line of text of at most %d characters", part, maxLine)
			}
			*to = append(*to, part)
		}
		return nil
	}
}

func networks(to *[]string) func(string) error {
	return func(v string) error {
		for part := range strings.SplitSeq(v, ",") {
			part = strings.TrimSpace(part)
			if _, _, err := net.ParseCIDR(part); err != nil && net.ParseIP(part) == nil {
				return fmt.Errorf("%q is not an address or a network such as 10.0.0.0/8", part)
			}
			*to = append(*to, part)
		}
		return nil
	}
}

func level(to *slog.Level) func(string) error {
	return func(v string) error {
		if err := to.UnmarshalText([]byte(v)); err != nil {
			return fmt.Errorf("%q is not one of debug, info, warn, error", v)
		}
		return nil
	}
}
