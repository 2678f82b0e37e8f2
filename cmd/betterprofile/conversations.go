package main

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/printable"
)

func newConversationsCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use: "conversations", Aliases: []string{"conversation", "c"}, Short: "List, show, search, change and export conversations",
		Long:    "List, show, search, change and export conversations. CONVERSATION is an id, the beginning of one, or @last.",
		Example: "  betterprofile conversations list\n  betterprofile conversations show @last\n  betterprofile conversations search handover",
	}
	cmd.AddCommand(
		newConversationsListCommand(a), newConversationsShowCommand(a), newConversationsSearchCommand(a), newConversationsRenameCommand(a),
		newConversationsMarkCommand(a, "pin", "Keep conversations at the top of the list", pinned(true)), newConversationsMarkCommand(a, "unpin", "Let conversations go back among the others", pinned(false)),
		newConversationsMarkCommand(a, "archive", "Take conversations off the list, without losing them", archived(true)), newConversationsMarkCommand(a, "unarchive", "Put archived conversations back on the list", archived(false)),
		newConversationsForkCommand(a), newConversationsExportCommand(a), newConversationsImportCommand(a), newConversationsDeleteCommand(a),
	)
	return cmd
}

type conversationsListOptions struct {
	limit    int
	archived bool
	query    string
	json     bool
}

func newConversationsListCommand(a *app) *cobra.Command {
	var opts conversationsListOptions
	cmd := &cobra.Command{
		Use: "list", Aliases: []string{"ls"}, Short: "List conversations, pinned ones first, then the newest", Args: cobra.NoArgs,
		Long: "List conversations: those that are pinned first, then the newest. Piped, it is a line for each: id, when it was used last, title.",
		Example: "  betterprofile conversations list\n  betterprofile conversations list --archived --query handover\n" +
			"  betterprofile conversations list --json id,title\n" +
			"  betterprofile conversations list --jq '.[] | select(.pinned) | .title'\n" +
			"  betterprofile conversations list --template '{{range .}}{{.updatedAt | ago}} {{.preview | truncate 60}}{{\"\\n\"}}{{end}}'",
		RunE: func(cmd *cobra.Command, _ []string) error { return runConversationsList(cmd.Context(), a, opts) },
	}
	cmd.Flags().IntVarP(&opts.limit, "limit", "n", 30, "how many at most")
	cmd.Flags().BoolVar(&opts.archived, "archived", false, "the archived ones")
	cmd.Flags().StringVarP(&opts.query, "query", "q", "", "only those whose title or newest message holds these words")
	jsonFlag(a, cmd, &opts.json, "print a JSON array", interview.Conversation{})
	return cmd
}

func runConversationsList(ctx context.Context, a *app, opts conversationsListOptions) error {
	if opts.limit < 1 {
		return usagef("--limit must be at least 1")
	}
	return a.with(ctx, func(ctx context.Context, conn *connection) error {
		list := []interview.Conversation{}
		for c, err := range conn.conversations(ctx, interview.ConversationQuery{Archived: opts.archived, Text: opts.query, Limit: min(opts.limit, interview.MaxLimit)}) {
			if err != nil {
				return err
			}
			if list = append(list, c); len(list) == opts.limit {
				break
			}
		}
		if opts.json {
			return a.printJSON(list)
		}
		return a.table([]string{"ID", "UPDATED", "TITLE"}, conversationRows(a, list))
	})
}

// conversationRows makes the cells of a list: short ids and ages for people, exact ones in a pipe.
func conversationRows(a *app, list []interview.Conversation) [][]string {
	people := terminal(a.out)
	ids := make([]string, len(list))
	for i, c := range list {
		ids[i] = c.ID
	}
	short := shortestPrefix(ids)
	rows := make([][]string, 0, len(list))
	for _, c := range list {
		id, updated := c.ID, c.UpdatedAt.Format(interview.TimeFormat)
		if people {
			id, updated = c.ID[:short], age(time.Now(), c.UpdatedAt.Time)
		}
		rows = append(rows, []string{id, updated, name(c)})
	}
	return rows
}

// name is what a conversation is called: its title, else the beginning of its newest message, else its day.
func name(c interview.Conversation) string {
	title := cmp.Or(printable.Line(c.Title), printable.Line(c.Preview), "New conversation of "+c.CreatedAt.Local().Format("2 January 2006"))
	if c.Pinned {
		title = "* " + title
	}
	return title
}

// shortestPrefix is the length at which the ids differ, at least 8.
func shortestPrefix(ids []string) int {
	for n := 8; n < 36; n++ {
		seen := map[string]bool{}
		for _, id := range ids {
			seen[id[:n]] = true
		}
		if len(seen) == len(ids) {
			return n
		}
	}
	return 36
}

type conversationsShowOptions struct {
	id    string
	limit int
	json  bool
}

func newConversationsShowCommand(a *app) *cobra.Command {
	var opts conversationsShowOptions
	cmd := &cobra.Command{
		Use: "show CONVERSATION", Short: "Print a conversation", Args: cobra.ExactArgs(1),
		Example:           "  betterprofile conversations show @last\n  betterprofile conversations show 01a2b3c4 --limit 2\n  betterprofile conversations show @last --jq '.conversation.messages[-1].content'",
		ValidArgsFunction: a.completeConversations(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.id = args[0]
			return runConversationsShow(cmd.Context(), a, opts)
		},
	}
	cmd.Flags().IntVarP(&opts.limit, "limit", "n", 0, "only the newest messages, that many (default: all)")
	jsonFlag(a, cmd, &opts.json, `print {"conversation"} with its messages`, interview.Conversation{})
	return cmd
}

func runConversationsShow(ctx context.Context, a *app, opts conversationsShowOptions) error {
	if opts.limit < 0 {
		return usagef("--limit must be at least 1")
	}
	return a.with(ctx, func(ctx context.Context, conn *connection) error {
		id, err := conn.resolve(ctx, opts.id)
		if err != nil {
			return err
		}
		c, err := conn.whole(ctx, id, opts.limit)
		if err != nil {
			return err
		}
		if opts.json {
			return a.printJSON(map[string]any{"conversation": c})
		}
		return a.paged(ctx, func() error { return printConversation(a, c) })
	})
}

// printConversation prints the messages, oldest first, each under a line that says who wrote it and when.
func printConversation(a *app, c interview.Conversation) error {
	if err := a.printf("%s\n", a.bold(name(c))); err != nil {
		return err
	}
	for _, m := range c.Messages {
		who := "You"
		if m.Role == interview.RoleAssistant {
			who = "Interviewer"
		}
		head := a.bold(who) + a.dim(" · "+m.CreatedAt.Local().Format("2 Jan 2006 15:04"))
		if err := a.printf("\n%s\n%s\n%s", head, printable.Text(m.Content), note(m)); err != nil {
			return err
		}
	}
	return nil
}

// note says what is special about a message, on a line of its own.
func note(m interview.Message) string {
	switch {
	case m.Turn != nil && m.Turn.Status == interview.TurnRunning:
		return "(being answered)\n"
	case m.Turn != nil && m.Turn.Error != nil:
		return fmt.Sprintf("(not answered: %s)\n", printable.Line(m.Turn.Error.Message))
	case m.Turn != nil:
		return "(not answered)\n"
	case m.ReplyMetadata().Status != "":
		return "(not finished)\n"
	}
	return ""
}

func newConversationsRenameCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "rename CONVERSATION TITLE", Short: "Give a conversation a title", Args: cobra.MinimumNArgs(2),
		Example:           "  betterprofile conversations rename @last The new rota",
		ValidArgsFunction: a.completeConversations(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			title := strings.Join(args[1:], " ")
			return a.with(cmd.Context(), func(ctx context.Context, conn *connection) error {
				id, err := conn.resolve(ctx, args[0])
				if err != nil {
					return err
				}
				_, err = conn.UpdateConversation(ctx, id, interview.ConversationPatch{Title: &title})
				return err
			})
		},
	}
}

func pinned(yes bool) interview.ConversationPatch {
	return interview.ConversationPatch{Pinned: &yes}
}

func archived(yes bool) interview.ConversationPatch {
	return interview.ConversationPatch{Archived: &yes}
}

// newConversationsMarkCommand makes a command that changes a mark of conversations.
func newConversationsMarkCommand(a *app, verb, short string, patch interview.ConversationPatch) *cobra.Command {
	return &cobra.Command{
		Use: verb + " CONVERSATION…", Short: short, Args: cobra.MinimumNArgs(1),
		Long:              short + ". One that is so already stays so.",
		Example:           "  betterprofile conversations " + verb + " @last\n  betterprofile conversations " + verb + " 01a2b3c4 01a2b3d5",
		ValidArgsFunction: a.completeConversations(-1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runConversationsMark(cmd.Context(), a, args, patch)
		},
	}
}

// runConversationsMark finds all the conversations before it changes any.
func runConversationsMark(ctx context.Context, a *app, args []string, patch interview.ConversationPatch) error {
	return a.with(ctx, func(ctx context.Context, conn *connection) error {
		ids := make([]string, len(args))
		for i, arg := range args {
			var err error
			if ids[i], err = conn.resolve(ctx, arg); err != nil {
				return err
			}
		}
		for _, id := range ids {
			if _, err := conn.UpdateConversation(ctx, id, patch); err != nil {
				return err
			}
		}
		return nil
	})
}

func newConversationsDeleteCommand(a *app) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use: "delete CONVERSATION", Aliases: []string{"rm"}, Short: "Delete a conversation for good", Args: cobra.ExactArgs(1),
		Example:           "  betterprofile conversations delete 01a2b3c4\n  betterprofile conversations delete 01a2b3c4 --yes",
		ValidArgsFunction: a.completeConversations(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runConversationsDelete(cmd.Context(), a, args[0], yes)
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}

func runConversationsDelete(ctx context.Context, a *app, arg string, yes bool) error {
	if !yes && !terminal(a.in) {
		return usagef("deleting needs --yes when there is nobody to ask")
	}
	return a.with(ctx, func(ctx context.Context, conn *connection) error {
		id, err := conn.resolve(ctx, arg)
		if err != nil {
			return err
		}
		if !yes {
			view, err := conn.GetConversation(ctx, id, 1)
			if err != nil {
				return err
			}
			if !a.confirm("Delete “%s” and all its messages for good?", name(view.Conversation)) {
				return errAborted
			}
		}
		return conn.DeleteConversation(ctx, id)
	})
}

// confirm asks a question that only yes answers with true.
func (a *app) confirm(format string, args ...any) bool {
	fmt.Fprintf(a.err, format+" [y/N] ", args...)
	answer, _ := bufio.NewReader(a.in).ReadString('\n') // no answer is no
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "y" || answer == "yes"
}

// warn says something on standard error that does not end the command.
func (a *app) warn(format string, args ...any) {
	if !a.quiet {
		fmt.Fprintln(a.err, "betterprofile: "+printable.Line(fmt.Sprintf(format, args...)))
	}
}

// say says that something was done, where that is all there is to say.
func (a *app) say(format string, args ...any) error {
	if a.quiet {
		return nil
	}
	return a.printf(format, args...)
}

// count is a number of things, with their name in the right form.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
