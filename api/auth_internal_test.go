package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/betterprofile/betterprofile/interview"
)

// sessions is an Authenticator that counts what it is asked. Tokens are the ids of their users; one that begins with "no" is nobody's.
type sessions struct {
	lookUps atomic.Int32
	took    time.Duration
	away    atomic.Bool
}

func (s *sessions) Authenticate(ctx context.Context, token string) (interview.User, error) {
	s.lookUps.Add(1)
	select {
	case <-time.After(s.took):
	case <-ctx.Done():
		return interview.User{}, ctx.Err()
	}
	if s.away.Load() || token[:2] == "no" {
		return interview.User{}, interview.Errorf(interview.CodeUnauthenticated, "No.")
	}
	return interview.User{ID: token}, nil
}

// finder looks tokens up as a server without identity service does.
func finder(auth interview.Authenticator) find {
	return func(_ http.ResponseWriter, r *http.Request, token, _ string) (interview.User, interview.Time, error) {
		return authenticate(r.Context(), auth, token)
	}
}

// ask asks for the user of a token that comes with a request.
func ask(ctx context.Context, s *signIns, token string) (interview.User, error) {
	return s.user(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil).WithContext(ctx), token, "")
}

// ending is an Authenticator whose sessions all end at one time.
type ending struct {
	sessions
	at time.Time
}

func (e *ending) AuthenticateSession(ctx context.Context, token string) (interview.User, interview.Time, error) {
	if !time.Now().Before(e.at) {
		e.lookUps.Add(1)
		return interview.User{}, interview.Time{}, interview.Errorf(interview.CodeUnauthenticated, "Over.")
	}
	u, err := e.Authenticate(ctx, token)
	return u, interview.Time{Time: e.at}, err
}

func TestSignIns_AskOnceInFiveSeconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		auth := &sessions{took: time.Second}
		s := newSignIns(finder(auth), time.Now)
		check := func(token string, want interview.Code, lookUps int32) {
			t.Helper()
			u, err := ask(t.Context(), s, token)
			if interview.ErrorCode(err) != want || err == nil && u.ID != token || auth.lookUps.Load() != lookUps {
				t.Fatalf("%s: %+v, %v after %d look-ups, want %q after %d", token, u, err, auth.lookUps.Load(), want, lookUps)
			}
		}
		check("ada", "", 1)
		check("ada", "", 1)
		check("eve", "", 2)
		auth.away.Store(true)
		time.Sleep(signInFor - 2*time.Second - time.Nanosecond) // a look-up counts from where it began
		check("ada", "", 2)
		time.Sleep(time.Nanosecond)
		check("ada", interview.CodeUnauthenticated, 3)
		check("ada", interview.CodeUnauthenticated, 4)
		auth.away.Store(false)
		check("ada", "", 5)
		check("nobody", interview.CodeUnauthenticated, 6)
		check("nobody", interview.CodeUnauthenticated, 7)
	})
}

// Whoever is at work never waits for a look-up, and yet no session is believed for longer.
func TestSignIns_LookAhead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		auth := &sessions{}
		s := newSignIns(finder(auth), time.Now)
		s.ahead = true
		check := func(want interview.Code, during, after int32) {
			t.Helper()
			before := auth.lookUps.Load()
			_, err := ask(t.Context(), s, "ada")
			waited := auth.lookUps.Load() - before
			time.Sleep(renewAfter)
			synctest.Wait()
			if made := auth.lookUps.Load() - before - waited; interview.ErrorCode(err) != want || waited != during || made != after {
				t.Fatalf("%v with %d look-ups and %d after it, want %q, %d and %d", err, waited, made, want, during, after)
			}
		}
		check("", 1, 0)
		time.Sleep(signInFor - renewIn - renewAfter)
		check("", 0, 0)
		for range 5 {
			check("", 0, 1) // in the last two seconds
			check("", 0, 0)
			time.Sleep(signInFor - time.Second)
		}
		check("", 0, 1)
		auth.away.Store(true)
		time.Sleep(signInFor - time.Second)
		check("", 0, 1) // believed to the end: lookUpSession would not
		time.Sleep(time.Second - 2*renewAfter)
		check("", 0, 0) // what would only be begun after the end is not begun ahead
		check(interview.CodeUnauthenticated, 1, 0)
		if len(s.lookUps) != 0 {
			t.Errorf("%d look-ups are still on", len(s.lookUps))
		}
	})
}

func TestSignIns_AheadAPanicIsNobodys(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var broken atomic.Bool
		s := newSignIns(func(http.ResponseWriter, *http.Request, string, string) (interview.User, interview.Time, error) {
			if broken.Load() {
				panic("boom")
			}
			return interview.User{ID: "ada"}, interview.Time{}, nil
		}, time.Now)
		s.ahead = true
		if _, err := ask(t.Context(), s, "ada"); err != nil {
			t.Fatal(err)
		}
		broken.Store(true)
		time.Sleep(signInFor - time.Second)
		if _, err := ask(t.Context(), s, "ada"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		broken.Store(false)
		if _, err := ask(t.Context(), s, "ada"); err != nil || len(s.lookUps) != 0 {
			t.Errorf("%v, %d look-ups are still on", err, len(s.lookUps))
		}
	})
}

func TestSignIns_BelieveNoSessionBeyondItsEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		auth := &ending{at: time.Now().Add(2 * time.Second)}
		s := newSignIns(finder(auth), time.Now)
		for range 2 {
			if _, err := ask(t.Context(), s, "ada"); err != nil || auth.lookUps.Load() != 1 {
				t.Fatalf("%v after %d look-ups", err, auth.lookUps.Load())
			}
		}
		time.Sleep(2 * time.Second)
		if _, err := ask(t.Context(), s, "ada"); interview.ErrorCode(err) != interview.CodeUnauthenticated || auth.lookUps.Load() != 2 {
			t.Fatalf("at its end: %v after %d look-ups", err, auth.lookUps.Load())
		}
	})
}

func TestSignIns_ShareALookUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		auth := &sessions{took: time.Second}
		s := newSignIns(finder(auth), time.Now)
		first, leave := context.WithCancel(t.Context())
		var served, gone atomic.Int32
		request := func(ctx context.Context) {
			switch _, err := ask(ctx, s, "ada"); {
			case err == nil:
				served.Add(1)
			case errors.Is(err, context.Canceled):
				gone.Add(1)
			}
		}
		go request(first)
		synctest.Wait()
		for range 20 {
			go request(t.Context())
		}
		go request(first)
		synctest.Wait()
		leave() // the one who asked for all, and one who waits
		synctest.Wait()
		if gone.Load() != 1 {
			t.Errorf("%d have gone: who waits may leave", gone.Load())
		}
		time.Sleep(2 * time.Second)
		if served.Load() != 21 || auth.lookUps.Load() != 1 {
			t.Errorf("%d served by %d look-ups", served.Load(), auth.lookUps.Load())
		}
		if len(s.lookUps) != 0 {
			t.Errorf("%d look-ups are still on", len(s.lookUps))
		}
	})
}

func TestSignIns_AreBounded(t *testing.T) {
	t.Parallel()
	auth := &sessions{}
	s := newSignIns(finder(auth), time.Now)
	for i := range 3 * maxSignIns {
		if _, err := ask(t.Context(), s, fmt.Sprint("user", i)); err != nil {
			t.Fatal(err)
		}
		if n := len(s.fresh) + len(s.older); n > maxSignIns {
			t.Fatalf("%d are remembered", n)
		}
	}
	if n := len(s.fresh) + len(s.older); n < maxSignIns/2 {
		t.Errorf("only %d are remembered", n)
	}
}

// panics is an Authenticator with a defect.
type panics struct{}

func (panics) Authenticate(context.Context, string) (interview.User, error) { panic("boom") }

func TestSignIns_APanicIsNotTheEndOfThem(t *testing.T) {
	t.Parallel()
	s := newSignIns(finder(panics{}), time.Now)
	for range 2 {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("no panic came through")
				}
			}()
			_, _ = ask(t.Context(), s, "ada")
		}()
	}
}

func TestSignIns_ForgetAUser(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		auth := &sessions{took: time.Second}
		s := newSignIns(finder(auth), time.Now)
		for _, token := range []string{"ada", "eve"} {
			if _, err := ask(t.Context(), s, token); err != nil {
				t.Fatal(err)
			}
		}
		go func() { _, _ = ask(t.Context(), s, "bob") }()
		synctest.Wait()
		s.forget("ada") // while Bob is looked up: for all we know, it is Ada
		time.Sleep(time.Second)
		synctest.Wait()
		for token, lookUps := range map[string]int32{"ada": 1, "eve": 0, "bob": 1} {
			before := auth.lookUps.Load()
			if _, err := ask(t.Context(), s, token); err != nil || auth.lookUps.Load() != before+lookUps {
				t.Errorf("%s: %v, asked %d times", token, err, auth.lookUps.Load()-before)
			}
		}
	})
}

func TestSignIns_AllWhoWaitAreToldOfTheirSession(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSignIns(func(w http.ResponseWriter, _ *http.Request, _, _ string) (interview.User, interview.Time, error) {
			w.Header().Add("Set-Cookie", "a=1")
			w.Header().Add("Set-Cookie", "b=2")
			time.Sleep(time.Second)
			return interview.User{ID: "ada"}, interview.Time{}, nil
		}, time.Now)
		var right atomic.Int32
		for range 3 {
			go func() {
				w := httptest.NewRecorder()
				_, err := s.user(w, httptest.NewRequest("GET", "/", nil), "ada", "")
				if err == nil && len(w.Header()["Set-Cookie"]) == 2 {
					right.Add(1)
				}
			}()
		}
		time.Sleep(2 * time.Second)
		if right.Load() != 3 {
			t.Errorf("%d of 3", right.Load())
		}
	})
}
