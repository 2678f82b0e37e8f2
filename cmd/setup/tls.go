package setup

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
)

// finishTLS checks what several variables say together.
func (c *Config) finishTLS() []error {
	var problems []error
	if (c.TLSCert == "") != (c.TLSKey == "") {
		problems = append(problems, errors.New("BETTERPROFILE_TLS_CERT and BETTERPROFILE_TLS_KEY go together: set both or neither"))
	}
	if len(c.ACMEDomains) > 0 && c.TLSCert != "" {
		problems = append(problems, errors.New("BETTERPROFILE_ACME_DOMAINS gets certificates and BETTERPROFILE_TLS_CERT is one: unset one of them"))
	}
	if len(c.ACMEDomains) > 0 && c.ACMECache == "" {
		problems = append(problems, errors.New("BETTERPROFILE_ACME_DOMAINS needs BETTERPROFILE_ACME_CACHE, a folder that outlives the program"))
	}
	return problems
}

// HTTPS reports whether the server itself speaks TLS.
func (c Config) HTTPS() bool { return c.TLSCert != "" || len(c.ACMEDomains) > 0 }

// tlsConfig is how the server speaks TLS, nil when it does not.
func (c Config) tlsConfig(log *slog.Logger) (*tls.Config, error) {
	switch {
	case len(c.ACMEDomains) > 0:
		manager := &autocert.Manager{
			Prompt: autocert.AcceptTOS, HostPolicy: autocert.HostWhitelist(c.ACMEDomains...), Cache: autocert.DirCache(c.ACMECache), Email: c.ACMEEmail,
		}
		if c.ACMEURL != "" {
			manager.Client = &acme.Client{DirectoryURL: c.ACMEURL}
		}
		config := manager.TLSConfig()
		config.MinVersion = tls.VersionTLS12
		return config, nil
	case c.TLSCert != "":
		pair := &certificate{certFile: c.TLSCert, keyFile: c.TLSKey, now: time.Now, log: log}
		if err := pair.read(); err != nil {
			return nil, fmt.Errorf("BETTERPROFILE_TLS_CERT, BETTERPROFILE_TLS_KEY: %w", err)
		}
		return &tls.Config{GetCertificate: pair.get, MinVersion: tls.VersionTLS12}, nil
	}
	return nil, nil
}

// lookEvery is how often the files of a certificate are looked at.
const lookEvery = 2 * time.Second

// certificate is a pair of files that is read again when it changes. While what is there cannot be used, the pair before it is.
type certificate struct {
	certFile, keyFile string
	now               func() time.Time
	log               *slog.Logger

	mu     sync.Mutex
	pair   *tls.Certificate
	seen   [2]fileState // of the files that were read last, whether they could be used or not
	looked time.Time
}

// fileState tells one content of a file from another.
type fileState struct {
	modified time.Time
	size     int64
}

func stateOf(path string) (fileState, error) {
	info, err := os.Stat(path)
	if err != nil {
		return fileState{}, err
	}
	return fileState{info.ModTime(), info.Size()}, nil
}

// get implements tls.Config.GetCertificate.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.now(); now.Sub(c.looked) >= lookEvery {
		c.looked = now
		c.renew()
	}
	return c.pair, nil
}

// renew reads the files when they are others than before.
func (c *certificate) renew() {
	states, err := c.states()
	if err == nil && states == c.seen {
		return
	}
	old := c.seen
	if err == nil {
		err = c.read()
	}
	switch {
	case err == nil:
		c.log.Info("the TLS certificate was read again", "file", c.certFile)
	case states != old: // and once for each change
		c.log.Error("the new TLS certificate cannot be used, and the old one is kept", "file", c.certFile, "error", err)
	}
	c.seen = states
}

func (c *certificate) states() (states [2]fileState, err error) {
	for i, path := range []string{c.certFile, c.keyFile} {
		if states[i], err = stateOf(path); err != nil {
			return [2]fileState{}, err
		}
	}
	return states, nil
}

// read reads the files.
func (c *certificate) read() error {
	states, err := c.states()
	if err != nil {
		return err
	}
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return err
	}
	c.pair, c.seen = &pair, states
	return nil
}
