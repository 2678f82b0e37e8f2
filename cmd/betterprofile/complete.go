package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/printable"
)

const (
	completionTime  = 2 * time.Second // how long a shell waits for what may be typed next
	completionWidth = 60              // of what is said about it, in columns
)

// completeConversations offers conversations, with their titles, for the first arguments of a command: so many, or all when it is negative.
func (a *app) completeConversations(most int) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if most >= 0 && len(args) >= most {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		offers := []cobra.Completion{cobra.CompletionWithDesc("@last", "the one used last")}
		return a.complete(cmd.Context(), begun, offers, func(ctx context.Context, conn *connection) ([]cobra.Completion, error) {
			page, err := conn.ListConversations(ctx, interview.ConversationQuery{Limit: interview.MaxLimit, Recent: true})
			for _, c := range page.Conversations {
				offers = append(offers, described(c.ID, name(c)))
			}
			return offers, err
		})
	}
}

// completeFacts offers facts, with their texts, for the first argument.
func (a *app) completeFacts() cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return a.complete(cmd.Context(), begun, nil, func(ctx context.Context, conn *connection) ([]cobra.Completion, error) {
			list, err := conn.facts(ctx, interview.FactQuery{})
			var offers []cobra.Completion
			for _, f := range list {
				offers = append(offers, described(f.ID, f.Text))
			}
			return offers, err
		})
	}
}

// complete asks the server for offers and returns those that go on from what was begun; else, without a server or before the first conversation, the
// given ones. It says nothing and makes nothing.
func (a *app) complete(ctx context.Context, begun string, offers []cobra.Completion, ask func(context.Context, *connection) ([]cobra.Completion, error)) ([]cobra.Completion, cobra.ShellCompDirective) {
	ctx, cancel := context.WithTimeout(ctx, completionTime)
	defer cancel()
	a.quiet = true
	if a.somethingStored() {
		err := a.with(ctx, func(ctx context.Context, conn *connection) error {
			found, err := ask(ctx, conn)
			if err == nil {
				offers = found
			}
			return err
		})
		if err != nil {
			cobra.CompDebugln(err.Error(), false)
		}
	}
	var fitting []cobra.Completion
	for _, offer := range offers {
		if strings.HasPrefix(offer, begun) {
			fitting = append(fitting, offer)
		}
	}
	return fitting, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}

// somethingStored reports whether there is a server to ask: a shared one, or a file of local conversations.
func (a *app) somethingStored() bool {
	s, err := a.settings()
	if err != nil || s.server.value != "" {
		return err == nil
	}
	_, path, err := localConfig(a, s)
	if err != nil {
		return false
	}
	_, err = os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

func described(id, text string) cobra.Completion {
	return cobra.CompletionWithDesc(id, ansi.Truncate(printable.Line(text), completionWidth, "…"))
}

// completeFlag offers values of a flag.
func (a *app) completeFlag(cmd *cobra.Command, flag string, offers cobra.CompletionFunc) {
	if err := cmd.RegisterFlagCompletionFunc(flag, offers); err != nil {
		panic(err) // the flag was not defined yet: a mistake in the program
	}
}

// completeWords offers words as values of a flag.
func (a *app) completeWords(cmd *cobra.Command, flag string, words ...cobra.Completion) {
	a.completeFlag(cmd, flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
}
