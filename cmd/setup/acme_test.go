package setup_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/acme"

	"github.com/betterprofile/betterprofile/cmd/setup"
)

const acmeHost = "profile.example.org"

// issuer is as much of an ACME server (RFC 8555) as one order needs. It checks the signature, nonce and address of every request, and
// proves by tls-alpn-01 (RFC 8737) that the server at address has the name.
type issuer struct {
	*httptest.Server
	key  *ecdsa.PrivateKey
	root *x509.Certificate

	mu      sync.Mutex
	address string // where the host is
	nonces  map[string]bool
	account *ecdsa.PublicKey
	proved  bool
	refuse  bool // proves nothing
	chain   []byte
	orders  int
	failed  []error
}

// newIssuer starts one.
func newIssuer(t *testing.T) *issuer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	i := &issuer{key: key, nonces: map[string]bool{}}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Root of the tests"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	if i.root, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	i.Server = httptest.NewServer(i)
	t.Cleanup(i.Close)
	return i
}

// ServeHTTP implements http.Handler.
func (i *issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	nonce := rand.Text()
	i.nonces[nonce] = true
	w.Header().Set("Replay-Nonce", nonce)
	w.Header().Set("Cache-Control", "no-store")
	var payload []byte
	if r.Method == http.MethodPost {
		var err error
		if payload, err = i.open(r); err != nil {
			i.problem(w, "malformed", err)
			return
		}
	}
	if err := i.answer(w, r.URL.Path, payload); err != nil {
		i.problem(w, "unauthorized", err)
	}
}

// problem answers with an error (RFC 7807).
func (i *issuer) problem(w http.ResponseWriter, kind string, err error) {
	i.failed = append(i.failed, err)
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(http.StatusForbidden)
	_ = json.NewEncoder(w).Encode(map[string]string{"type": "urn:ietf:params:acme:error:" + kind, "detail": err.Error()})
}

// open returns the payload of a signed request. The key of the first is the account's.
func (i *issuer) open(r *http.Request) ([]byte, error) {
	var signed struct{ Protected, Payload, Signature string }
	var head struct {
		Alg, Nonce, URL, KID string
		JWK                  *struct{ X, Y string }
	}
	decode := base64.RawURLEncoding.DecodeString
	err := json.NewDecoder(r.Body).Decode(&signed)
	protected, err1 := decode(signed.Protected)
	payload, err2 := decode(signed.Payload)
	signature, err3 := decode(signed.Signature)
	if err = errors.Join(err, err1, err2, err3, json.Unmarshal(protected, &head)); err != nil {
		return nil, err
	}
	if head.JWK != nil && i.account == nil {
		x, _ := decode(head.JWK.X)
		y, _ := decode(head.JWK.Y)
		if i.account, err = ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append(append([]byte{4}, x...), y...)); err != nil {
			return nil, err
		}
	}
	sum := sha256.Sum256([]byte(signed.Protected + "." + signed.Payload))
	switch {
	case head.Alg != "ES256" || len(signature) != 64 || i.account == nil,
		!ecdsa.Verify(i.account, sum[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])):
		return nil, errors.New("the signature is wrong")
	case !i.nonces[head.Nonce]:
		return nil, errors.New("the nonce is unknown")
	case head.URL != i.URL+r.URL.Path || (head.JWK == nil) != (head.KID == i.URL+"/account/1"):
		return nil, fmt.Errorf("signed for %q by %q", head.URL, head.KID)
	}
	delete(i.nonces, head.Nonce)
	return payload, nil
}

// answer does what a path is for.
func (i *issuer) answer(w http.ResponseWriter, path string, payload []byte) error {
	say := func(status int, location string, body map[string]any) error {
		if location != "" {
			w.Header().Set("Location", i.URL+location)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		return json.NewEncoder(w).Encode(body)
	}
	switch path {
	case "/directory":
		return say(http.StatusOK, "", map[string]any{"newNonce": i.URL + "/nonce", "newAccount": i.URL + "/account", "newOrder": i.URL + "/order"})
	case "/nonce":
		return nil
	case "/account":
		return say(http.StatusCreated, "/account/1", map[string]any{"status": "valid"})
	case "/order":
		if !strings.Contains(string(payload), `"`+acmeHost+`"`) {
			return fmt.Errorf("an order of %s", payload)
		}
		i.orders++
		return say(http.StatusCreated, "/order/1", i.order())
	case "/order/1":
		return say(http.StatusOK, "/order/1", i.order())
	case "/authorization":
		return say(http.StatusOK, "", map[string]any{
			"status": i.status("valid"), "identifier": map[string]string{"type": "dns", "value": acmeHost}, "challenges": []any{i.challenge()},
		})
	case "/challenge":
		if !i.proved {
			if err := i.prove(); err != nil {
				return err
			}
		}
		return say(http.StatusOK, "", i.challenge())
	case "/finalize":
		if err := i.issue(payload); err != nil {
			return err
		}
		return say(http.StatusOK, "/order/1", i.order())
	case "/certificate":
		w.Header().Set("Content-Type", "application/pem-certificate-chain")
		_, err := w.Write(i.chain)
		return err
	}
	return fmt.Errorf("%s was asked for", path)
}

// status is pending until the name is proved.
func (i *issuer) status(then string) string {
	if i.proved {
		return then
	}
	return "pending"
}

func (i *issuer) order() map[string]any {
	o := map[string]any{
		"status": i.status("ready"), "identifiers": []any{map[string]string{"type": "dns", "value": acmeHost}},
		"authorizations": []string{i.URL + "/authorization"}, "finalize": i.URL + "/finalize",
	}
	if i.chain != nil {
		o["status"], o["certificate"] = "valid", i.URL+"/certificate"
	}
	return o
}

const acmeToken = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA"

func (i *issuer) challenge() map[string]any {
	return map[string]any{"type": "tls-alpn-01", "url": i.URL + "/challenge", "token": acmeToken, "status": i.status("valid")}
}

// prove connects to the host, which must show the certificate of the challenge.
func (i *issuer) prove() error {
	if i.refuse {
		return errors.New("nothing is proved today")
	}
	conn, err := tls.Dial("tcp", i.address, &tls.Config{
		ServerName: acmeHost, NextProtos: []string{acme.ALPNProto}, InsecureSkipVerify: true, // it signs itself
	})
	if err != nil {
		return err
	}
	defer conn.Close()
	thumbprint, err := acme.JWKThumbprint(i.account)
	if err != nil {
		return err
	}
	state, want := conn.ConnectionState(), sha256.Sum256([]byte(acmeToken+"."+thumbprint))
	value, err := asn1.Marshal(want[:])
	if err != nil {
		return err
	}
	leaf := state.PeerCertificates[0]
	for _, extension := range leaf.Extensions {
		if extension.Id.Equal(asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 31}) && extension.Critical && bytes.Equal(extension.Value, value) &&
			state.NegotiatedProtocol == acme.ALPNProto && leaf.VerifyHostname(acmeHost) == nil {
			i.proved = true
			return nil
		}
	}
	return errors.New("the challenge was not met")
}

// issue makes the certificate that was asked for.
func (i *issuer) issue(payload []byte) error {
	var asked struct{ CSR string }
	if err := json.Unmarshal(payload, &asked); err != nil {
		return err
	}
	der, err := base64.RawURLEncoding.DecodeString(asked.CSR)
	if err != nil {
		return err
	}
	csr, err := x509.ParseCertificateRequest(der)
	if err != nil || csr.CheckSignature() != nil || !i.proved {
		return fmt.Errorf("a certificate was asked for that cannot be: %w", err)
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), DNSNames: csr.DNSNames, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(90 * 24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err = x509.CreateCertificate(rand.Reader, leaf, i.root, csr.PublicKey, crypto.Signer(i.key))
	i.chain = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return err
}

// serveACME starts a server that gets its certificate from the issuer, and returns a client that believes the issuer's.
func serveACME(t *testing.T, i *issuer, dir string) (*http.Client, func()) {
	t.Helper()
	config, _, problems := load(map[string]string{
		"DATABASE_URL": "sqlite:" + filepath.Join(dir, "server.db"), "BETTERPROFILE_ADDR": "127.0.0.1:0", "BETTERPROFILE_ENCRYPTION": "off",
		"BETTERPROFILE_ACME_DOMAINS": acmeHost, "BETTERPROFILE_ACME_CACHE": filepath.Join(dir, "acme"), "BETTERPROFILE_ACME_URL": i.URL + "/directory",
		"BETTERPROFILE_SHUTDOWN_GRACE": "1s",
	})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	s, err := setup.Start(t.Context(), config, setup.Options{Version: "test", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	i.mu.Lock()
	i.address = strings.TrimPrefix(s.URL, "https://")
	i.mu.Unlock()
	roots := x509.NewCertPool()
	roots.AddCert(i.root)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: acmeHost}, ForceAttemptHTTP2: true}
	return &http.Client{Transport: transport}, func() {
		transport.CloseIdleConnections()
		if err := s.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// ready asks the server at the issuer's address.
func ready(t *testing.T, c *http.Client, i *issuer) error {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+i.address+"/readyz", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK || resp.ProtoMajor != 2 || resp.TLS.PeerCertificates[0].SerialNumber.Int64() != 2 {
		t.Errorf("%s %s, certificate %v", resp.Status, resp.Proto, resp.TLS.PeerCertificates[0].SerialNumber)
	}
	return nil
}

func TestACME_GetsACertificateAndKeepsIt(t *testing.T) {
	t.Parallel()
	i, dir := newIssuer(t), t.TempDir()
	for range 2 { // and the second server finds it in the folder
		c, stop := serveACME(t, i, dir)
		if err := ready(t, c, i); err != nil {
			t.Errorf("%v; the issuer says %v", err, i.failed)
		}
		stop()
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.orders != 1 || len(i.failed) > 0 {
		t.Errorf("%d orders, %v", i.orders, i.failed)
	}
}

func TestACME_HasNoCertificateUnlessTheIssuerGivesOne(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	i.refuse = true
	c, stop := serveACME(t, i, t.TempDir())
	defer stop()
	if err := ready(t, c, i); err == nil {
		t.Error("a connection was made")
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.orders == 0 || i.chain != nil {
		t.Errorf("%d orders, %s", i.orders, i.chain)
	}
}
