package api

import (
	"encoding/json"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/betterprofile/betterprofile/interview"
)

// factAnswer is the body of answers that are one fact.
type factAnswer struct {
	Fact interview.Fact `json:"fact"`
}

// agendaAnswer is what will be asked next, in order.
type agendaAnswer struct {
	Agenda []interview.AgendaItem `json:"agenda"`
}

// plain is an answer that encoding/json encodes.
type plain struct{ value any }

// AppendJSON appends the value's JSON form.
func (p plain) AppendJSON(b []byte) ([]byte, error) {
	text, err := json.Marshal(p.value)
	return append(b, text...), err
}

func (s *Server) listFacts(c *gin.Context) error {
	limit, err := queryLimit(c)
	if err != nil {
		return err
	}
	query := request(c).query
	page, err := s.opts.Service.ListFacts(c.Request.Context(), userID(c), interview.FactQuery{
		Status: interview.FactStatus(query.Get("status")), Kind: interview.FactKind(query.Get("kind")), ExperienceID: query.Get("experience"),
		Limit: limit, Cursor: queryCursor(c),
	})
	if err != nil {
		return err
	}
	return s.writeTagged(c, plain{page})
}

func (s *Server) updateFact(c *gin.Context) error {
	id, err := pathID(c, "fact", "Fact")
	if err != nil {
		return err
	}
	var status *string
	if err := s.decode(c, optionalText("status", &status)); err != nil {
		return err
	}
	fact, err := s.opts.Service.PatchFact(c.Request.Context(), userID(c), id, interview.FactPatch{Status: (*interview.FactStatus)(status)})
	if err != nil {
		return err
	}
	writeJSON(c, http.StatusOK, factAnswer{Fact: fact})
	return nil
}

func (s *Server) coverage(c *gin.Context) error {
	report, err := s.opts.Service.Coverage(c.Request.Context(), userID(c))
	if err != nil {
		return err
	}
	return s.writeTagged(c, plain{report})
}

func (s *Server) agenda(c *gin.Context) error {
	limit, err := queryNumber(c, "limit", interview.MaxAgenda)
	if err != nil {
		return err
	}
	items, err := s.opts.Service.Agenda(c.Request.Context(), userID(c), limit)
	if err != nil {
		return err
	}
	return s.writeTagged(c, plain{agendaAnswer{Agenda: items}})
}

func (s *Server) forget(c *gin.Context) error {
	var in interview.ForgetInput
	var dryRun *bool
	if err := s.decode(c, text("matching", &in.Matching), texts("messageIds", &in.MessageIDs), flag("dryRun", &dryRun)); err != nil {
		return err
	}
	in.DryRun = dryRun != nil && *dryRun
	report, err := s.opts.Service.Forget(c.Request.Context(), userID(c), in)
	if err != nil {
		return err
	}
	if !in.DryRun {
		s.audit(c, auditForget)
	}
	writeJSON(c, http.StatusOK, report)
	return nil
}
