package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"path/filepath"
	"strings"
	"time"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/tui"
)

// Whose drafts, waiting messages and copies to read are kept: of this computer's own conversations, or of a user of a shared server.

// ownerOf is a user of a server.
func ownerOf(server, userID string) string { return server + "\n" + userID }

// askTime is how long the start waits for the server to say who is signed in, and whose the drafts of earlier versions are.
const askTime = 3 * time.Second

// stateOf returns the files of the state folder, and whose they are for a connection.
func (a *app) stateOf(ctx context.Context, conn *connection) (files *stateFiles, owner string, err error) {
	root, err := a.stateFolder()
	if err != nil {
		return nil, "", err
	}
	keys, err := a.stateKeys(root, conn)
	if err != nil {
		return nil, "", err
	}
	files = openStateFiles(root, a.shortened(root), keys)
	if conn.local != nil {
		return files, conn.url, nil
	}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	owner, sure := conn.owner(ctx, files)
	if sure {
		conn.takeOver(ctx, files, owner)
	}
	return files, owner, nil
}

// owner says whose files are kept, and whether that is sure: who the user of a token is, is asked once. Until the server has said so, they are those of
// the token.
func (c *connection) owner(ctx context.Context, files *stateFiles) (owner string, sure bool) {
	if c.in.userID != "" {
		return ownerOf(c.url, c.in.userID), true
	}
	sum := sha256.Sum256([]byte(c.in.token))
	token := "token " + hex.EncodeToString(sum[:])
	known := filepath.Join(folderOf(accountFiles, c.url), hex.EncodeToString(sum[:16])+".txt")
	if id := files.read(known); id != "" {
		return ownerOf(c.url, id), true
	}
	me, err := c.Me(ctx)
	if err != nil {
		return ownerOf(c.url, token), false
	}
	_ = files.write(known, me.User.ID)
	owner = ownerOf(c.url, me.User.ID)
	for _, kind := range []string{draftFiles, outboxFiles} {
		from := folderOf(kind, ownerOf(c.url, token))
		for _, name := range files.names(from) {
			files.move(from, folderOf(kind, owner), name)
		}
	}
	newCache(files, ownerOf(c.url, token)).Clear()
	return owner, true
}

// takeOver gives the signed-in user what earlier versions kept for all users of a server together, as far as it is about conversations of theirs. The
// rest stays where it is. What was kept to be read is dropped: it is read again.
func (c *connection) takeOver(ctx context.Context, files *stateFiles, owner string) {
	for kind, folder := range map[string]string{draftFiles: folderOf(draftFiles, c.url), outboxFiles: folderOf(outboxFiles, ownerOf(c.url, ""))} {
		for _, name := range files.names(folder) {
			id := strings.TrimSuffix(name, ".txt")
			if kind == outboxFiles {
				var q tui.Queued
				_ = json.Unmarshal([]byte(files.read(filepath.Join(folder, name))), &q)
				id = q.ConversationID
			}
			if _, ok := interview.ParseID(id); !ok {
				continue
			}
			switch _, err := c.GetConversation(ctx, id, 1); {
			case err == nil:
				files.move(folder, folderOf(kind, owner), name)
			case interview.ErrorCode(err) != interview.CodeNotFound:
				return // the next start tries again
			}
		}
	}
	newCache(files, ownerOf(c.url, "")).Clear()
}
