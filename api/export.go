package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode"

	"github.com/gin-gonic/gin"

	"github.com/betterprofile/betterprofile/interview"
)

func (s *Server) exportConversation(c *gin.Context) error {
	id, err := conversationID(c)
	if err != nil {
		return err
	}
	format, err := interview.ExportFormat(request(c).query.Get("format")).Normalize()
	if err != nil {
		return err
	}
	view, err := s.opts.Store.GetConversation(c.Request.Context(), userID(c), id, 1)
	if err != nil {
		return err
	}
	conversation := view.Conversation
	conversation.Messages = nil
	d := download{server: s, c: c, contentType: "text/markdown; charset=utf-8", fileName: fileName(conversation) + ".md"}
	begin, message, end := markdownHead, markdownMessage, func(io.Writer) error { return nil }
	if format == interview.FormatJSON {
		d.contentType, d.fileName = "application/json; charset=utf-8", fileName(conversation)+".json"
		begin, message, end = jsonHead, jsonMessage(), jsonEnd
	}
	return d.serve(func(ctx context.Context, w io.Writer) error {
		if err := begin(w, conversation); err != nil {
			return err
		}
		err := s.opts.Store.EachMessage(ctx, userID(c), id, func(m interview.Message) error { return message(w, m) })
		if err != nil {
			return err
		}
		return end(w)
	})
}

// fileName is the name of a conversation's file, without its extension: its day and what of the title any file system takes.
func fileName(c interview.Conversation) string {
	words := strings.FieldsFunc(c.Title, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.M, r) })
	name := c.CreatedAt.Format(time.DateOnly) + "-" + interview.FirstRunes(strings.ToLower(strings.Join(words, "-")), 60)
	if len(words) == 0 {
		name += c.ID[:8]
	}
	return strings.TrimRight(name, "-")
}

func markdownHead(w io.Writer, c interview.Conversation) error {
	title := interview.OneLine(c.Title)
	if title == "" {
		title = "Conversation"
	}
	_, err := fmt.Fprintf(w, "# %s\n\n%s\n", title, c.CreatedAt.Format("2 January 2006"))
	return err
}

// markdownMessage writes a message as it is stored: its Markdown is its own.
func markdownMessage(w io.Writer, m interview.Message) error {
	who := "You"
	if m.Role == interview.RoleAssistant {
		who = "Interviewer"
	}
	_, err := fmt.Fprintf(w, "\n## %s, %s UTC\n\n%s\n", who, m.CreatedAt.Format("2006-01-02 15:04:05"), strings.TrimRight(m.Content, "\n"))
	return err
}

// jsonHead begins a conversationAnswer.
func jsonHead(w io.Writer, c interview.Conversation) error {
	b, err := json.Marshal(conversationAnswer{Conversation: c})
	if err != nil {
		return err
	}
	_, err = w.Write(append(bytes.TrimSuffix(b, []byte("}}")), `,"messages":[`...))
	return err
}

func jsonMessage() func(io.Writer, interview.Message) error {
	separator := "\n"
	return func(w io.Writer, m interview.Message) error {
		b, err := json.Marshal(m)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(w, "%s%s", separator, b)
		separator = ",\n"
		return err
	}
}

func jsonEnd(w io.Writer) error {
	_, err := io.WriteString(w, "\n]}}\n")
	return err
}

func (s *Server) exportUser(c *gin.Context) error {
	now := s.opts.Now()
	d := download{
		server: s, c: c, contentType: interview.ExportType, fileName: "betterprofile-" + now.UTC().Format(time.DateOnly) + ".ndjson",
	}
	s.audit(c, auditExport)
	return d.serve(func(ctx context.Context, w io.Writer) error {
		out, err := interview.NewExportWriter(w, request(c).user, now)
		if err != nil {
			return err
		}
		if err := s.opts.Store.Export(ctx, userID(c), out.Write); err != nil {
			return err
		}
		return out.Close()
	})
}

func (s *Server) importUser(c *gin.Context) error {
	if !isType(c.Request.Header, interview.ExportType) {
		return errUnsupported(interview.ExportType)
	}
	if c.Request.ContentLength > s.opts.MaxImport {
		return errTooLarge(s.opts.MaxImport)
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), s.opts.TransferTime)
	defer cancel()
	records := interview.ReadExport(newUploaded(c, s.opts.MaxImport))
	result, err := s.opts.Store.Import(ctx, userID(c), records)
	if err != nil {
		return err
	}
	s.audit(c, auditImport)
	writeJSON(c, http.StatusOK, result)
	return nil
}
