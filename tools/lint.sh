#!/bin/sh
# The checks of "make lint". All of them run; it exits 1 when one has found something.
# GO and TAGS are set by the Makefile.
set -u
cd "$(dirname "$0")/.." || exit 1
go=${GO:-go}
tags=${TAGS:-nomsgpack}
status=0

# check NAME COMMAND...: the command must succeed.
check() {
	name=$1
	shift
	if "$@"; then
		echo "lint: $name: ok"
	else
		echo "lint: $name: FAILED" >&2
		status=1
	fi
}

# shellcheck disable=SC2317 # called by check
formatted() {
	files=$("$go" tool -modfile=tools/go.mod gofumpt -l .) || return 1
	[ -z "$files" ] && return 0
	echo "not in gofumpt's format (make fmt repairs them):" >&2
	echo "$files" >&2
	return 1
}

check "format" formatted
check "go vet" "$go" vet -tags "$tags" ./...
check "go vet of tools" "$go" -C tools vet ./...
check "staticcheck" "$go" tool -modfile=tools/go.mod staticcheck -tags "$tags" ./...
check "go.mod is tidy" "$go" mod tidy -diff
check "tools/go.mod is tidy" "$go" -C tools mod tidy -diff
check "modules are as downloaded" "$go" mod verify
exit $status
