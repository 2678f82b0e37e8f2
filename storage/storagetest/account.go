package storagetest

import (
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/interview"
)

// hash stands for a password's: storage does not look into it.
const hash = "0123456789abcdef:fedcba9876543210"

// account makes a user with a password.
func (s *setup) account() interview.Account {
	s.t.Helper()
	return get(s.db.CreateAccount(s.t.Context(), interview.NewAccount{Name: "Ada", Email: interview.NewID() + "@example.com", PasswordHash: hash})).or(s.t)
}

// hashOf is the password hash of a user.
func (s *setup) hashOf(userID string) string {
	s.t.Helper()
	_, found, err := s.db.AccountByID(s.t.Context(), userID)
	if err != nil {
		s.t.Fatal(err)
	}
	return found
}

// unknownIDs are of nobody, well-formed or not.
func unknownIDs() []string {
	return []string{"", "nobody", "\x00", "\xff", "'", interview.NewID(), "00000000-0000-0000-0000-00000000000g", "ada@example.com"}
}

func accountTests(t *testing.T, test tester) {
	test(t, "CreateAccount stores a user with a credential login", func(t *testing.T, s *setup) {
		email := interview.NewID() + "@Example.COM"
		a := get(s.db.CreateAccount(t.Context(), interview.NewAccount{Name: " Ada ", Email: " " + email, Image: "https://example.com/a.png", PasswordHash: hash})).or(t)
		if !isAccountID(a.ID) || a.Name != "Ada" || a.EmailVerified || a.Image != "https://example.com/a.png" || a.UpdatedAt != a.CreatedAt {
			t.Fatalf("made %+v", a)
		}
		if a.Admin != nil && *a.Admin != (interview.AdminColumns{Role: "user"}) {
			t.Fatalf("made with %+v", *a.Admin)
		}
		for name, find := range map[string]func() (interview.Account, string, error){
			"email": func() (interview.Account, string, error) { return s.db.AccountByEmail(t.Context(), email) },
			"id":    func() (interview.Account, string, error) { return s.db.AccountByID(t.Context(), a.ID) },
		} {
			got, found, err := find()
			if err != nil || found != hash {
				t.Fatalf("by %s: hash %q, %v", name, found, err)
			}
			same(t, got, a)
		}
		logins := get(s.db.Logins(t.Context(), a.ID)).or(t)
		if len(logins) != 1 || !isAccountID(logins[0].ID) {
			t.Fatalf("logins %+v", logins)
		}
		same(t, logins[0], interview.Login{
			ID: logins[0].ID, ProviderID: "credential", AccountID: a.ID, UserID: a.ID, CreatedAt: a.CreatedAt, UpdatedAt: a.CreatedAt, Scopes: []string{},
		})
	})
	test(t, "a user without a password has no hash and no login", func(t *testing.T, s *setup) {
		same(t, s.hashOf(s.user), "")
		same(t, get(s.db.Logins(t.Context(), s.user)).or(t), []interview.Login{})
	})
	test(t, "AccountByEmail and AccountByID of nobody are not found", func(t *testing.T, s *setup) {
		for _, key := range unknownIDs() {
			_, _, err := s.db.AccountByID(t.Context(), key)
			refused(t, err, interview.CodeNotFound)
			_, _, err = s.db.AccountByEmail(t.Context(), key)
			refused(t, err, interview.CodeNotFound)
		}
	})
	test(t, "an account with a known email is a conflict, and nothing of it stays", func(t *testing.T, s *setup) {
		a := s.account()
		_, err := s.db.CreateAccount(t.Context(), interview.NewAccount{Name: "Bob", Email: a.Email, PasswordHash: "other"})
		refused(t, err, interview.CodeConflict)
		same(t, interview.AsError(err).Details.Field, "email")
		same(t, s.hashOf(a.ID), hash)
	})
	test(t, "of accounts with one email made at the same time one is made", func(t *testing.T, s *setup) {
		email := interview.NewID() + "@example.com"
		var wg sync.WaitGroup
		made := make(chan interview.Account, 10)
		for range cap(made) {
			wg.Go(func() {
				a, err := s.db.CreateAccount(t.Context(), interview.NewAccount{Name: "Ada", Email: email, PasswordHash: hash})
				if err == nil {
					made <- a
				} else if interview.ErrorCode(err) != interview.CodeConflict {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		same(t, len(made), 1)
	})
	test(t, "UpdateAccount changes what is given", func(t *testing.T, s *setup) {
		name, image, none := "Grace", "data:x", ""
		a := s.account()
		for _, step := range []struct {
			patch       interview.AccountPatch
			name, image string
		}{
			{interview.AccountPatch{}, "Ada", ""},
			{interview.AccountPatch{Image: &image}, "Ada", "data:x"},
			{interview.AccountPatch{Name: &name}, "Grace", "data:x"},
			{interview.AccountPatch{Name: &none, Image: &none}, "", ""},
		} {
			got := get(s.db.UpdateAccount(t.Context(), a.ID, step.patch)).or(t)
			if got.Name != step.name || got.Image != step.image || got.Email != a.Email || got.UpdatedAt.Before(a.UpdatedAt.Time) {
				t.Fatalf("%+v made %+v", step, got)
			}
		}
		same(t, get(s.db.GetUser(t.Context(), s.other)).or(t).Name, "Ada")
		for _, id := range unknownIDs() {
			_, err := s.db.UpdateAccount(t.Context(), id, interview.AccountPatch{Name: &name})
			refused(t, err, interview.CodeNotFound)
		}
	})
	test(t, "SetPassword changes the credential login, or makes one", func(t *testing.T, s *setup) {
		a := s.account()
		for _, id := range []string{a.ID, s.user} {
			var wg sync.WaitGroup
			for range 5 {
				wg.Go(func() {
					if err := s.db.SetPassword(t.Context(), id, "next"); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			same(t, s.hashOf(id), "next")
			same(t, len(get(s.db.Logins(t.Context(), id)).or(t)), 1)
		}
		same(t, s.hashOf(s.other), "")
		for _, id := range unknownIDs() {
			refused(t, s.db.SetPassword(t.Context(), id, "x"), interview.CodeNotFound)
		}
	})
	test(t, "there are no logins and no sessions of nobody", func(t *testing.T, s *setup) {
		for _, id := range unknownIDs() {
			same(t, get(s.db.Logins(t.Context(), id)).or(t), []interview.Login{})
			same(t, get(s.db.Sessions(t.Context(), id)).or(t), []interview.SignIn{})
			same(t, get(s.db.EndSessions(t.Context(), id, "")).or(t), 0)
			if err := s.db.EndSession(t.Context(), id, "x"); err != nil {
				t.Error(err)
			}
		}
	})
}

// signIn makes a session.
func (s *setup) signIn(userID string, life time.Duration) interview.SignIn {
	s.t.Helper()
	return get(s.db.StartSession(s.t.Context(), interview.NewSignIn{UserID: userID, For: life, IPAddress: "192.0.2.7", UserAgent: "curl/8"})).or(s.t)
}

func (s *setup) isSignedIn(in interview.SignIn) bool {
	s.t.Helper()
	_, _, err := s.db.FindSession(s.t.Context(), in.Token)
	if code := interview.ErrorCode(err); code != "" && code != interview.CodeUnauthenticated {
		s.t.Fatal(err)
	}
	return err == nil
}

func sessionTests(t *testing.T, test tester) {
	test(t, "StartSession makes a session that FindSession returns with its user", func(t *testing.T, s *setup) {
		in := s.signIn(s.user, 7*24*time.Hour)
		if !isAccountID(in.ID) || !regexp.MustCompile(`^[a-zA-Z0-9]{32}$`).MatchString(in.Token) || in.UserID != s.user ||
			in.ExpiresAt.Sub(in.CreatedAt.Time) != 7*24*time.Hour || in.UpdatedAt != in.CreatedAt || in.IPAddress != "192.0.2.7" || in.UserAgent != "curl/8" {
			t.Fatalf("made %+v", in)
		}
		got, account, err := s.db.FindSession(t.Context(), in.Token)
		if err != nil {
			t.Fatal(err)
		}
		same(t, got, in)
		want, _, _ := s.db.AccountByID(t.Context(), s.user)
		same(t, account, want)
		if (in.ImpersonatedBy == nil) != (account.Admin == nil) {
			t.Fatalf("%+v, %+v", in, account)
		}
	})
	test(t, "StartSession of nobody is not found", func(t *testing.T, s *setup) {
		for _, id := range unknownIDs() {
			_, err := s.db.StartSession(t.Context(), interview.NewSignIn{UserID: id, For: time.Hour})
			refused(t, err, interview.CodeNotFound)
		}
	})
	test(t, "FindSession knows neither expired sessions nor what is no token", func(t *testing.T, s *setup) {
		in := s.signIn(s.user, time.Hour)
		for _, token := range []string{"", "x", "\x00", "\xff", "%", in.Token + "\x00", in.Token[:31], s.user, in.ID, s.signIn(s.user, 0).Token} {
			_, _, err := s.db.FindSession(t.Context(), token)
			refused(t, err, interview.CodeUnauthenticated)
		}
	})
	test(t, "ExtendSession moves the end of an unexpired session", func(t *testing.T, s *setup) {
		in := s.signIn(s.user, time.Hour)
		until := interview.Time{Time: in.ExpiresAt.Add(90*time.Minute + 1234*time.Microsecond)}
		if err := s.db.ExtendSession(t.Context(), in.Token, until); err != nil {
			t.Fatal(err)
		}
		got, _, err := s.db.FindSession(t.Context(), in.Token)
		if err != nil || got.ExpiresAt != interview.At(until.Time) || got.UpdatedAt.Before(in.UpdatedAt.Time) || got.CreatedAt != in.CreatedAt {
			t.Fatalf("extended to %v: %+v, %v", until, got, err)
		}
		for _, token := range []string{"", "x", "\xff", s.signIn(s.user, 0).Token} {
			refused(t, s.db.ExtendSession(t.Context(), token, until), interview.CodeUnauthenticated)
		}
	})
	test(t, "Sessions lists the unexpired ones of the user, oldest first", func(t *testing.T, s *setup) {
		var want []interview.SignIn
		for range 3 {
			in := s.signIn(s.user, time.Hour)
			for len(want) > 0 && in.CreatedAt == want[len(want)-1].CreatedAt { // in the same millisecond
				refused(t, s.db.ExtendSession(t.Context(), "x", in.ExpiresAt), interview.CodeUnauthenticated)
				if err := s.db.EndSession(t.Context(), s.user, in.Token); err != nil {
					t.Fatal(err)
				}
				in = s.signIn(s.user, time.Hour)
			}
			want = append(want, in)
		}
		s.signIn(s.user, 0)
		s.signIn(s.other, time.Hour)
		same(t, get(s.db.Sessions(t.Context(), s.user)).or(t), want)
	})
	test(t, "EndSession ends a session of the user's own", func(t *testing.T, s *setup) {
		mine, second, theirs := s.signIn(s.user, time.Hour), s.signIn(s.user, time.Hour), s.signIn(s.other, time.Hour)
		for _, token := range []string{mine.Token, mine.Token, theirs.Token, "x", "\x00"} {
			if err := s.db.EndSession(t.Context(), s.user, token); err != nil {
				t.Fatal(err)
			}
		}
		same(t, []bool{s.isSignedIn(mine), s.isSignedIn(second), s.isSignedIn(theirs)}, []bool{false, true, true})
	})
	test(t, "EndSessions ends all of the user's but one", func(t *testing.T, s *setup) {
		one, two, three, theirs := s.signIn(s.user, time.Hour), s.signIn(s.user, time.Hour), s.signIn(s.user, time.Hour), s.signIn(s.other, time.Hour)
		same(t, get(s.db.EndSessions(t.Context(), s.user, two.Token)).or(t), 2)
		same(t, []bool{s.isSignedIn(one), s.isSignedIn(two), s.isSignedIn(three), s.isSignedIn(theirs)}, []bool{false, true, false, true})
		same(t, get(s.db.EndSessions(t.Context(), s.user, "")).or(t), 1)
	})
}

func banTests(t *testing.T, test tester) {
	banned := func(t *testing.T, s *setup) {
		t.Helper()
		_, err := s.db.StartSession(t.Context(), interview.NewSignIn{UserID: s.user, For: time.Hour})
		refused(t, err, interview.CodeForbidden)
		same(t, interview.AsError(err).Details.Reason, "banned")
	}
	test(t, "BanUser ends the sessions and keeps the user out until UnbanUser", func(t *testing.T, s *setup) {
		in, theirs := s.signIn(s.user, time.Hour), s.signIn(s.other, time.Hour)
		later := interview.At(time.Now().Add(time.Hour))
		for _, until := range []*interview.Time{nil, &later} {
			if err := s.db.BanUser(t.Context(), s.user, "spam", until); err != nil {
				t.Fatal(err)
			}
			banned(t, s)
			if b, there := get(s.db.Bans(t.Context())).or(t)[s.user]; !there || b.Reason != "spam" || (until == nil) != (b.Until == nil) || until != nil && *b.Until != *until {
				t.Fatalf("banned until %v: %+v", until, b)
			}
			if a, _, err := s.db.AccountByID(t.Context(), s.user); err != nil || a.Admin != nil && (!a.Admin.Banned || a.Admin.BanReason != "spam" ||
				(until == nil) != (a.Admin.BanExpires == nil) || until != nil && *a.Admin.BanExpires != *until) {
				t.Fatalf("banned until %v: %+v, %v", until, a, err)
			}
		}
		same(t, []bool{s.isSignedIn(in), s.isSignedIn(theirs)}, []bool{false, true})
		if err := s.db.UnbanUser(t.Context(), s.user); err != nil {
			t.Fatal(err)
		}
		s.signIn(s.user, time.Hour)
		if _, there := get(s.db.Bans(t.Context())).or(t)[s.user]; there {
			t.Error("the ban is still there")
		}
	})
	test(t, "a ban that has run out is removed at the next sign-in", func(t *testing.T, s *setup) {
		over := interview.At(time.Now().Add(-time.Second))
		if err := s.db.BanUser(t.Context(), s.user, "spam", &over); err != nil {
			t.Fatal(err)
		}
		if _, there := get(s.db.Bans(t.Context())).or(t)[s.user]; there {
			t.Error("it is listed")
		}
		s.signIn(s.user, time.Hour)
		a, _, err := s.db.AccountByID(t.Context(), s.user)
		if err != nil || a.Admin != nil && *a.Admin != (interview.AdminColumns{Role: a.Admin.Role}) {
			t.Fatalf("%+v, %v", a.Admin, err)
		}
	})
	test(t, "nobody is signed in once BanUser has returned", func(t *testing.T, s *setup) {
		var wg sync.WaitGroup
		made := make(chan interview.SignIn, 10)
		for range cap(made) {
			wg.Go(func() {
				in, err := s.db.StartSession(t.Context(), interview.NewSignIn{UserID: s.user, For: time.Hour})
				if err == nil {
					made <- in
				} else if interview.ErrorCode(err) != interview.CodeForbidden {
					t.Error(err)
				}
			})
		}
		if err := s.db.BanUser(t.Context(), s.user, "", nil); err != nil {
			t.Error(err)
		}
		wg.Wait()
		close(made)
		for in := range made {
			if s.isSignedIn(in) {
				t.Error("a banned user has a session")
			}
		}
	})
	test(t, "BanUser and UnbanUser of nobody are not found", func(t *testing.T, s *setup) {
		for _, id := range unknownIDs() {
			refused(t, s.db.BanUser(t.Context(), id, "", nil), interview.CodeNotFound)
			refused(t, s.db.UnbanUser(t.Context(), id), interview.CodeNotFound)
		}
	})
}
