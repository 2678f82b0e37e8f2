package main

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/betterprofile/betterprofile/cmd/setup"
	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/storage"
)

// This file is the only one that knows the server's own packages: local mode runs the real server in this process, on loopback, on a
// file of the user's. The client speaks HTTP to it as to any other.

// localGrace is how long a reply may go on when the user leaves. What is not finished by then is finished at the next start.
const localGrace = time.Second

// maxLogBytes is where the local log starts anew; the one before is kept as log.1.
const maxLogBytes = 1 << 20

// localServer is the server in this process.
type localServer struct {
	*setup.Server
	token    string
	dataPath string // of the database file
	keys     *storage.Keys
	log      io.Closer
}

// startLocal starts the server on a random port of loopback, for whoever has the token.
func startLocal(ctx context.Context, a *app, s settings) (*localServer, error) {
	config, path, err := localConfig(a, s)
	if err != nil {
		return nil, err
	}
	if err := makeFolder(filepath.Dir(path), "XDG_DATA_HOME"); err != nil {
		return nil, err
	}
	logFile, err := openLog(a)
	if err != nil {
		return nil, err
	}
	keys, err := a.keyStore(path)
	if err == nil {
		err = keys.explain(keys.unlock(ctx, &config, path))
	}
	if err != nil {
		return nil, errors.Join(err, logFile.Close())
	}
	token := rand.Text()
	server, err := setup.Start(ctx, config, setup.Options{
		Version: buildVersion(), Log: config.Logger(logFile), Local: true, Auth: localAuth(token),
	})
	if err != nil {
		return nil, errors.Join(keys.explain(err), logFile.Close())
	}
	return &localServer{Server: server, token: token, dataPath: path, keys: config.Keys, log: logFile}, nil
}

// Close ends the server.
func (l *localServer) Close(ctx context.Context) error {
	return errors.Join(l.Server.Close(ctx), l.log.Close())
}

// localConfig is the server's configuration in local mode: the engine's settings as the environment and the file say, the rest fixed.
func localConfig(a *app, s settings) (setup.Config, string, error) {
	config, _, problems := setup.Load(localLookup(a.lookupWithFile(s)))
	if len(problems) > 0 {
		return config, "", usageError{errors.Join(problems...)}
	}
	dir, err := a.dataFolder()
	path := filepath.Join(dir, "betterprofile.db")
	config.DatabaseURL = "sqlite:" + path
	config.Addr = "127.0.0.1:0"
	config.Instance = ""
	config.RatePerMinute = 0
	config.ShutdownGrace = localGrace
	config.LogFormat = "text"
	return config, path, err
}

// localLookup hides the variables that are about a shared server: a DATABASE_URL in the shell belongs to something else.
func localLookup(lookup func(string) (string, bool)) func(string) (string, bool) {
	return func(name string) (string, bool) {
		switch name {
		case "OPENAI_API_KEY", "OPENAI_API_KEY_FILE", "OPENAI_BASE_URL", "BETTERPROFILE_MODEL", "BETTERPROFILE_ENGINE",
			"BETTERPROFILE_TEMPERATURE", "BETTERPROFILE_MAX_TOKENS", "BETTERPROFILE_CRISIS_LINES",
			"BETTERPROFILE_UPSTREAM_TIMEOUT", "BETTERPROFILE_MAX_REPLY", "BETTERPROFILE_HEARTBEAT", "BETTERPROFILE_LOG_LEVEL":
			return lookup(name)
		}
		return "", false
	}
}

// localAuth lets in who has the token, which only this process knows.
type localAuth string

func (t localAuth) Authenticate(_ context.Context, token string) (interview.User, error) {
	if subtle.ConstantTimeCompare([]byte(token), []byte(t)) != 1 {
		return interview.User{}, interview.Errorf(interview.CodeUnauthenticated, "This server belongs to another program.")
	}
	return interview.LocalUser(), nil
}

// makeFolder makes a folder for the user alone. The variable is what moves it.
func makeFolder(dir, variable string) error {
	err := os.MkdirAll(dir, 0o700)
	if err != nil {
		return fmt.Errorf("the folder %s cannot be made (%w). Set %s to a folder that can be written", dir, err, variable)
	}
	return nil
}

// openLog opens the log of the local server.
func openLog(a *app) (*os.File, error) {
	dir, err := a.stateFolder()
	if err != nil {
		return nil, err
	}
	if err := makeFolder(dir, "XDG_STATE_HOME"); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "log")
	if info, err := os.Stat(path); err == nil && info.Size() > maxLogBytes {
		_ = os.Rename(path, path+".1") // two processes may try it at once
	}
	return os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
}

// defaultModel is the model's name where nothing gives one.
func defaultModel() string {
	config, _, _ := setup.Load(func(string) (string, bool) { return "", false })
	return config.Model
}

// checkLocalDatabase says where the local conversations are and what of them is encrypted, without changing anything.
func checkLocalDatabase(ctx context.Context, a *app, s settings) (says, sealed string, err error) {
	config, path, err := localConfig(a, s)
	if err != nil {
		return "", "", err
	}
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return path + " will be made at the first start", "a key will be made at the first start", nil
	}
	keys, err := a.keyStore(path)
	if err != nil {
		return "", "", err
	}
	key, err := keys.find()
	if err != nil {
		return "", "", err
	}
	if config.Keys, err = storage.ParseKeys(key.value); err != nil {
		return "", "", fmt.Errorf("the key in %s is damaged: put it back from a backup", key.where)
	}
	db, err := storage.Open(ctx, storage.Options{URL: config.DatabaseURL, MaxConns: 1, NoMigrate: true, Keys: config.Keys})
	if err != nil {
		return "", "", keys.explain(err)
	}
	defer db.Close()
	have, want, err := db.SchemaVersion(ctx)
	if err != nil || have < want {
		return path + " will be brought up to date at the next start", "", err
	}
	seals, err := db.Seals(ctx)
	if err != nil {
		return "", "", err
	}
	return path, fmt.Sprintf("%d of %d texts are encrypted; the key is in %s", seals.Sealed+seals.Older, seals.Sealed+seals.Older+seals.Plain, key.where), nil
}

// checkLocalEngine says what replies in local mode; a model's endpoint is asked.
func checkLocalEngine(ctx context.Context, a *app, s settings) (string, error) {
	config, _, err := localConfig(a, s)
	if err != nil {
		return "", err
	}
	if !config.UsesModel() {
		return "built-in interviewer (set OPENAI_API_KEY or OPENAI_BASE_URL for a language model)", nil
	}
	model, err := setup.NewModel(config, slog.New(slog.DiscardHandler))
	if err != nil {
		return "", err
	}
	if err := model.Check(ctx); err != nil {
		return "", err
	}
	return config.Model + " answers", nil
}
