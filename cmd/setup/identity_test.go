package setup_test

import (
	"strings"
	"testing"
)

func TestLoad_Identity(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("s", 32)
	c, rows, problems := load(map[string]string{
		"BETTER_AUTH_SECRETS": "2:" + long + "2,1:" + long + "1", "BETTER_AUTH_SECRET": long, "AUTH_SECRET": "other",
		"BETTER_AUTH_URL": "https://profile.example.org/", "BETTERPROFILE_TRUSTED_ORIGINS": "https://app.example.com, *.example.net",
		"BETTER_AUTH_TRUSTED_ORIGINS": "https://old.example.com",
	})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if got := strings.Join(c.AuthSecrets, " "); got != long+"2 "+long+"1 "+long {
		t.Errorf("secrets %q", got)
	}
	if got := strings.Join(c.TrustedOrigins, " "); got != "https://app.example.com *.example.net https://old.example.com" {
		t.Errorf("origins %q", got)
	}
	if c.PublicURL != "https://profile.example.org" || c.SignUp != "on" || c.StreamsPerUser != 16 || len(c.Warnings) != 0 {
		t.Errorf("%+v", c)
	}
	for _, row := range rows {
		if strings.Contains(row.Value, "sss") {
			t.Errorf("%s shows a secret", row.Env)
		}
		if row.Env == "BETTERPROFILE_PUBLIC_URL" && row.Origin != "BETTER_AUTH_URL" {
			t.Errorf("the address came from %s", row.Origin)
		}
	}
	if c, _, _ := load(map[string]string{"BETTER_AUTH_URL": "https://a.example", "BETTERPROFILE_PUBLIC_URL": "https://b.example"}); c.PublicURL != "https://b.example" {
		t.Errorf("%s", c.PublicURL)
	}
	if c, _, problems := load(map[string]string{"AUTH_SECRET": "short"}); len(problems) != 0 || len(c.Warnings) != 1 || len(c.AuthSecrets) != 1 {
		t.Errorf("%v %v", c.Warnings, problems)
	}
}

func TestLoad_WhatIsWrongWithSignIn(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("s", 32)
	for name, value := range map[string]string{
		"BETTER_AUTH_SECRETS": "no-version", "BETTERPROFILE_TRUSTED_ORIGINS": "*", "BETTER_AUTH_URL": "profile.example.org",
		"BETTERPROFILE_SIGN_UP": "maybe", "BETTERPROFILE_VERIFICATION_URI": "device", "BETTERPROFILE_STREAMS_PER_USER": "-1",
		"BETTERPROFILE_TOKENS_PER_DAY": "lots", "BETTERPROFILE_REQUESTS_PER_MIN": "x", "BETTERPROFILE_ACME_URL": "x",
	} {
		_, _, problems := load(map[string]string{name: value, "AUTH_SECRET": long})
		if len(problems) != 1 || !strings.Contains(problems[0].Error(), name) {
			t.Errorf("%s=%s: %v", name, value, problems)
		}
	}
	_, _, problems := load(map[string]string{"BETTER_AUTH_SECRET": "better-auth-secret-12345678901234567890"})
	if len(problems) != 1 || !strings.Contains(problems[0].Error(), "BETTER_AUTH_SECRET") || strings.Contains(problems[0].Error(), "12345") {
		t.Errorf("%v", problems)
	}
	for _, env := range []map[string]string{
		{"BETTERPROFILE_ACME_DOMAINS": "profile.example.org"},
		{"BETTERPROFILE_ACME_DOMAINS": "127.0.0.1", "BETTERPROFILE_ACME_CACHE": "acme"},
		{"BETTERPROFILE_ACME_DOMAINS": "https://profile.example.org", "BETTERPROFILE_ACME_CACHE": "acme"},
		{"BETTERPROFILE_ACME_DOMAINS": ",", "BETTERPROFILE_ACME_CACHE": "acme"},
		{"BETTERPROFILE_ACME_DOMAINS": "a.example", "BETTERPROFILE_ACME_CACHE": "acme", "BETTERPROFILE_TLS_CERT": "c", "BETTERPROFILE_TLS_KEY": "k"},
	} {
		if _, _, problems := load(env); len(problems) != 1 || !strings.Contains(problems[0].Error(), "BETTERPROFILE_ACME_DOMAINS") {
			t.Errorf("%v: %v", env, problems)
		}
	}
	if c, _, problems := load(map[string]string{"BETTERPROFILE_ACME_DOMAINS": "a.example, b.example", "BETTERPROFILE_ACME_CACHE": "acme"}); len(problems) != 0 ||
		len(c.ACMEDomains) != 2 || !c.HTTPS() {
		t.Errorf("%v %v", c.ACMEDomains, problems)
	}
}
