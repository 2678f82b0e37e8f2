package main

import (
	"github.com/spf13/cobra"
)

const rootLong = `Better Profile interviews you about your work, again and again, remembers everything, and asks the next good question.

Without a server it keeps your conversations in a file of yours and asks its own questions: nothing to install, no key, no network.
Set OPENAI_API_KEY, or OPENAI_BASE_URL for any compatible endpoint, and a language model asks them.

Exit status: 0 success, 1 failure, 2 usage, 4 sign-in needed, 75 try again later, 130 interrupted.`

func newRootCommand(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:           "betterprofile",
		Short:         "A career interview that never ends, in your terminal",
		Long:          rootLong,
		Example:       "  betterprofile interview\n  betterprofile ask \"Today I shipped the new intake form.\"\n  betterprofile conversations list",
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if terminal(a.in) && terminal(a.out) {
				return runInterview(cmd.Context(), a, interviewOptions{})
			}
			return cmd.Help()
		},
	}
	flags := root.PersistentFlags()
	flags.StringVar(&a.server, "server", "", "URL of a Better Profile server (default: $BETTERPROFILE_SERVER, the configuration, the default of your sign-ins, or none: local)")
	flags.BoolVar(&a.local, "local", false, "work on this computer, whatever server is set")
	flags.BoolVar(&a.insecure, "insecure", false, "allow http:// to other computers: the token and your words can be read on the way")
	flags.StringVar(&a.config, "config", "", "configuration file (default: $BETTERPROFILE_CONFIG or config.toml in the user's configuration folder)")
	flags.BoolVar(&a.quiet, "quiet", false, "print nothing but what was asked for, and errors: no warnings, no progress, no word that something was done")
	flags.BoolVar(&a.noPager, "no-pager", false, "do not show long text in a pager ($PAGER, or less), as it is on a terminal")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(
		newInterviewCommand(a), newAskCommand(a), newConversationsCommand(a), newProfileCommand(a),
		newCoverageCommand(a), newAgendaCommand(a), newForgetCommand(a), newBackupCommand(a), newRestoreCommand(a), newConfigCommand(a), newDoctorCommand(a), newVersionCommand(a), newEvalCommand(a),
		newLoginCommand(a), newLogoutCommand(a), newWhoamiCommand(a), newServersCommand(a), newAccountCommand(a),
	)
	root.InitDefaultCompletionCmd()
	checkArgs(root)
	return root
}

// checkArgs makes wrong arguments of every command usage errors.
func checkArgs(cmd *cobra.Command) {
	check := cmd.Args
	if check == nil && cmd.HasSubCommands() {
		cmd.Args = func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("unknown command %q for %q", args[0], c.CommandPath())
			}
			return nil
		}
		if cmd.RunE == nil {
			cmd.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
		}
	} else if check != nil {
		cmd.Args = func(c *cobra.Command, args []string) error {
			if err := check(c, args); err != nil {
				return usageError{err}
			}
			return nil
		}
	}
	for _, sub := range cmd.Commands() {
		checkArgs(sub)
	}
}

// programVersion is what version prints.
type programVersion struct {
	Platform string `json:"platform"`
	Version  string `json:"version"`
}

func newVersionCommand(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "version", Short: "Print the version", Args: cobra.NoArgs,
		Example: "  betterprofile version\n  betterprofile version --jq .version",
		RunE: func(*cobra.Command, []string) error {
			if asJSON {
				return a.printJSON(programVersion{Platform: platform(), Version: buildVersion()})
			}
			return a.printf("betterprofile %s (%s)\n", buildVersion(), platform())
		},
	}
	jsonFlag(a, cmd, &asJSON, "print JSON", programVersion{})
	return cmd
}
