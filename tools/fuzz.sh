#!/bin/sh
# fuzz.sh TIME PACKAGE...: runs every fuzz target of the packages for that time, one after the other, and stops at the
# first that fails. The input that failed is then in the package's testdata/fuzz. GO and TAGS are set by the Makefile.
set -eu
cd "$(dirname "$0")/.."
go=${GO:-go}
tags=${TAGS:-nomsgpack}
time=$1
shift

# go test -list prints a package's targets and then its line "ok PACKAGE TIME".
list=$("$go" test -tags "$tags" -list '^Fuzz' "$@")
targets=$(echo "$list" | awk '
	/^Fuzz/ { names[n++] = $1 }
	/^ok/ { for (i = 0; i < n; i++) print $2 " " names[i]; n = 0 }')
if [ -z "$targets" ]; then
	echo "fuzz: no fuzz target in $*" >&2
	exit 1
fi
echo "$targets" | while read -r package target; do
	echo "fuzz: $target in $package for $time"
	"$go" test -tags "$tags" -run '^$' -fuzz "^$target\$" -fuzztime "$time" "$package" </dev/null
done
