package api

import (
	_ "embed"
	"encoding/json"
	"net/http"
	"sync"

	"github.com/gin-gonic/gin"
	"go.yaml.in/yaml/v3"
)

// openAPIText is the document, OpenAPI 3.1, as we write it.
//
//go:embed openapi.yaml
var openAPIText []byte

// openAPIJSON is the document as it is served.
var openAPIJSON = sync.OnceValues(func() ([]byte, error) {
	var document map[string]any
	if err := yaml.Unmarshal(openAPIText, &document); err != nil {
		return nil, err
	}
	return json.MarshalIndent(document, "", "  ")
})

func (s *Server) openAPI(c *gin.Context) error {
	document, err := openAPIJSON()
	if err != nil {
		return err
	}
	if s.opts.PublicURL != "" {
		if document, err = withServer(document, s.opts.PublicURL); err != nil {
			return err
		}
	}
	writeBody(c, http.StatusOK, "application/json; charset=utf-8", document)
	return nil
}

// withServer returns the document with the address as its only server.
func withServer(document []byte, url string) ([]byte, error) {
	var all map[string]any
	if err := json.Unmarshal(document, &all); err != nil {
		return nil, err
	}
	all["servers"] = []map[string]string{{"url": url}}
	return json.MarshalIndent(all, "", "  ")
}
