// Package eval talks with an interviewer as scripted people do, and measures the talks. It needs no model, no database and no network.
package eval

import (
	"bytes"
	_ "embed" // for the data
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

// Persona is a scripted interviewee. The head of data/personas.yaml says how one talks.
type Persona struct {
	ID     string         `yaml:"id"`
	Opener string         `yaml:"opener"`
	Filler []string       `yaml:"filler"`
	Short  bool           `yaml:"short"` // answers in few words
	Turns  map[int]string `yaml:"turns"` // what is said at a turn whatever was asked, by number; the opener is turn 1
	Blocks []Block        `yaml:"blocks"`
}

// Block is something that a persona has to tell, once.
type Block struct {
	ID       string   `yaml:"id"`
	Facets   []string `yaml:"facets"`   // a question about one of them brings it out
	Requires []string `yaml:"requires"` // blocks that come before it
	Say      string   `yaml:"say"`
}

//go:embed data/personas.yaml
var personasYAML []byte

// Personas returns the people that come with the program.
func Personas() []Persona {
	list, err := ParsePersonas(personasYAML)
	if err != nil {
		panic("eval: data/personas.yaml: " + err.Error()) // which the tests rule out
	}
	return list
}

// ParsePersonas reads a file of the form of data/personas.yaml. Errors: YAML's own, unknown keys, and people who have nothing to say.
func ParsePersonas(data []byte) ([]Persona, error) {
	var file struct {
		Version  int       `yaml:"version"`
		Personas []Persona `yaml:"personas"`
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(&file); err != nil {
		return nil, fmt.Errorf("read personas: %w", err)
	}
	if len(file.Personas) == 0 {
		return nil, fmt.Errorf("read personas: none in it")
	}
	for _, p := range file.Personas {
		if err := p.check(); err != nil {
			return nil, fmt.Errorf("persona %q: %w", p.ID, err)
		}
	}
	return file.Personas, nil
}

func (p Persona) check() error {
	switch {
	case p.ID == "" || p.Opener == "":
		return fmt.Errorf("id and opener are needed")
	case len(p.Filler) == 0:
		return fmt.Errorf("filler is needed")
	}
	var seen []string
	for _, b := range p.Blocks {
		if b.ID == "" || b.Say == "" || len(b.Facets) == 0 || slices.Contains(seen, b.ID) {
			return fmt.Errorf("block %q needs an id of its own, facets and say", b.ID)
		}
		seen = append(seen, b.ID)
		for _, required := range b.Requires {
			if !slices.ContainsFunc(p.Blocks, func(other Block) bool { return other.ID == required && other.ID != b.ID }) {
				return fmt.Errorf("block %q requires %q, which is not there", b.ID, required)
			}
		}
	}
	return nil
}
