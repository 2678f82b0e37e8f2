package main

import (
	"fmt"

	"github.com/betterprofile/betterprofile/tui"
)

// keyList is the keys of an action in the configuration file: a text for one, a list for any number, empty for none.
type keyList []string

// UnmarshalTOML implements toml.Unmarshaler.
func (k *keyList) UnmarshalTOML(value any) error {
	*k = keyList{}
	switch value := value.(type) {
	case string:
		*k = append(*k, value)
		return nil
	case []any:
		for _, v := range value {
			text, ok := v.(string)
			if !ok {
				return fmt.Errorf("a key must be a text such as \"ctrl+n\", not %v", v)
			}
			*k = append(*k, text)
		}
		return nil
	}
	return fmt.Errorf("keys are a text such as \"ctrl+n\", or a list of them, not %v", value)
}

// keys are those that the configuration file gives to actions of the screen. An error says what is wrong with them.
func (s settings) keys() (map[string][]string, error) {
	chosen := map[string][]string{}
	for action, keys := range s.file.Keys {
		chosen[action] = keys
	}
	if err := tui.CheckKeys(chosen); err != nil {
		return nil, usagef("%s, [keys]: %v", s.path, err)
	}
	return chosen, nil
}
