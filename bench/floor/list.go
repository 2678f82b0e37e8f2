package main

import (
	"database/sql"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

// pageItems is the length of a page.
const pageItems = 50

// conversation is an entry of the list.
type conversation struct {
	ID        string    `json:"id"`
	UserID    string    `json:"userId"`
	Title     string    `json:"title,omitempty"`
	Pinned    bool      `json:"pinned"`
	Archived  bool      `json:"archived"`
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
	Preview   string    `json:"preview,omitempty"`
}

// place is where a page begins, written "TIME,ID" or for the list "PINNED,TIME,ID".
func place(r *http.Request, first ...string) []string {
	if cursor := r.URL.Query().Get("cursor"); cursor != "" {
		return strings.Split(cursor, ",")
	}
	return append(first, "9999-12-31", "ffffffff-ffff-ffff-ffff-ffffffffffff")
}

func (f *floor) listMessages(w http.ResponseWriter, r *http.Request) {
	at := place(r)
	if len(at) != 2 {
		http.Error(w, "invalid", http.StatusBadRequest)
		return
	}
	id := r.PathValue("id")
	rows, err := f.messagesOf.QueryContext(r.Context(), id, at[0], at[1], f.user, pageItems+1)
	page := make([]message, 0, pageItems+1)
	err = each(rows, err, func() error {
		m := message{ConversationID: id}
		var metadata []byte
		err := rows.Scan(&m.ID, &m.Role, &m.Content, &metadata, &m.CreatedAt)
		m.Metadata = metadata
		page = append(page, m)
		return err
	})
	next := ""
	if len(page) > pageItems {
		page = page[:pageItems]
		last := page[pageItems-1]
		next = last.CreatedAt.Format(time.RFC3339Nano) + "," + last.ID
	}
	slices.Reverse(page)
	answer(w, err, map[string]any{"messages": page, "nextCursor": next})
}

func (f *floor) listConversations(w http.ResponseWriter, r *http.Request) {
	at := place(r, "true")
	if len(at) != 3 {
		http.Error(w, "invalid", http.StatusBadRequest)
		return
	}
	rows, err := f.conversationsOf.QueryContext(r.Context(), f.user, at[0], at[1], at[2], pageItems+1)
	page := make([]conversation, 0, pageItems+1)
	err = each(rows, err, func() error {
		c := conversation{UserID: f.user}
		var title, preview sql.NullString
		err := rows.Scan(&c.ID, &title, &c.Pinned, &c.Archived, &c.CreatedAt, &c.UpdatedAt, &preview)
		c.Title, c.Preview = title.String, preview.String
		page = append(page, c)
		return err
	})
	next := ""
	if len(page) > pageItems {
		page = page[:pageItems]
		last := page[pageItems-1]
		pinned := "false"
		if last.Pinned {
			pinned = "true"
		}
		next = pinned + "," + last.UpdatedAt.Format(time.RFC3339Nano) + "," + last.ID
	}
	answer(w, err, map[string]any{"conversations": page, "nextCursor": next})
}

// each calls take for every row; err is that of the query.
func each(rows *sql.Rows, err error, take func() error) error {
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := take(); err != nil {
			return err
		}
	}
	return rows.Err()
}

func answer(w http.ResponseWriter, err error, body any) {
	b, marshalErr := json.Marshal(body)
	if err != nil || marshalErr != nil {
		http.Error(w, "internal", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(b) // a client that left needs nothing
}
