package betterauth

import (
	"strings"
	"unicode/utf8"

	"github.com/betterprofile/betterprofile/interview"
)

// developmentSecret is what Better Auth falls back to when nothing is configured: everybody knows it.
const developmentSecret = "better-auth-secret-12345678901234567890"

// shortSecret is the length in characters below which Better Auth warns of a secret.
const shortSecret = 32

// Secrets reads the secrets as Better Auth does, from the environment that lookup stands for: BETTER_AUTH_SECRETS
// ("<version>:<secret>,…", newest first), else BETTER_AUTH_SECRET, else AUTH_SECRET. The first one signs; older ones, and a
// BETTER_AUTH_SECRET beside BETTER_AUTH_SECRETS, still verify. Warnings are whole sentences. There are none at all when nothing is set.
// Errors: invalid, with the variable as field.
func Secrets(lookup func(name string) string) (secrets, warnings []string, err error) {
	const listed, single, other = "BETTER_AUTH_SECRETS", "BETTER_AUTH_SECRET", "AUTH_SECRET"
	for entry := range strings.SplitSeq(lookup(listed), ",") {
		if strings.TrimSpace(entry) == "" {
			continue
		}
		version, secret, found := strings.Cut(strings.TrimSpace(entry), ":")
		if !found || secret == "" || version == "" || strings.Trim(version, "0123456789") != "" {
			return nil, nil, interview.Invalid(listed, "%s must be a list such as 2:new-secret,1:old-secret.", listed)
		}
		secrets = append(secrets, secret)
	}
	for _, name := range []string{single, other} {
		if value := lookup(name); value != "" && (len(secrets) == 0 || name == single) {
			secrets = append(secrets, value)
		}
	}
	for _, secret := range secrets {
		if secret == developmentSecret {
			return nil, nil, interview.Invalid(single, "The secret is Better Auth's for development, which everybody knows. Make one: openssl rand -base64 32")
		}
	}
	if len(secrets) > 0 && utf8.RuneCountInString(secrets[0]) < shortSecret {
		warnings = append(warnings, "The secret that signs sessions has fewer than 32 characters. Make a longer one: openssl rand -base64 32")
	}
	return secrets, warnings, nil
}

// checkSecrets refuses what nobody may be signed in by.
func checkSecrets(secrets []string) error {
	if len(secrets) == 0 {
		return interview.Invalid("Secrets", "A secret is needed to sign sessions: set BETTER_AUTH_SECRET, made with openssl rand -base64 32.")
	}
	for _, secret := range secrets {
		if secret == "" || secret == developmentSecret {
			return interview.Invalid("Secrets", "The secret must not be empty or Better Auth's for development, which everybody knows.")
		}
	}
	return nil
}
