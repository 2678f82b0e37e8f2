package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/spf13/cobra"

	"github.com/betterprofile/betterprofile/printable"
)

// configValue is a setting as config shows it.
type configValue struct {
	Key    string `json:"key"`
	Value  string `json:"value"`
	Source string `json:"source"` // a flag, a variable, a file, or "default"
}

func newConfigCommand(a *app) *cobra.Command {
	var asJSON bool
	list := func(*cobra.Command, []string) error { return runConfigList(a, asJSON) }
	cmd := &cobra.Command{
		Use: "config", Short: "Show and change the configuration", Args: cobra.NoArgs, RunE: list,
		Long: "Show and change the configuration file, in TOML. Its keys are " + strings.Join(configKeys(), ", ") + ",\n" +
			"and keys.ACTION for each action of the screen. A flag goes before a variable of the environment, and that before the file. No secret belongs in it.",
		Example: "  betterprofile config list\n  betterprofile config set theme dark\n  betterprofile config set keys.search ctrl+n,alt+n",
	}
	listing := &cobra.Command{
		Use: "list", Aliases: []string{"ls"}, Short: "List all values, each with where it comes from", Args: cobra.NoArgs, RunE: list,
		Example: "  betterprofile config list\n  betterprofile config list --jq '.[] | select(.source != \"default\")'",
	}
	jsonFlag(a, listing, &asJSON, "print a JSON array", configValue{})
	cmd.AddCommand(listing, newConfigGetCommand(a), newConfigSetCommand(a), newConfigUnsetCommand(a), newConfigEditCommand(a))
	return cmd
}

func newConfigGetCommand(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "get KEY", Short: "Print the value that holds", Args: cobra.ExactArgs(1),
		Example:           "  betterprofile config get engine\n  betterprofile config get server --json value,source",
		ValidArgsFunction: cobra.FixedCompletions(configKeys(), cobra.ShellCompDirectiveNoFileComp),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := checkConfigKey(args[0]); err != nil {
				return err
			}
			values, err := a.configValues()
			if err != nil {
				return err
			}
			at := slices.IndexFunc(values, func(v configValue) bool { return v.Key == args[0] })
			value := configValue{Key: args[0], Source: "default"} // an action that keeps its own keys
			if at >= 0 {
				value = values[at]
			}
			if asJSON {
				return a.printJSON(value)
			}
			return a.printf("%s\n", printable.Line(value.Value))
		},
	}
	jsonFlag(a, cmd, &asJSON, `print {"key","value","source"}`, configValue{})
	return cmd
}

func newConfigSetCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "set KEY VALUE", Short: "Change a value in the file", Args: cobra.ExactArgs(2),
		Long: "Change a value in the file, and leave the rest of it, comments too, as it is. VALUE is true or false for mouse and high_contrast. For keys.ACTION\n" +
			"it is one key or several, separated by commas; an empty one takes all keys from the action.",
		Example:           "  betterprofile config set engine builtin\n  betterprofile config set mouse false\n  betterprofile config set keys.search ctrl+n,alt+n",
		ValidArgsFunction: completeConfigSet,
		RunE: func(_ *cobra.Command, args []string) error {
			value, err := configLiteral(args[0], args[1])
			if err != nil {
				return err
			}
			return runConfigSet(a, args[0], value)
		},
	}
}

func completeConfigSet(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return configKeys(), cobra.ShellCompDirectiveNoFileComp
	}
	values := map[string][]cobra.Completion{
		"engine": engines(), "theme": themes(), "mouse": {"true", "false"}, "high_contrast": {"true", "false"},
	}[args[0]]
	return values, cobra.ShellCompDirectiveNoFileComp
}

func newConfigUnsetCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "unset KEY", Short: "Take a value out of the file", Args: cobra.ExactArgs(1),
		Example:           "  betterprofile config unset engine\n  betterprofile config unset keys.search",
		ValidArgsFunction: cobra.FixedCompletions(configKeys(), cobra.ShellCompDirectiveNoFileComp),
		RunE:              func(_ *cobra.Command, args []string) error { return runConfigSet(a, args[0], "") },
	}
}

func newConfigEditCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "edit", Short: "Open the file in your editor", Args: cobra.NoArgs,
		Long:    "Open a copy of the file in $VISUAL or $EDITOR. It takes the file's place when nothing is wrong with it.",
		Example: "  betterprofile config edit\n  EDITOR=nano betterprofile config edit",
		RunE:    func(cmd *cobra.Command, _ []string) error { return runConfigEdit(cmd.Context(), a) },
	}
}

func runConfigList(a *app, asJSON bool) error {
	values, err := a.configValues()
	if err != nil {
		return err
	}
	if asJSON {
		return a.printJSON(values)
	}
	rows := make([][]string, len(values))
	for i, v := range values {
		rows[i] = []string{v.Key, printable.Line(v.Value), printable.Line(v.Source)}
	}
	return a.table([]string{"KEY", "VALUE", "FROM"}, rows)
}

// configValues are all settings as they hold now.
func (a *app) configValues() ([]configValue, error) {
	s, err := a.settings()
	if err != nil {
		return nil, err
	}
	values := []configValue{{"server", s.server.value, s.server.origin}}
	for _, v := range []struct{ key, env, file, otherwise string }{
		{"engine", "BETTERPROFILE_ENGINE", s.file.Engine, "auto"},
		{"model", "BETTERPROFILE_MODEL", s.file.Model, defaultModel()},
		{"base_url", "OPENAI_BASE_URL", s.file.BaseURL, ""},
		{"theme", "BETTERPROFILE_THEME", s.file.Theme, "auto"},
	} {
		chosen := a.pick("", "", v.env, v.file, s.path)
		values = append(values, configValue{v.key, cmp.Or(chosen.value, v.otherwise), chosen.origin})
	}
	contrast, mouse := configValue{"high_contrast", "false", "default"}, configValue{"mouse", "true", "default"}
	if s.file.HighContrast {
		contrast = configValue{"high_contrast", "true", s.path}
	}
	if s.file.Mouse != nil {
		mouse = configValue{"mouse", strconv.FormatBool(*s.file.Mouse), s.path}
	}
	values = append(values, contrast, mouse)
	for _, action := range sortedKeys(s.file.Keys) {
		values = append(values, configValue{"keys." + action, strings.Join(s.file.Keys[action], ","), s.path})
	}
	return values, nil
}

// runConfigSet writes a literal of TOML as a key's value into the file, or takes the key out when it is empty.
func runConfigSet(a *app, key, literal string) error {
	if err := checkConfigKey(key); err != nil {
		return err
	}
	path, err := a.configPath()
	if err != nil {
		return err
	}
	old, err := readConfig(path)
	if err != nil {
		return err
	}
	if _, err := toml.Decode(old, new(map[string]any)); err != nil {
		return explainConfig(path, err)
	}
	changed, err := changeConfig(old, key, literal)
	if err != nil {
		return usagef("%s: %v", path, err)
	}
	if _, err := checkConfig(path, changed); err != nil {
		return err
	}
	if changed == old {
		return nil
	}
	return writeConfig(path, changed)
}

// configLiteral is a value of the command line in TOML.
func configLiteral(key, value string) (string, error) {
	if err := checkConfigKey(key); err != nil {
		return "", err
	}
	var v any = value
	switch {
	case key == "mouse" || key == "high_contrast":
		on, err := strconv.ParseBool(value)
		if err != nil {
			return "", usagef("%s is true or false, not %q", key, value)
		}
		v = on
	case strings.HasPrefix(key, "keys."):
		keys := strings.Split(value, ",")
		if value == "" || value == "," { // none, or the comma itself
			keys = slices.Repeat([]string{","}, len(value))
		}
		v = keys
	case value == "":
		return "", usagef("the value is empty: 'betterprofile config unset %s' takes it out of the file", key)
	}
	b, err := toml.Marshal(map[string]any{"v": v})
	return strings.TrimSpace(strings.TrimPrefix(string(b), "v = ")), err
}

// runConfigEdit has the user change a copy of the file, which takes its place when it is sound.
func runConfigEdit(ctx context.Context, a *app) error {
	editor := cmp.Or(strings.TrimSpace(a.env("VISUAL")), strings.TrimSpace(a.env("EDITOR")))
	if editor == "" {
		return usagef("set EDITOR to your editor, or use 'betterprofile config set'")
	}
	path, err := a.configPath()
	if err != nil {
		return err
	}
	old, err := readConfig(path)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp("", "betterprofile-*.toml") // made with mode 0600
	if err != nil {
		return err
	}
	_, err = f.WriteString(cmp.Or(old, configTemplate()))
	if err := cmp.Or(err, f.Close()); err != nil {
		return err
	}
	for ctx.Err() == nil {
		command := editorCommand(editor, f.Name())
		command.Stdin, command.Stdout, command.Stderr = a.in, a.out, a.err
		if err := command.Run(); err != nil {
			return fmt.Errorf("the editor %s: %w; nothing was changed, and what you wrote is in %s", editor, err, f.Name())
		}
		err = a.takeOver(path, old, f.Name())
		if err == nil || !terminal(a.in) {
			break
		}
		a.warn("%v", err)
		if !a.confirm("Edit it again?") {
			break
		}
	}
	if err != nil {
		return usagef("%v. Nothing was changed; what you wrote is in %s", err, f.Name())
	}
	return os.Remove(f.Name())
}

// takeOver puts an edited copy in the place of the configuration file.
func (a *app) takeOver(path, old, edited string) error {
	b, err := os.ReadFile(edited)
	if err != nil {
		return err
	}
	text := string(b)
	if text == old || old == "" && text == configTemplate() {
		return a.say("Nothing was changed.\n")
	}
	unknown, err := checkConfig(edited, text)
	if err != nil {
		return err
	}
	for _, key := range unknown {
		if err := checkConfigKey(key); err != nil {
			return err
		}
	}
	return writeConfig(path, text)
}
