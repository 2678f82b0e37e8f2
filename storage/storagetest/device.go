package storagetest

import (
	"sync"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/interview"
)

// deviceCode makes a device code that is valid for some time.
func (s *setup) deviceCode(life time.Duration) interview.DeviceCode {
	s.t.Helper()
	id := interview.NewID()
	d := interview.DeviceCode{
		DeviceCode: "d" + id, UserCode: "u" + id, Status: "pending", ClientID: "cli", Scope: "openid profile", ExpiresAt: interview.At(time.Now().Add(life)), Interval: 5 * time.Second,
	}
	if err := s.db.CreateDeviceCode(s.t.Context(), d); err != nil {
		s.t.Fatal(err)
	}
	return d
}

// approved makes a device code that the user has approved.
func (s *setup) approved(life time.Duration) interview.DeviceCode {
	s.t.Helper()
	d := s.deviceCode(life)
	get(s.db.ClaimDeviceCode(s.t.Context(), d.UserCode, s.user)).or(s.t)
	if !get(s.db.DecideDeviceCode(s.t.Context(), d.UserCode, s.user, "approved")).or(s.t) {
		s.t.Fatal("not decided")
	}
	return d
}

func deviceTests(t *testing.T, test tester) {
	test(t, "CreateDeviceCode stores a code that either of its codes finds, also when expired", func(t *testing.T, s *setup) {
		for _, life := range []time.Duration{time.Minute, -time.Minute} {
			d := s.deviceCode(life)
			same(t, get(s.db.DeviceCodeByUserCode(t.Context(), d.UserCode)).or(t), d)
			same(t, get(s.db.DeviceCodeByDeviceCode(t.Context(), d.DeviceCode)).or(t), d)
		}
		for _, code := range unknownIDs() {
			_, err := s.db.DeviceCodeByUserCode(t.Context(), code)
			refused(t, err, interview.CodeNotFound)
			_, err = s.db.DeviceCodeByDeviceCode(t.Context(), code)
			refused(t, err, interview.CodeNotFound)
		}
	})
	test(t, "CreateDeviceCode refuses codes that are taken", func(t *testing.T, s *setup) {
		first, second := s.deviceCode(time.Minute), s.deviceCode(time.Minute)
		for _, twin := range []interview.DeviceCode{{DeviceCode: first.DeviceCode, UserCode: "other" + first.UserCode}, {DeviceCode: "other" + second.DeviceCode, UserCode: second.UserCode}} {
			twin.Status = "pending"
			refused(t, s.db.CreateDeviceCode(t.Context(), twin), interview.CodeConflict)
		}
	})
	test(t, "ClaimDeviceCode gives a pending code to the first who claims it", func(t *testing.T, s *setup) {
		d := s.deviceCode(time.Minute)
		same(t, get(s.db.ClaimDeviceCode(t.Context(), d.UserCode, s.user)).or(t).UserID, s.user)
		same(t, get(s.db.ClaimDeviceCode(t.Context(), d.UserCode, s.other)).or(t).UserID, s.user)
		same(t, get(s.db.ClaimDeviceCode(t.Context(), d.UserCode, s.user)).or(t).UserID, s.user)
		_, err := s.db.ClaimDeviceCode(t.Context(), "nothing", s.user)
		refused(t, err, interview.CodeNotFound)
	})
	test(t, "DecideDeviceCode decides once, and only for who has claimed it", func(t *testing.T, s *setup) {
		d := s.deviceCode(time.Minute)
		decide := func(userID, status string) bool {
			return get(s.db.DecideDeviceCode(t.Context(), d.UserCode, userID, status)).or(t)
		}
		same(t, decide(s.user, "approved"), false)
		get(s.db.ClaimDeviceCode(t.Context(), d.UserCode, s.user)).or(t)
		for _, id := range append(unknownIDs(), s.other) {
			same(t, decide(id, "approved"), false)
		}
		same(t, []bool{decide(s.user, "denied"), decide(s.user, "approved")}, []bool{true, false})
		same(t, get(s.db.DeviceCodeByUserCode(t.Context(), d.UserCode)).or(t).Status, "denied")
	})
	test(t, "PollDeviceCode notes the poll, DeleteDeviceCode removes the code", func(t *testing.T, s *setup) {
		d, other := s.deviceCode(time.Minute), s.deviceCode(time.Minute)
		now := interview.At(time.Now())
		if err := s.db.PollDeviceCode(t.Context(), d.DeviceCode, now); err != nil {
			t.Fatal(err)
		}
		d.PolledAt = &now
		same(t, get(s.db.DeviceCodeByDeviceCode(t.Context(), d.DeviceCode)).or(t), d)
		for range 2 {
			if err := s.db.DeleteDeviceCode(t.Context(), d.DeviceCode); err != nil {
				t.Fatal(err)
			}
		}
		_, err := s.db.DeviceCodeByDeviceCode(t.Context(), d.DeviceCode)
		refused(t, err, interview.CodeNotFound)
		same(t, get(s.db.DeviceCodeByDeviceCode(t.Context(), other.DeviceCode)).or(t), other)
	})
	test(t, "RedeemDeviceCode makes one session for who approved, whoever polls", func(t *testing.T, s *setup) {
		d := s.approved(time.Minute)
		made := make(chan interview.SignIn, 20)
		var wg sync.WaitGroup
		for range cap(made) {
			wg.Go(func() {
				in, err := s.db.RedeemDeviceCode(t.Context(), d.DeviceCode, interview.NewSignIn{UserID: s.other, For: time.Hour, UserAgent: "cli"})
				if err == nil {
					made <- in
				} else if interview.ErrorCode(err) != interview.CodeNotFound {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if len(made) != 1 {
			t.Fatalf("%d sessions", len(made))
		}
		same(t, get(s.db.Sessions(t.Context(), s.user)).or(t), []interview.SignIn{<-made})
	})
	test(t, "RedeemDeviceCode of a code that is not approved, or expired, is not found", func(t *testing.T, s *setup) {
		pending, denied, claimed := s.deviceCode(time.Minute), s.deviceCode(time.Minute), s.deviceCode(time.Minute)
		for _, d := range []interview.DeviceCode{denied, claimed} {
			get(s.db.ClaimDeviceCode(t.Context(), d.UserCode, s.user)).or(t)
		}
		get(s.db.DecideDeviceCode(t.Context(), denied.UserCode, s.user, "denied")).or(t)
		for _, code := range []string{pending.DeviceCode, denied.DeviceCode, claimed.DeviceCode, s.approved(-time.Minute).DeviceCode, "", "x", "\x00"} {
			_, err := s.db.RedeemDeviceCode(t.Context(), code, interview.NewSignIn{For: time.Hour})
			refused(t, err, interview.CodeNotFound)
		}
	})
	test(t, "RedeemDeviceCode of a banned user is forbidden", func(t *testing.T, s *setup) {
		d := s.approved(time.Minute)
		if err := s.db.BanUser(t.Context(), s.user, "", nil); err != nil {
			t.Fatal(err)
		}
		_, err := s.db.RedeemDeviceCode(t.Context(), d.DeviceCode, interview.NewSignIn{For: time.Hour})
		refused(t, err, interview.CodeForbidden)
		same(t, get(s.db.Sessions(t.Context(), s.user)).or(t), []interview.SignIn{})
	})
}

func eraseUserTests(t *testing.T, test tester) {
	test(t, "EraseUser removes the user with all that is theirs, and nothing of others", func(t *testing.T, s *setup) {
		s.say("I run the ledger at Brightpost.")
		d, in, theirs := s.approved(time.Minute), s.signIn(s.user, time.Hour), s.signIn(s.other, time.Hour)
		if err := s.db.SetPassword(t.Context(), s.user, hash); err != nil {
			t.Fatal(err)
		}
		if err := s.db.EraseUser(t.Context(), s.user); err != nil {
			t.Fatal(err)
		}
		same(t, []bool{s.isSignedIn(in), s.isSignedIn(theirs)}, []bool{false, true})
		_, _, err := s.db.AccountByID(t.Context(), s.user)
		refused(t, err, interview.CodeNotFound)
		_, err = s.db.GetConversation(t.Context(), s.user, s.conv, 1)
		refused(t, err, interview.CodeNotFound)
		_, err = s.db.DeviceCodeByUserCode(t.Context(), d.UserCode)
		refused(t, err, interview.CodeNotFound)
		get(s.db.GetUser(t.Context(), s.other)).or(t)
	})
	test(t, "EraseUser of nobody is not found", func(t *testing.T, s *setup) {
		for _, id := range unknownIDs() {
			refused(t, s.db.EraseUser(t.Context(), id), interview.CodeNotFound)
		}
	})
}
