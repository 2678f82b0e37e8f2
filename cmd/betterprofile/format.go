package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/itchyny/gojq"
	"github.com/spf13/cobra"

	"github.com/betterprofile/betterprofile/printable"
)

// filterTime is how long --jq may take: an expression need not end by itself.
const filterTime = 10 * time.Second

// bareJSON is what --json holds without fields. No field has such a name.
const bareJSON = "all"

// format is how a command prints JSON: all of it, chosen fields, or what a filter or a template makes of that.
type format struct {
	json     string // the value of --json, empty when it was not given
	jq, text string // the values of --jq and --template

	noun   reflect.Type // what the fields are of: what is printed, or each element, or what a single key holds
	fields []string     // the chosen ones, nil for all
	query  *gojq.Code
	page   *template.Template
}

// fieldList is the flag --json of a format.
type fieldList struct{ *format }

// Set implements pflag.Value.
func (l fieldList) Set(value string) error { l.json = value; return nil }

// Type implements pflag.Value.
func (l fieldList) Type() string { return "fields" }

// String implements pflag.Value; pflag asks a zero one, too.
func (l fieldList) String() string {
	if l.format == nil {
		return ""
	}
	return l.json
}

// jsonFlag adds --json, --jq and --template, each of which makes the output, and errors, JSON or what is made of it, and sets to. Of is a value of the
// type whose fields can be chosen.
func jsonFlag(a *app, cmd *cobra.Command, to *bool, usage string, of any) {
	f := &format{noun: reflect.TypeOf(of)}
	flags := cmd.Flags()
	flags.Var(fieldList{f}, "json", usage+"; or only those `FIELDS`, separated by commas")
	flags.Lookup("json").NoOptDefVal = bareJSON
	flags.StringVar(&f.jq, "jq", "", "print what a jq `EXPRESSION` makes of the JSON")
	flags.StringVar(&f.text, "template", "", "print what a Go `TEMPLATE` makes of the JSON")
	a.completeFlag(cmd, "json", func(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
		return completeFields(f.names(), begun), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	})
	run := cmd.RunE
	cmd.RunE = func(c *cobra.Command, args []string) error {
		*to = f.json != "" || f.jq != "" || f.text != ""
		a.jsonErrors = *to && f.jq == "" && f.text == ""
		if err := f.read(); err != nil {
			return err
		}
		a.format = f
		return run(c, args)
	}
}

// completeFields offers the fields that are not in the list yet.
func completeFields(names []string, begun string) []string {
	before := begun[:strings.LastIndex(begun, ",")+1]
	var offers []string
	for _, name := range names {
		if !slices.Contains(strings.Split(before, ","), name) {
			offers = append(offers, before+name)
		}
	}
	return offers
}

// names are the fields of the noun, in their order.
func (f *format) names() []string {
	var names []string
	for _, field := range reflect.VisibleFields(f.noun) {
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "" && name != "-" {
			names = append(names, name)
		}
	}
	return names
}

// read checks the flags and prepares what they ask for, before anything is done.
func (f *format) read() error {
	if f.jq != "" && f.text != "" {
		return usagef("--jq and --template both make something of the JSON: choose one")
	}
	if f.json != "" && f.json != bareJSON {
		f.fields = strings.Split(f.json, ",")
	}
	for i, name := range f.fields {
		f.fields[i] = strings.TrimSpace(name)
		if !slices.Contains(f.names(), f.fields[i]) {
			return usagef("--json knows no field %q; the fields are %s", f.fields[i], strings.Join(f.names(), ", "))
		}
	}
	if f.jq != "" {
		query, err := gojq.Parse(f.jq)
		if err == nil {
			f.query, err = gojq.Compile(query)
		}
		if err != nil {
			return usagef("--jq: %v", err)
		}
	}
	if f.text != "" {
		var err error
		if f.page, err = template.New("--template").Funcs(templateFuncs()).Parse(f.text); err != nil {
			return usagef("%v", err)
		}
	}
	return nil
}

// templateFuncs are what a template may use beside what Go's templates have by themselves.
func templateFuncs() template.FuncMap {
	return template.FuncMap{
		"ago": func(at string) (string, error) {
			t, err := time.Parse(time.RFC3339, at)
			return age(time.Now(), t), err
		},
		"join": func(between string, items []any) string {
			words := make([]string, len(items))
			for i, item := range items {
				words[i] = fmt.Sprint(item)
			}
			return strings.Join(words, between)
		},
		"json":     func(v any) (string, error) { b, err := gojq.Marshal(v); return string(b), err },
		"line":     printable.Line,
		"truncate": func(width int, text string) string { return ansi.Truncate(printable.Line(text), width, "…") },
	}
}

// choose returns v as JSON, with the chosen fields only. A field that v leaves out is empty, or null where it is no text.
func (f *format) choose(v any) (json.RawMessage, error) {
	b, err := marshal(v)
	if err != nil || f.fields == nil {
		return b, err
	}
	var list []map[string]json.RawMessage
	if json.Unmarshal(b, &list) == nil {
		chosen := make([]json.RawMessage, len(list))
		for i, item := range list {
			chosen[i] = f.pick(item)
		}
		return marshal(chosen)
	}
	var item map[string]json.RawMessage
	if err := json.Unmarshal(b, &item); err != nil {
		return nil, err
	}
	for name, inner := range item { // {"conversation": {…}}
		if len(item) == 1 && !slices.Contains(f.names(), name) {
			item = nil
			if err := json.Unmarshal(inner, &item); err != nil {
				return nil, err
			}
		}
	}
	return f.pick(item), nil
}

// pick writes the chosen fields of an object in the order in which they were asked for.
func (f *format) pick(item map[string]json.RawMessage) json.RawMessage {
	var b bytes.Buffer
	for i, name := range f.fields {
		value, there := item[name]
		if !there {
			value = f.missing(name)
		}
		fmt.Fprintf(&b, "%c%q:%s", "{,"[min(i, 1)], name, value)
	}
	b.WriteByte('}')
	return b.Bytes()
}

// missing is what stands for a field that was left out because it is empty.
func (f *format) missing(name string) json.RawMessage {
	for _, field := range reflect.VisibleFields(f.noun) {
		if own, _, _ := strings.Cut(field.Tag.Get("json"), ","); own == name && field.Type.Kind() == reflect.String {
			return json.RawMessage(`""`)
		}
	}
	return json.RawMessage("null")
}

// made reports whether a filter or a template makes the output.
func (f *format) made() bool { return f != nil && (f.query != nil || f.page != nil) }

// printMade prints what the filter or the template makes of JSON. Text that comes out of it is exact in a pipe and harmless on a terminal.
func (a *app) printMade(raw json.RawMessage) error {
	var value any
	if err := json.Unmarshal(raw, &value); err != nil {
		return err
	}
	if a.format.query != nil {
		return a.printFiltered(value)
	}
	var b strings.Builder
	if err := a.format.page.Execute(&b, value); err != nil {
		return usageError{err}
	}
	text := b.String()
	if terminal(a.out) {
		text = printable.Text(text)
	}
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return a.printf("%s", text)
}

// printFiltered prints each value that the filter yields on lines of its own: text as it is, the rest as JSON.
func (a *app) printFiltered(value any) error {
	ctx, cancel := context.WithTimeout(context.Background(), filterTime)
	defer cancel()
	values := a.format.query.RunWithContext(ctx, value)
	for {
		v, more := values.Next()
		if !more {
			return nil
		}
		if err, failed := v.(error); failed {
			if halt, ok := errors.AsType[*gojq.HaltError](err); ok && halt.Value() == nil {
				return nil
			}
			return usagef("--jq: %v", err)
		}
		if err := a.printValue(v); err != nil {
			return err
		}
	}
}

func (a *app) printValue(v any) error {
	text, isText := v.(string)
	if !isText {
		b, err := gojq.Marshal(v)
		if err != nil {
			return err
		}
		text = string(b)
	}
	switch {
	case terminal(a.out) && isText:
		text = printable.Text(text)
	case terminal(a.out):
		text = escapeUnprintable(text)
	}
	return a.printf("%s\n", text)
}

// marshal is JSON without the escapes that only web pages need, on one line without its end.
func marshal(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// joinFields lets the fields of --json stand apart from it, as "--json id,title". Where an argument may stand as well, only known fields are taken for
// that, and only a list of them where any text may.
func joinFields(root *cobra.Command, args []string) []string {
	if len(args) > 0 && slices.Contains([]string{cobra.ShellCompRequestCmd, cobra.ShellCompNoDescRequestCmd}, args[0]) {
		return append(args[:1:1], joinFields(root, args[1:])...)
	}
	at := slices.Index(args, "--json")
	if at < 0 || at+1 == len(args) || slices.Contains(args[:at], "--") || strings.HasPrefix(args[at+1], "-") {
		return args
	}
	cmd, _, err := root.Find(args)
	if err != nil || cmd.Flags().Lookup("json") == nil {
		return args
	}
	fields, ok := cmd.Flags().Lookup("json").Value.(fieldList)
	if !ok {
		return args
	}
	next := args[at+1]
	list, known := strings.Contains(next, ","), true
	for name := range strings.SplitSeq(next, ",") {
		known = known && slices.Contains(fields.names(), name)
	}
	takesNone := cmd.Args != nil && cmd.Args(cmd, []string{next}) != nil
	takesText := cmd.Args != nil && cmd.Args(cmd, []string{next, next}) == nil
	if takesNone || known && (list || !takesText) || list && !takesText {
		return slices.Concat(args[:at], []string{"--json=" + next}, args[at+2:])
	}
	return args
}
