package agent_test

import (
	"testing"

	"github.com/betterprofile/betterprofile/interview"
)

func TestReply_OfflineAsksNoModel(t *testing.T) {
	t.Parallel()
	i, server := setup(t)
	in := asked(told)
	in.Offline = true
	r, _ := reply(t, i, in)
	if r.Metadata.Engine != "builtin" || r.Metadata.Fallback != interview.FallbackBudget || r.Usage != (interview.Usage{}) {
		t.Errorf("%+v", r)
	}
	text, err := i.Summarise(t.Context(), interview.SummaryRequest{
		UserID: in.UserID, Now: in.Now, Messages: []interview.Message{in.Message}, Offline: true,
	})
	if err != nil || text == "" {
		t.Errorf("summary %q, %v", text, err)
	}
	if n := len(server.Requests()); n != 0 {
		t.Errorf("the model was asked %d times", n)
	}
	if n := i.Stats().Fallbacks[interview.FallbackBudget]; n != 1 {
		t.Errorf("counted %d times", n)
	}
}
