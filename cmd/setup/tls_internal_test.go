package setup

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// writePair writes a certificate for localhost with a serial number, and its key.
func writePair(t *testing.T, certFile, keyFile string, serial int64) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write(t, certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	write(t, keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
}

// write writes a file with a time of its own, whatever the file system's clock.
func write(t *testing.T, path string, content []byte) {
	t.Helper()
	at := time.Now()
	if info, err := os.Stat(path); err == nil {
		at = info.ModTime().Add(time.Second)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

func TestCertificate_IsReadAgainWhenItChanges(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	writePair(t, certFile, keyFile, 1)
	var log bytes.Buffer
	now := time.Now()
	c := &certificate{certFile: certFile, keyFile: keyFile, now: func() time.Time { return now }, log: slog.New(slog.NewTextHandler(&log, nil))}
	if err := c.read(); err != nil {
		t.Fatal(err)
	}
	serves := func(serial int64) {
		t.Helper()
		now = now.Add(lookEvery)
		pair, err := c.get(nil)
		if err != nil || pair.Leaf.SerialNumber.Int64() != serial {
			t.Fatalf("serves %v, %v, want %d", pair.Leaf.SerialNumber, err, serial)
		}
	}
	serves(1)
	writePair(t, certFile, keyFile, 2)
	serves(2)
	other := filepath.Join(dir, "other.pem")
	writePair(t, certFile, other, 3) // and not yet its key
	log.Reset()
	serves(2)
	serves(2)
	if n := strings.Count(log.String(), "level=ERROR"); n != 1 {
		t.Errorf("a broken pair was told %d times: %s", n, log.String())
	}
	key, err := os.ReadFile(other)
	if err != nil {
		t.Fatal(err)
	}
	write(t, keyFile, key)
	serves(3)
	if err := os.Remove(certFile); err != nil {
		t.Fatal(err)
	}
	serves(3)
	writePair(t, certFile, keyFile, 4)
	serves(4)
	writePair(t, certFile, keyFile, 5)
	if pair, _ := c.get(nil); pair.Leaf.SerialNumber.Int64() != 4 {
		t.Error("the files are looked at for every connection")
	}
	if strings.Contains(log.String(), "PRIVATE KEY") {
		t.Error("the log has a key")
	}
}

func TestStart_ServesTLSAndSaysSo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	env := map[string]string{
		"DATABASE_URL": "sqlite:" + filepath.Join(dir, "server.db"), "BETTERPROFILE_ADDR": "127.0.0.1:0", "BETTERPROFILE_ENCRYPTION": "off",
		"BETTERPROFILE_TLS_CERT": certFile, "BETTERPROFILE_TLS_KEY": keyFile, "BETTERPROFILE_SHUTDOWN_GRACE": "1s",
	}
	config, _, problems := Load(func(name string) (string, bool) { value, ok := env[name]; return value, ok })
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	options := Options{Version: "test", Log: slog.New(slog.DiscardHandler)}
	if _, err := Start(t.Context(), config, options); err == nil || !strings.Contains(err.Error(), "BETTERPROFILE_TLS_CERT") {
		t.Errorf("without the files: %v", err)
	}
	writePair(t, certFile, keyFile, 7)
	s, err := Start(t.Context(), config, options)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close(t.Context()) }()
	roots := x509.NewCertPool()
	text, err := os.ReadFile(certFile)
	if err != nil || !roots.AppendCertsFromPEM(text) {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "localhost"}, ForceAttemptHTTP2: true,
	}}
	defer client.CloseIdleConnections()
	resp, err := client.Get(s.URL + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.ProtoMajor != 2 || resp.Header.Get("Strict-Transport-Security") == "" || !strings.HasPrefix(s.URL, "https://") {
		t.Errorf("%s %s %v", s.URL, resp.Proto, resp.Header)
	}
}

func TestTLS_ACMEIsForTheNamedHostsOnly(t *testing.T) {
	t.Parallel()
	c := Config{ACMEDomains: []string{"profile.example.org"}, ACMECache: t.TempDir(), ACMEURL: "https://127.0.0.1:1/directory"}
	config, err := c.tlsConfig(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	_, err = config.GetCertificate(&tls.ClientHelloInfo{ServerName: "other.example.org"})
	if err == nil || !strings.Contains(err.Error(), "not configured") {
		t.Errorf("%v", err)
	}
}
