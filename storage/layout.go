package storage

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/betterprofile/betterprofile/interview"
)

// layout is how the tables of accounts are made in a database: one of the three ways in which Better Auth makes them. SQLite has B.
type layout struct {
	name         string // "A": its own CLI; "B": its Drizzle generator; "C": the Better Profile web platform
	uuids        bool   // ids are UUIDs, not text
	admin        bool   // users have the columns of the admin plugin
	impersonated bool   // sessions have the column of the admin plugin

	words *strings.Replacer // translates the {names} of tables and columns in queries
}

// accountColumnNames are the columns of accounts that layout A names otherwise, as layouts B and C have them.
func accountColumnNames() []string {
	return []string{
		"email_verified", "created_at", "updated_at", "expires_at", "ip_address", "user_agent", "user_id", "account_id", "provider_id", "device_code", "user_code",
		"last_polled_at", "polling_interval", "client_id", "ban_reason", "ban_expires", "impersonated_by",
	}
}

// withWords returns the layout with its words, which are:
//
//	{user} {session} {account} {verification} {device}  the tables, quoted where they must be
//	{.user_id} and so on                                columns; those of one word are the same in all layouts
//	{id}                                                the type of users' ids
//	{admin}                                             role, whether banned, why and until when of the user u; {impersonated} by whom the session s is
//
// Text and flags among the last two are not null.
func (l layout) withWords() layout {
	column := func(name string) string { return name }
	plural := ""
	switch l.name {
	case "A":
		column = func(name string) string { return `"` + camelCase(name) + `"` }
	case "C":
		plural = "s"
	}
	device := "device_code" + plural
	if l.name == "A" {
		device = column(device)
	}
	admin, impersonated := "'', false, '', null", "''"
	if l.admin {
		admin = "coalesce(u.role, ''), coalesce(u.banned, false), coalesce(u." + column("ban_reason") + ", ''), u." + column("ban_expires")
	}
	if l.impersonated {
		impersonated = "coalesce(cast(s." + column("impersonated_by") + " as text), '')"
	}
	words := []string{
		"{user}", `"user` + plural + `"`, "{session}", "session" + plural, "{account}", "account" + plural, "{verification}", "verification" + plural,
		"{device}", device, "{id}", l.idType(), "{admin}", admin, "{impersonated}", impersonated,
	}
	for _, name := range accountColumnNames() {
		words = append(words, "{."+name+"}", column(name))
	}
	l.words = strings.NewReplacer(words...)
	return l
}

// camelCase turns user_id into userId.
func camelCase(name string) string {
	parts := strings.Split(name, "_")
	for i, part := range parts[1:] {
		parts[i+1] = strings.ToUpper(part[:1]) + part[1:]
	}
	return strings.Join(parts, "")
}

func (l layout) idType() string {
	if l.uuids {
		return "uuid"
	}
	return "text"
}

// newID makes an id of accounts' tables.
func (l layout) newID() string {
	if l.uuids {
		return interview.NewID()
	}
	return randomID()
}

// userID is a user's id as it is stored, where it is one at all.
func (l layout) userID(id string) string {
	if l.uuids {
		if stored, ok := interview.ParseID(id); ok {
			return stored
		}
	}
	return clean(id)
}

// migrationWords are what the migrations of PostgreSQL, which are templates, say of the layout.
func (l layout) migrationWords() map[string]string {
	words := map[string]string{"Layout": l.name, "Users": "user", "UserID": l.idType(), "ID": l.idType()}
	if l.name == "C" {
		words["Users"] = "users"
	}
	if l.uuids {
		words["ID"] = "uuid default gen_random_uuid()"
	}
	return words
}

// signOfLayout is the column by which each layout is known.
func signOfLayout() map[string]string {
	return map[string]string{"A": "session.expiresAt", "B": "session.expires_at", "C": "sessions.expires_at"}
}

// selectAccountColumns are the columns that tell layouts apart, and their types.
const selectAccountColumns = `select table_name || '.' || column_name, data_type from information_schema.columns
	where table_schema = current_schema() and table_name in ('user', 'users', 'session', 'sessions')
	and column_name in ('id', 'expiresAt', 'expires_at', 'banned', 'impersonatedBy', 'impersonated_by')`

// findLayout looks which layout the database has; one without accounts is to have B. Errors: invalid, field DATABASE_URL, when it has two, or
// one that this program does not know.
func (db *DB) findLayout(ctx context.Context) (layout, error) {
	if db.dialect.kind != "postgres" {
		return layout{name: "B"}.withWords(), nil
	}
	columns := map[string]string{}
	err := db.read(ctx, func(conn) error {
		rows, err := db.sql.QueryContext(ctx, selectAccountColumns) // once: not worth preparing
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var name, kind string
			if err := rows.Scan(&name, &kind); err != nil {
				return err
			}
			columns[name] = kind
		}
		return rows.Err()
	})
	if err != nil {
		return layout{}, err
	}
	return layoutOf(columns)
}

// layoutOf tells the layout by the columns "table.column" and their types.
func layoutOf(columns map[string]string) (layout, error) {
	var found, signs []string
	for name, sign := range signOfLayout() {
		if columns[sign] != "" {
			found, signs = append(found, name), append(signs, fmt.Sprintf("%s (%s)", name, sign))
		}
	}
	slices.Sort(signs)
	switch len(found) {
	case 0:
		return layout{name: "B"}.withWords(), nil
	case 1:
	default:
		return layout{}, badURL("The database holds accounts in two layouts of Better Auth, %s: name another database in DATABASE_URL, or move away the tables that are not used.",
			strings.Join(signs, " and "))
	}
	l := layout{name: found[0]}
	users, _, _ := strings.Cut(signOfLayout()[l.name], ".")
	users = strings.Replace(users, "session", "user", 1)
	switch kind := columns[users+".id"]; kind {
	case "uuid":
		l.uuids = true
	case "text", "character varying":
	default:
		return layout{}, badURL("The database holds sessions in Better Auth's layout %s, but no table %q whose ids are text or UUIDs (found: %s): name another database in DATABASE_URL.",
			signs[0], users, cmp.Or(kind, "none"))
	}
	l.admin = columns[users+".banned"] != ""
	l.impersonated = columns["session.impersonatedBy"] != "" || columns["session.impersonated_by"] != "" || columns["sessions.impersonated_by"] != ""
	return l.withWords(), nil
}
