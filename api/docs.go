package api

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"
	"go.yaml.in/yaml/v3"
)

// docsTemplate and docsStyle make the page at /docs. The style is inline, and named by its hash in the page's policy.
var (
	//go:embed docs.html
	docsTemplate string
	//go:embed docs.css
	docsStyle string
)

// page is a finished HTML page and the Content-Security-Policy that fits it.
type page struct {
	body   []byte
	policy string
}

// docsPage is the readable form of the document. It is made on first use and always the same.
var docsPage = sync.OnceValues(func() (page, error) {
	doc, err := readDocument(openAPIText)
	if err != nil {
		return page{}, err
	}
	t, err := template.New("docs").Funcs(template.FuncMap{"prose": prose}).Parse(docsTemplate)
	if err != nil {
		return page{}, err
	}
	var body bytes.Buffer
	err = t.Execute(&body, map[string]any{"Doc": doc, "Style": template.CSS(docsStyle)})
	sum := sha256.Sum256([]byte(docsStyle))
	policy := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	return page{body.Bytes(), policy}, err
})

func (s *Server) docs(c *gin.Context) error {
	p, err := docsPage()
	if err != nil {
		return err
	}
	c.Header("Content-Security-Policy", p.policy)
	writeBody(c, http.StatusOK, "text/html; charset=utf-8", p.body)
	return nil
}

// document is what the page shows of an OpenAPI document.
type document struct {
	Info struct {
		Title       string
		Version     string
		Description string
	}
	Tags []struct {
		Name        string
		Description string
	}
	Paths      ordered[pathItem]
	Components struct {
		Schemas    ordered[schema]
		Parameters map[string]parameter
		Responses  map[string]response
	}
}

type pathItem struct {
	Parameters []parameter
	Methods    map[string]operation `yaml:",inline"`
}

type operation struct {
	Method, Path string `yaml:"-"`
	Tags         []string
	OperationID  string `yaml:"operationId"`
	Summary      string
	Description  string
	Security     *[]any
	Parameters   []parameter
	RequestBody  struct {
		Required bool
		Content  map[string]media
	} `yaml:"requestBody"`
	Responses ordered[response]
}

type parameter struct {
	Ref         string `yaml:"$ref"`
	Name        string
	In          string
	Required    bool
	Description string
	Schema      schema
}

type response struct {
	Ref         string `yaml:"$ref"`
	Description string
	Content     ordered[media]
}

type media struct {
	Schema schema
}

type schema struct {
	Ref         string    `yaml:"$ref"`
	Type        yaml.Node // a name or a list of names
	Description string
	Enum        []string
	Const       string
	Required    []string
	Minimum     *int
	Maximum     *int
	Items       *schema
	Properties  ordered[schema]
}

// ordered is a YAML mapping in the order it is written in.
type ordered[T any] []named[T]

type named[T any] struct {
	Name  string
	Value T
}

// UnmarshalYAML reads a mapping.
func (o *ordered[T]) UnmarshalYAML(node *yaml.Node) error {
	for i := 0; i+1 < len(node.Content); i += 2 {
		entry := named[T]{Name: node.Content[i].Value}
		if err := node.Content[i+1].Decode(&entry.Value); err != nil {
			return fmt.Errorf("%s: %w", entry.Name, err)
		}
		*o = append(*o, entry)
	}
	return nil
}

// readDocument parses the document and puts what $ref names in the place of parameters and responses.
func readDocument(text []byte) (*document, error) {
	var doc document
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, err
	}
	for _, path := range doc.Paths {
		for method, op := range path.Value.Methods {
			op.Method, op.Path = strings.ToUpper(method), path.Name
			op.Parameters = slices.Concat(path.Value.Parameters, op.Parameters)
			for i, p := range op.Parameters {
				if p.Ref != "" {
					op.Parameters[i] = doc.Components.Parameters[lastPart(p.Ref)]
				}
			}
			for i, r := range op.Responses {
				if r.Value.Ref != "" {
					op.Responses[i].Value = doc.Components.Responses[lastPart(r.Value.Ref)]
				}
			}
			path.Value.Methods[method] = op
		}
	}
	return &doc, nil
}

// Tagged returns the operations with the tag, in the document's order of paths and the usual one of methods.
func (d *document) Tagged(tag string) []operation {
	var found []operation
	for _, path := range d.Paths {
		for _, method := range []string{"get", "post", "patch", "delete"} {
			if op, ok := path.Value.Methods[method]; ok && slices.Contains(op.Tags, tag) {
				found = append(found, op)
			}
		}
	}
	return found
}

// Open reports whether the operation needs no session.
func (o operation) Open() bool { return o.Security != nil && len(*o.Security) == 0 }

// Body is the schema of the operation's JSON body, nil without one.
func (o operation) Body() *schema {
	if m, ok := o.RequestBody.Content["application/json"]; ok {
		return &m.Schema
	}
	return nil
}

// Link is the name of the schema that this one stands for, empty for none.
func (s schema) Link() string {
	if s.Items != nil {
		return s.Items.Link()
	}
	return lastPart(s.Ref)
}

// Kind says what values the schema is for, before a link if there is one.
func (s schema) Kind() string {
	switch {
	case s.Items != nil && s.Items.Ref != "":
		return "array of "
	case s.Ref != "":
		return ""
	case len(s.Enum) > 0:
		return strings.Join(s.Enum, " | ")
	case s.Const != "":
		return s.Const
	}
	var types []string
	if s.Type.Decode(&types) != nil {
		types = []string{s.Type.Value}
	}
	kind := strings.Join(types, " or ")
	switch {
	case s.Minimum != nil && s.Maximum != nil:
		kind += fmt.Sprintf(", %d to %d", *s.Minimum, *s.Maximum)
	case s.Minimum != nil:
		kind += fmt.Sprintf(" from %d", *s.Minimum)
	}
	return kind
}

// Needs reports whether an object of the schema must have the property.
func (s schema) Needs(property string) bool { return slices.Contains(s.Required, property) }

func lastPart(ref string) string { return ref[strings.LastIndexByte(ref, '/')+1:] }

// span is a piece of a paragraph.
type span struct {
	Text string
	Code bool // written between backticks
}

// prose splits a description into paragraphs and their spans.
func prose(text string) [][]span {
	var paragraphs [][]span
	for paragraph := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		var spans []span
		for i, piece := range strings.Split(paragraph, "`") {
			if piece != "" {
				spans = append(spans, span{Text: piece, Code: i%2 == 1})
			}
		}
		paragraphs = append(paragraphs, spans)
	}
	return paragraphs
}
