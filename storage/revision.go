package storage

import (
	"strconv"
	"strings"
	"time"
)

// A revision stands for what a reply is made from: when the conversation was changed last (its updated_at, which every turn moves), and which transactions its newest
// messages are from. Whatever changes one of these, by whatever program, gives it another one
// (xmin, https://www.postgresql.org/docs/current/ddl-system-columns.html); a deletion takes the state of the conversation away.
type revision struct {
	at       stamp
	messages string // their transactions as PostgreSQL writes an array, the newest first: "{9,8,5,4}"; empty for no revision
}

// parseRevision is the inverse of String. What is no revision is none.
func parseRevision(s string) revision {
	at, messages, _ := strings.Cut(s, " ")
	micros, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		return revision{}
	}
	return revision{stamp{time.UnixMicro(micros).UTC()}, messages}
}

func (r revision) String() string { return strconv.FormatInt(r.at.UnixMicro(), 10) + " " + r.messages }

// begunRevision is the Revision of a turn that was begun: its transaction, those of the messages before it, and of how many there may be some: "8 {5,4} 40".
func begunRevision(own, messages string, window int) string {
	return own + " " + messages + " " + strconv.Itoa(window)
}

// endedRevision is the revision after a turn that began with a Revision has ended at a time, with a reply, in a transaction; empty when it is not known.
func endedRevision(begun string, at stamp, own string) string {
	fields := strings.Fields(begun)
	if len(fields) != 3 || own == "" {
		return ""
	}
	window, err := strconv.Atoi(fields[2])
	if err != nil || window < 2 {
		return ""
	}
	list := []string{own, fields[0]}
	if older := strings.Trim(fields[1], "{}"); older != "" {
		list = append(list, strings.Split(older, ",")...)
	}
	return revision{at, "{" + strings.Join(list[:min(len(list), window)], ",") + "}"}.String()
}
