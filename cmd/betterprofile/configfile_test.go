package main

import (
	"reflect"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"pgregory.net/rapid"
)

func TestChangeConfig_ChangesOneValueAndNoOtherLine(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, key, literal, want string }{
		{"", "engine", `"auto"`, "engine = \"auto\"\n"},
		{"# a\n", "engine", `"auto"`, "# a\nengine = \"auto\"\n"},
		{"[keys]\nstop = \"f3\"\n", "engine", `"auto"`, "engine = \"auto\"\n[keys]\nstop = \"f3\"\n"},
		{"mouse = true", "keys.stop", `["f3"]`, "mouse = true\n[keys]\nstop = [\"f3\"]\n"},
		{"mouse = true # on\n", "mouse", "", ""},
		{"mouse = true\t# on\n", "mouse", "false", "mouse = false\t# on\n"},
		{"model = \"a # b\" # c # d\n", "model", `"e"`, "model = \"e\" # c # d\n"},
		{"# a\n\n# b\n[keys]\n", "mouse", "true", "mouse = true\n# a\n\n# b\n[keys]\n"},
		{"mouse = true\n", "theme", "", "mouse = true\n"},
		{"[keys]\nmouse = \"f3\"\n", "mouse", "false", "mouse = false\n[keys]\nmouse = \"f3\"\n"},
		{"[keys]\nstop = \"f3\"\n\n", "keys.stop", "", "[keys]\n\n"},
	} {
		got, err := changeConfig(c.text, c.key, c.literal)
		if err != nil || got != c.want {
			t.Errorf("%q: %s = %s gives %q, %v; want %q", c.text, c.key, c.literal, got, err, c.want)
		}
	}
}

func TestChangeConfig_RefusesWhatALineCannotChange(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"theme = \"\"\"\ndark\"\"\"\n", "keys.theme = 1\nx = \"\"\"\ntheme = 1\n\"\"\"\n", "'theme' = \"dark\"\n",
	} {
		if got, err := changeConfig(text, "theme", `"light"`); err == nil {
			var values map[string]any
			if _, err := toml.Decode(got, &values); err != nil || values["theme"] != "light" {
				t.Errorf("%q became %q", text, got)
			}
		}
	}
}

func TestChangeConfig_AnyTextIsKept(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.String().Draw(t, "value")
		literal, err := configLiteral("model", value)
		if err != nil {
			if strings.TrimSpace(value) != "" {
				t.Fatalf("%q: %v", value, err)
			}
			return
		}
		text, err := changeConfig("# before\ntheme = \"dark\"\n\n[keys]\n", "model", literal)
		if err != nil {
			t.Fatal(err)
		}
		var got map[string]any
		if _, err := toml.Decode(text, &got); err != nil {
			t.Fatal(err)
		}
		want := map[string]any{"theme": "dark", "model": value, "keys": map[string]any{}}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%q, want %q", got, want)
		}
	})
}

func TestDidYouMean_NamesTheNearestKeyOrNone(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]string{
		"sever": "server", "Theme": "theme", "baseurl": "base_url", "base-url": "base_url", "mousse": "mouse", "high_contrst": "high_contrast", "colour": "", "x": "", "": "",
	} {
		got := didYouMean(key)
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%q: %q, want %q", key, got, want)
		}
	}
}
