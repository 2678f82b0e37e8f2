package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/printable"
)

func newConversationsExportCommand(a *app) *cobra.Command {
	var format, output string
	cmd := &cobra.Command{
		Use: "export CONVERSATION", Short: "Write one conversation as Markdown or JSON", Args: cobra.ExactArgs(1),
		Example:           "  betterprofile conversations export @last > interview.md\n  betterprofile conversations export 01a2 --format json --output interview.json",
		ValidArgsFunction: a.completeConversations(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if format != "markdown" && format != "json" {
				return usagef("--format must be markdown or json")
			}
			return a.with(cmd.Context(), func(ctx context.Context, conn *connection) error {
				id, err := conn.resolve(ctx, args[0])
				if err != nil {
					return err
				}
				body, err := conn.ExportConversation(ctx, id, format)
				if err != nil {
					return err
				}
				return a.save(a.counted(body, "export", 0, output == ""), output)
			})
		},
	}
	cmd.Flags().StringVarP(&format, "format", "f", "markdown", "markdown or json")
	a.completeWords(cmd, "format", "markdown", "json")
	cmd.Flags().StringVarP(&output, "output", "o", "", "the file to write (default: standard output)")
	return cmd
}

func newBackupCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "backup [FILE]", Short: "Write everything that is yours to a file", Args: cobra.MaximumNArgs(1),
		Long: "Write all your conversations to a file, as lines of JSON, readable and complete: 'betterprofile restore' reads it back, on any server\n" +
			"or machine. It is one consistent moment, also while a reply is being made. Without FILE it is named by the day; - is standard output.\n" +
			"The file is not encrypted: keep it where only you can read it.",
		Example: "  betterprofile backup\n  betterprofile backup - | gpg --encrypt --recipient me > backup.gpg",
		RunE: func(cmd *cobra.Command, args []string) error {
			file := "betterprofile-" + time.Now().Format(time.DateOnly) + ".ndjson"
			if len(args) > 0 {
				file = args[0]
			}
			return a.with(cmd.Context(), func(ctx context.Context, conn *connection) error {
				body, err := conn.Export(ctx)
				if err != nil {
					return err
				}
				body = a.counted(body, "backup", 0, file == "-")
				if file == "-" {
					return a.save(body, "")
				}
				if err := a.save(body, file); err != nil {
					return err
				}
				return a.say("Everything is in %s. It is not encrypted.\n", printable.Line(file))
			})
		},
	}
}

func newRestoreCommand(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "restore FILE", Short: "Read back what backup wrote", Args: cobra.ExactArgs(1),
		Long: "Read back what 'betterprofile backup' wrote: all of it or, if anything is wrong with the file, nothing. Conversations that are there\n" +
			"already are left as they are. FILE - is standard input.",
		Example: "  betterprofile restore betterprofile-2026-11-23.ndjson\n  gpg --decrypt backup.gpg | betterprofile restore -",
		RunE:    func(cmd *cobra.Command, args []string) error { return runRestore(cmd.Context(), a, args[0], asJSON) },
	}
	jsonFlag(a, cmd, &asJSON, "print how much there was, as JSON", interview.ImportResult{})
	return cmd
}

func newConversationsImportCommand(a *app) *cobra.Command {
	cmd := newRestoreCommand(a)
	cmd.Use, cmd.Short = "import FILE", "Read conversations from a file that backup wrote"
	cmd.Example = "  betterprofile conversations import betterprofile-2026-11-23.ndjson"
	return cmd
}

func runRestore(ctx context.Context, a *app, file string, asJSON bool) error {
	in, size := io.NopCloser(a.in), int64(0)
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return usageError{err}
		}
		if info, err := f.Stat(); err == nil {
			size = info.Size()
		}
		in = f
	}
	in = a.counted(in, "import", size, false)
	defer in.Close()
	return a.with(ctx, func(ctx context.Context, conn *connection) error {
		result, err := conn.Import(ctx, in)
		_ = in.Close() // it is read; what follows stands alone on its line
		if err != nil {
			return atLine(file, err)
		}
		if asJSON {
			return a.printJSON(result)
		}
		were := "were"
		if result.Skipped == 1 {
			were = "was"
		}
		return a.say("Read %s with %s; %s %s there already.\n", count(result.Conversations, "conversation", "conversations"),
			count(result.Messages, "message", "messages"), count(result.Skipped, "conversation", "conversations"), were)
	})
}

// atLine puts the place of a fault before its message.
func atLine(file string, err error) error {
	e, ok := errors.AsType[*interview.Error](err)
	if !ok || e.Details.Line == 0 {
		return err
	}
	named := *e
	named.Message = fmt.Sprintf("%s, line %d: %s Nothing was read.", file, e.Details.Line, e.Message)
	return &named
}

// save writes what body holds to a file of the user's own, whole or not at all, or to standard output without a name.
func (a *app) save(body io.ReadCloser, file string) error {
	defer body.Close()
	if file == "" {
		_, err := io.Copy(a.out, a.harmless(body))
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(file), ".new-*") // made with mode 0600
	if err != nil {
		return err
	}
	_, err = io.Copy(f, body)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
