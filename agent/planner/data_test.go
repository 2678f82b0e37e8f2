package planner_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/betterprofile/betterprofile/agent/planner"
)

var update = flag.Bool("update", false, "rewrite the JSON form of the data")

func TestData_EmbeddedJSONEqualsYAML(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"questions", "lexicons"} {
		source, err := os.ReadFile("data/" + name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		var v any
		if err := yaml.Unmarshal(source, &v); err != nil {
			t.Fatal(err)
		}
		want := encode(t, v)
		file := "data/" + name + ".json"
		if *update {
			if err := os.WriteFile(file, want, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not %s.yaml: run the tests of this package with -update", file, name)
		}
	}
}

func encode(t *testing.T, v any) []byte {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "")
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestData_KeysAreStringsInEveryYAML(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"questions", "lexicons"} {
		source, err := os.ReadFile("data/" + name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		var doc yaml.Node
		if err := yaml.Unmarshal(source, &doc); err != nil {
			t.Fatal(err)
		}
		checkKeys(t, name, &doc)
	}
}

// checkKeys refuses the keys that YAML 1.1 reads as booleans.
func checkKeys(t *testing.T, name string, n *yaml.Node) {
	t.Helper()
	for i, child := range n.Content {
		isKey := n.Kind == yaml.MappingNode && i%2 == 0
		if isKey && slices.Contains([]string{"yes", "no", "on", "off", "y", "n", "true", "false"}, strings.ToLower(child.Value)) {
			t.Errorf("%s.yaml:%d: key %q", name, child.Line, child.Value)
		}
		checkKeys(t, name, child)
	}
}

func TestData_UnknownFieldsAreRefused(t *testing.T) {
	t.Parallel()
	into := map[string]any{
		"questions": &struct {
			Version   int                `json:"version"`
			Questions []planner.Question `json:"questions"`
		}{},
		"lexicons": &struct {
			Version int `json:"version"`
			planner.Lexicon
		}{},
	}
	for name, v := range into {
		data, err := os.ReadFile("data/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		dec := json.NewDecoder(bytes.NewReader(data))
		dec.DisallowUnknownFields()
		if err := dec.Decode(v); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
