package storagetest

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/interview"
)

func userTests(t *testing.T, test tester) {
	test(t, "CreateUser makes an id and stores the email in lower case", func(t *testing.T, s *setup) {
		u := get(s.db.CreateUser(t.Context(), interview.User{Name: " Ada ", Email: " Ada@Example.COM "})).or(t)
		if !isAccountID(u.ID) || u.Email != "ada@example.com" || u.Name != "Ada" || u.CreatedAt.IsZero() {
			t.Fatalf("stored as %+v", u)
		}
		for _, key := range []string{u.ID, "ada@example.com", "ADA@example.com"} {
			same(t, get(s.db.GetUser(t.Context(), key)).or(t), u)
		}
	})
	test(t, "CreateUser keeps a given id, and refuses a known id or email", func(t *testing.T, s *setup) {
		id := interview.NewID() // in every layout
		u := get(s.db.CreateUser(t.Context(), interview.User{ID: id, Email: "a@b.c"})).or(t)
		same(t, u.ID, id)
		for field, twin := range map[string]interview.User{"email": {Email: "A@b.c"}, "id": {ID: id, Email: "d@e.f"}} {
			_, err := s.db.CreateUser(t.Context(), twin)
			refused(t, err, interview.CodeConflict)
			same(t, interview.AsError(err).Details.Field, field)
		}
	})
	test(t, "CreateUser refuses what is no email", func(t *testing.T, s *setup) {
		for _, email := range []string{"", "a", "@", "a@", "@b", "a b@c.d", "a@b\nc"} {
			_, err := s.db.CreateUser(t.Context(), interview.User{Email: email})
			refused(t, err, interview.CodeInvalid)
		}
	})
	test(t, "EnsureUser makes a user once", func(t *testing.T, s *setup) {
		you := interview.User{ID: interview.NewID(), Name: "You", Email: "local@localhost"}
		for range 2 {
			if err := s.db.EnsureUser(t.Context(), you); err != nil {
				t.Fatal(err)
			}
		}
		same(t, get(s.db.GetUser(t.Context(), you.ID)).or(t).Name, "You")
		same(t, len(get(s.db.ListUsers(t.Context())).or(t)), 3)
	})
	test(t, "GetUser of an unknown one is not found", func(t *testing.T, s *setup) {
		for _, key := range []string{"", "x", "x@y.z", "\x00", "\xff"} {
			_, err := s.db.GetUser(t.Context(), key)
			refused(t, err, interview.CodeNotFound)
		}
	})
	test(t, "a session authenticates its user until it expires", func(t *testing.T, s *setup) {
		session := get(s.db.CreateSession(t.Context(), s.user, time.Hour)).or(t)
		if !regexp.MustCompile(`^[a-zA-Z0-9]{32}$`).MatchString(session.Token) || session.ExpiresAt.Sub(session.CreatedAt.Time) != time.Hour {
			t.Fatalf("session %+v", session)
		}
		same(t, get(s.db.Authenticate(t.Context(), session.Token)).or(t), get(s.db.GetUser(t.Context(), s.user)).or(t))
		expired := get(s.db.CreateSession(t.Context(), s.user, -time.Millisecond)).or(t)
		for _, token := range []string{"", "x", expired.Token, strings.ToLower(session.Token), session.Token + "\x00", "\xff", s.user} {
			_, err := s.db.Authenticate(t.Context(), token)
			refused(t, err, interview.CodeUnauthenticated)
		}
	})
	test(t, "AuthenticateSession also says when the session ends", func(t *testing.T, s *setup) {
		session := get(s.db.CreateSession(t.Context(), s.user, time.Hour)).or(t)
		user, ends, err := s.db.AuthenticateSession(t.Context(), session.Token)
		if err != nil || user.ID != s.user || !ends.Equal(session.ExpiresAt.Time) {
			t.Fatalf("%+v until %v, %v", user, ends, err)
		}
	})
	test(t, "CreateSession of an unknown user is not found", func(t *testing.T, s *setup) {
		_, err := s.db.CreateSession(t.Context(), "nobody", time.Hour)
		refused(t, err, interview.CodeNotFound)
	})
}

// isAccountID reports whether an id was made as those of accounts are: 32 letters and digits, or a UUID where the installation has these.
func isAccountID(id string) bool {
	_, isUUID := interview.ParseID(id)
	return isUUID || regexp.MustCompile(`^[a-zA-Z0-9]{32}$`).MatchString(id)
}
