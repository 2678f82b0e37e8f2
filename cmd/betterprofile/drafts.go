package main

import "path/filepath"

// drafts keeps the unsent texts of one owner, one file for each conversation.
type drafts struct {
	files  *stateFiles
	folder string
}

func newDrafts(files *stateFiles, owner string) *drafts {
	return &drafts{files, folderOf(draftFiles, owner)}
}

// Load returns the draft of a conversation, empty when there is none or it cannot be read.
func (d *drafts) Load(conversationID string) string { return d.files.read(d.path(conversationID)) }

// Save keeps a draft; an empty one is removed. Where nothing can be written, the draft lives only as long as the program.
func (d *drafts) Save(conversationID, text string) { _ = d.files.write(d.path(conversationID), text) }

func (d *drafts) path(conversationID string) string {
	return filepath.Join(d.folder, filepath.Base(conversationID)+".txt")
}
