package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/betterprofile/betterprofile/api"
	"github.com/betterprofile/betterprofile/cmd/setup"
	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/storage"
)

// The faults of the broken server.
const (
	modeLose   = "lose"
	modeDouble = "double"
	modeAgain  = "again"
	modeStuck  = "stuck"
	modeDiffer = "differ"
)

func brokenModes() []string { return []string{modeLose, modeDouble, modeAgain, modeStuck, modeDiffer} }

// serveBroken is the broken server: the same layers as the real one, on a store with a fault. It returns the exit status.
func serveBroken(mode string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := serveOn(ctx, mode); err != nil {
		fmt.Fprintln(os.Stderr, "fault:", err)
		return 1
	}
	return 0
}

func serveOn(ctx context.Context, mode string) error {
	config, _, problems := setup.Load(os.LookupEnv)
	if err := errors.Join(problems...); err != nil {
		return err
	}
	log := config.Logger(os.Stderr)
	db, err := storage.Open(ctx, storage.Options{URL: config.DatabaseURL, MaxConns: config.DBMaxConns, Log: log})
	if err != nil {
		return err
	}
	defer db.Close()
	raw, err := sql.Open("postgres", config.DatabaseURL)
	if err != nil {
		return err
	}
	defer raw.Close()
	interviewer, err := setup.NewAgent(config, log)
	if err != nil {
		return err
	}
	store := &brokenStore{Store: db, mode: mode, raw: raw}
	service := interview.NewService(store, brokenAgent{interviewer, mode}, interview.Options{Instance: config.Instance, Log: log})
	defer service.Close(ctx) // a second call does nothing
	server, err := api.New(api.Options{Store: store, Service: service, Auth: db, Version: "broken", Log: log})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", config.Addr)
	if err != nil {
		return err
	}
	serving := &http.Server{Handler: server.Handler(), ReadHeaderTimeout: 10 * time.Second}
	defer serving.Close()
	served := make(chan error, 1)
	go func() { served <- serving.Serve(listener) }()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), config.ShutdownGrace)
	defer cancel()
	service.Close(grace)
	return nil
}

// brokenStore is a store with one fault, which only the canary's turn suffers.
type brokenStore struct {
	interview.Store
	mode string
	raw  *sql.DB
}

// isCanary looks the message up: this server may have been started after it was sent.
func (b *brokenStore) isCanary(ctx context.Context, id string) bool {
	var content string
	err := b.raw.QueryRowContext(ctx, `select content from messages where id = $1`, id).Scan(&content)
	return err == nil && strings.Contains(content, canary)
}

// BeginTurn acknowledges what it has not stored (lose).
func (b *brokenStore) BeginTurn(
	ctx context.Context, userID, conversationID string, in interview.TurnInput, lease interview.Lease,
) (interview.Turn, bool, error) {
	if strings.Contains(in.Content, canary) && b.mode == modeLose {
		message := interview.Message{ID: in.ID, ConversationID: conversationID, Role: interview.RoleUser, Content: in.Content}
		return interview.Turn{UserID: userID, Message: message, Status: interview.TurnRunning, Attempt: 1}, true, nil
	}
	return b.Store.BeginTurn(ctx, userID, conversationID, in, lease)
}

// FinishTurn never does so (stuck), stores another text (differ), or stores the reply twice (double).
func (b *brokenStore) FinishTurn(ctx context.Context, userID string, end interview.TurnEnd) (interview.Turn, error) {
	if !b.isCanary(ctx, end.MessageID) {
		return b.Store.FinishTurn(ctx, userID, end)
	}
	switch b.mode {
	case modeStuck:
		return interview.Turn{}, interview.Errorf(interview.CodeUnavailable, "The store never has time for this.")
	case modeDiffer:
		end.ReplyContent += " Or so."
	}
	turn, err := b.Store.FinishTurn(ctx, userID, end)
	if err == nil && b.mode == modeDouble {
		_, err = b.raw.ExecContext(ctx, `insert into messages (id, conversation_id, role, content, created_at)
			select gen_random_uuid(), conversation_id, role, content, created_at + interval '1 millisecond' from messages where id = $1`, turn.Reply.ID)
	}
	return turn, err
}

// brokenAgent is an interviewer that asks the model twice about the canary (again).
type brokenAgent struct {
	interview.Agent
	mode string
}

// Reply is the second reply.
func (b brokenAgent) Reply(
	ctx context.Context, in interview.ReplyRequest, emit func(interview.Delta) error,
) (interview.Reply, error) {
	if b.mode == modeAgain && strings.Contains(in.Message.Content, canary) {
		if _, err := b.Agent.Reply(ctx, in, func(interview.Delta) error { return nil }); err != nil {
			return interview.Reply{}, err
		}
	}
	return b.Agent.Reply(ctx, in, emit)
}
