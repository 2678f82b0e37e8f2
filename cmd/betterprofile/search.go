package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/printable"
)

type searchOptions struct {
	text  string
	limit int
	json  bool
}

func newConversationsSearchCommand(a *app) *cobra.Command {
	var opts searchOptions
	cmd := &cobra.Command{
		Use: "search TEXT", Short: "Find messages, the newest first", Args: cobra.MinimumNArgs(1),
		Long:    "Find messages that hold all the words of TEXT, case and accents aside. \"Quoted words\" must stand together.",
		Example: "  betterprofile conversations search handover\n  betterprofile conversations search '\"night shift\" rota' --limit 5",
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.text = strings.Join(args, " ")
			return runConversationsSearch(cmd.Context(), a, opts)
		},
	}
	cmd.Flags().IntVarP(&opts.limit, "limit", "n", 20, "how many at most")
	jsonFlag(a, cmd, &opts.json, "print a JSON array", interview.SearchResult{})
	return cmd
}

func runConversationsSearch(ctx context.Context, a *app, opts searchOptions) error {
	if opts.limit < 1 {
		return usagef("--limit must be at least 1")
	}
	return a.with(ctx, func(ctx context.Context, conn *connection) error {
		found := []interview.SearchResult{}
		query := interview.SearchQuery{Text: opts.text, Limit: min(opts.limit, interview.MaxLimit)}
		for {
			page, err := conn.Search(ctx, query)
			if err != nil {
				return err
			}
			found = append(found, page.Results...)
			if query.Cursor = page.NextCursor; query.Cursor == "" || len(found) >= opts.limit {
				break
			}
		}
		found = found[:min(len(found), opts.limit)]
		if opts.json {
			return a.printJSON(found)
		}
		return a.table([]string{"CONVERSATION", "WHEN", "WHO", "TEXT"}, searchRows(a, found))
	})
}

func searchRows(a *app, found []interview.SearchResult) [][]string {
	people := terminal(a.out)
	rows := make([][]string, 0, len(found))
	for _, r := range found {
		id, when, who := r.ConversationID, r.CreatedAt.Format(interview.TimeFormat), string(r.Role)
		if people {
			id, when, who = id[:8], age(time.Now(), r.CreatedAt.Time), map[interview.Role]string{interview.RoleUser: "you", interview.RoleAssistant: "interviewer"}[r.Role]
		}
		rows = append(rows, []string{id, when, who, printable.Line(r.Snippet)})
	}
	return rows
}

func newConversationsForkCommand(a *app) *cobra.Command {
	var message string
	var asJSON bool
	cmd := &cobra.Command{
		Use: "fork CONVERSATION", Short: "Begin a new conversation as a copy of another one, to go on differently", Args: cobra.ExactArgs(1),
		Example:           "  betterprofile conversations fork @last\n  betterprofile conversations fork @last --message 01a2b3c4-0000-7000-8000-000000000001",
		ValidArgsFunction: a.completeConversations(1),
		Long: "Begin a new conversation that holds the messages of CONVERSATION up to its last question that you answered, or those before --message, to\n" +
			"go on differently from there. The ids of messages are in 'betterprofile conversations show CONVERSATION --json'. Prints the new\n" +
			"conversation's id.",
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd.Context(), func(ctx context.Context, conn *connection) error {
				id, err := conn.resolve(ctx, args[0])
				if err != nil {
					return err
				}
				if message == "" {
					if message, err = conn.lastSaid(ctx, id); err != nil {
						return err
					}
				}
				forked, err := conn.Fork(ctx, id, interview.ForkInput{ID: interview.NewID(), MessageID: message})
				if err != nil {
					return err
				}
				if asJSON {
					return a.printJSON(map[string]any{"conversation": forked})
				}
				return a.printf("%s\n", forked.ID)
			})
		},
	}
	cmd.Flags().StringVarP(&message, "message", "m", "", "the id of the message that the copy ends before (default: your last one)")
	jsonFlag(a, cmd, &asJSON, "print the new conversation", interview.Conversation{})
	return cmd
}

// lastSaid returns the id of the user's newest message in a conversation. Errors: conflict when there is none.
func (c *connection) lastSaid(ctx context.Context, conversationID string) (string, error) {
	view, err := c.GetConversation(ctx, conversationID, interview.MaxLimit)
	if err != nil {
		return "", err
	}
	for _, m := range slices.Backward(view.Conversation.Messages) {
		if m.Role == interview.RoleUser {
			return m.ID, nil
		}
	}
	return "", interview.Errorf(interview.CodeConflict, "Nothing has been said in it yet.")
}
