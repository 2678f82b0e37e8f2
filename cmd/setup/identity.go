package setup

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/betterprofile/betterprofile/api/betterauth"
	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/storage"
)

// finishIdentity puts together what several variables say of who signs in.
func (c *Config) finishIdentity() []error {
	c.TrustedOrigins = append(c.TrustedOrigins, c.platformOrigins...)
	variables := map[string]string{
		"BETTER_AUTH_SECRETS": c.secrets.list, "BETTER_AUTH_SECRET": c.secrets.single, "AUTH_SECRET": c.secrets.other,
	}
	secrets, warnings, err := betterauth.Secrets(func(name string) string { return variables[name] })
	if err != nil {
		e := interview.AsError(err)
		return []error{fmt.Errorf("%s: %s", e.Details.Field, strings.TrimSuffix(e.Message, "."))}
	}
	c.AuthSecrets = secrets
	for _, warning := range warnings {
		c.Warnings = append(c.Warnings, "BETTER_AUTH_SECRET: "+warning)
	}
	if len(secrets) == 0 {
		return nil
	}
	o := c.identity(nil, "http://localhost")
	o.Accounts = struct{ interview.AccountStore }{} // is not asked
	if _, err = betterauth.New(*o); err != nil {
		return []error{c.identityProblem(err)}
	}
	return nil
}

// identityProblem says which variable is wrong.
func (c *Config) identityProblem(err error) error {
	e := interview.AsError(err)
	variable := map[string]string{
		"BaseURL": "BETTERPROFILE_PUBLIC_URL", "TrustedOrigins": "BETTERPROFILE_TRUSTED_ORIGINS", "VerificationURI": "BETTERPROFILE_VERIFICATION_URI",
		"Secrets": "BETTER_AUTH_SECRET",
	}[e.Details.Field]
	return fmt.Errorf("%s: %s", variable, strings.TrimSuffix(e.Message, "."))
}

// identity is the identity service of a server at an address, nil without a secret.
func (c *Config) identity(db *storage.DB, address string) *betterauth.Options {
	if len(c.AuthSecrets) == 0 {
		return nil
	}
	o := &betterauth.Options{
		Accounts: db, Secrets: c.AuthSecrets, BaseURL: c.PublicURL, TrustedOrigins: c.TrustedOrigins, VerificationURI: c.VerificationURI,
		NoSignUp: c.SignUp == "off",
	}
	if shared(db) {
		o.Rates = db
	}
	if o.BaseURL == "" {
		o.BaseURL = localName(address)
		o.TrustedOrigins = append([]string{address}, o.TrustedOrigins...)
	}
	return o
}

// shared reports whether other servers may use the database at the same time, so that limits are counted there.
func shared(db *storage.DB) bool { return db != nil && db.Kind() == "postgres" }

// localName is what people type in for a server on their own machine.
func localName(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	if ip := net.ParseIP(u.Hostname()); ip != nil && ip.IsLoopback() {
		u.Host = net.JoinHostPort("localhost", u.Port())
	}
	return u.String()
}

// warn says what the server will not do as it is set up, a sentence each.
func (c *Config) warn() []string {
	warnings := c.Warnings
	switch {
	case len(c.AuthSecrets) == 0:
		warnings = append(warnings, "BETTER_AUTH_SECRET is not set: nobody signs in with a password, in a browser or by device code, only with a token "+
			"that betterprofile-server user token makes. Set it to what openssl rand -base64 32 prints, or to the web platform's.")
	case c.PublicURL == "":
		warnings = append(warnings, "BETTERPROFILE_PUBLIC_URL is not set: browsers can sign in on this machine only.")
	}
	return warnings
}

// list takes texts with commas between them.
func list(to *[]string) func(string) error {
	return func(v string) error {
		for part := range strings.SplitSeq(v, ",") {
			if part = strings.TrimSpace(part); part != "" {
				*to = append(*to, part)
			}
		}
		return nil
	}
}

// domains takes host names.
func domains(to *[]string) func(string) error {
	return func(v string) error {
		var names []string
		if err := list(&names)(v); err != nil {
			return err
		}
		for _, name := range names {
			if !strings.Contains(name, ".") || strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789-.") != "" || net.ParseIP(name) != nil {
				return fmt.Errorf("%q is not a host name such as profile.example.org", name)
			}
		}
		if len(names) == 0 {
			return errors.New("no host name")
		}
		*to = names
		return nil
	}
}
