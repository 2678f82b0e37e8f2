package orpc

import "strings"

// Known reports whether there is something to call at a path below our roots, such as "/chat/sendMessage": there are few, so that
// they may name what is counted.
func Known(path string) bool {
	path = strings.TrimPrefix(path, "/")
	_, err := new(handler).procedure(path)
	return err == nil || path == batchPath
}

// batchPath is the path of batches.
const batchPath = "__batch__"
