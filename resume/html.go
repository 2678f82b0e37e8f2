package resume

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"strings"
	"sync"
)

// htmlTemplate and htmlStyle make the HTML page. The style is inline, so that the page is one file, and named by its hash in HTMLPolicy.
var (
	//go:embed resume.html
	htmlTemplate string
	//go:embed resume.css
	htmlStyle string
)

var parsedHTML = sync.OnceValues(func() (*template.Template, error) { return template.New("resume").Parse(htmlTemplate) })

// HTML renders a résumé as a page of its own to read or print: no scripts, nothing to load.
func (r Resume) HTML() (string, error) {
	t, err := parsedHTML()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = t.Execute(&b, struct {
		page
		Style template.CSS
	}{layout(r), template.CSS(htmlStyle)})
	return b.String(), err
}

// HTMLPolicy is the Content-Security-Policy under which the page of HTML shows as it is meant to, and nothing else works.
func HTMLPolicy() string {
	sum := sha256.Sum256([]byte(htmlStyle))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}
