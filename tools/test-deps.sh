#!/bin/sh
# Makes sure that the machine has what "make test" needs besides Go, and installs what it lacks: with apt on Debian and
# Ubuntu, with Homebrew on macOS. Elsewhere, or with BETTERPROFILE_TEST_INSTALL=no, it only says what is missing.
set -u
go=${GO:-go}

have() { command -v "$1" >/dev/null 2>&1; }

# PostgreSQL's server: the places are those of storage/storagetest/cluster_find.go.
have_postgres() {
	have initdb && return 0
	bin=$(pg_config --bindir 2>/dev/null) && [ -x "$bin/initdb" ] && return 0
	for initdb in /usr/lib/postgresql/*/bin/initdb /usr/pgsql-*/bin/initdb \
		/opt/homebrew/opt/postgresql@*/bin/initdb /usr/local/opt/postgresql@*/bin/initdb \
		/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin/initdb \
		/Applications/Postgres.app/Contents/Versions/*/bin/initdb; do
		[ -x "$initdb" ] && return 0
	done
	return 1
}

# The race detector needs cgo, and that a C compiler with the C library's headers.
have_compiler() {
	dir=$(mktemp -d) || return 1
	printf '#include <stdlib.h>\nint main(void) { return 0; }\n' >"$dir/try.c"
	# shellcheck disable=SC2046 # CC may hold arguments
	$("$go" env CC) -o "$dir/try" "$dir/try.c" 2>/dev/null
	result=$?
	rm -rf "$dir"
	return $result
}

missing() {
	have_compiler || printf ' compiler'
	have_postgres || printf ' postgres'
	have tmux || printf ' tmux'
}

explain() {
	for need in $1; do
		case $need in
		compiler) echo "  a C compiler, for the race detector: gcc and libc6-dev, on macOS xcode-select --install" ;;
		postgres) echo "  PostgreSQL's server programs (initdb, postgres); nothing is started or kept running" ;;
		tmux) echo "  tmux, which runs the terminal program in tests" ;;
		esac
	done
}

stop() {
	echo "test-deps: $1" >&2
	exit 1
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		env DEBIAN_FRONTEND=noninteractive "$@" </dev/null
	else
		sudo env DEBIAN_FRONTEND=noninteractive "$@"
	fi
}

# apt_install PACKAGE... keeps quiet unless it fails.
apt_install() {
	log=$(mktemp) || return 1
	if as_root apt-get install -y --no-install-recommends "$@" >"$log" 2>&1; then
		rm -f "$log"
		return 0
	fi
	tail -n 20 "$log" >&2
	rm -f "$log"
	return 1
}

# Debian's package makes and starts a cluster of its own unless it is told not to. The setting is put back afterwards.
apt_postgres() {
	apt_install postgresql-common || return 1
	config=/etc/postgresql-common/createcluster.conf
	as_root cp -p $config $config.before || return 1
	as_root sh -c "echo 'create_main_cluster = false' >>$config"
	apt_install postgresql
	result=$?
	as_root mv $config.before $config || return 1
	return $result
}

with_apt() {
	if [ "$(id -u)" != 0 ] && ! have sudo; then
		stop "installing needs root, and there is no sudo"
	fi
	as_root apt-get update -qq || stop "apt-get update failed"
	for need in $1; do
		case $need in
		compiler) apt_install gcc libc6-dev ;;
		postgres) apt_postgres ;;
		tmux) apt_install tmux ;;
		esac || stop "apt-get could not install what is needed for: $need"
	done
}

with_brew() {
	for need in $1; do
		case $need in
		compiler) stop "run this first: xcode-select --install" ;;
		postgres) brew install --quiet postgresql@17 ;;
		tmux) brew install --quiet tmux ;;
		esac || stop "brew could not install what is needed for: $need"
	done
}

have "$go" || stop "$go is not in PATH: install Go 1.26 or later"
needs=$(missing)
[ -z "$needs" ] && exit 0

echo "test-deps: the tests need, and this machine lacks:" >&2
explain "$needs" >&2
if [ "${BETTERPROFILE_TEST_INSTALL:-yes}" = no ]; then
	stop "not installing, as BETTERPROFILE_TEST_INSTALL=no says"
elif have apt-get; then
	echo "test-deps: installing with apt-get" >&2
	with_apt "$needs"
elif have brew; then
	echo "test-deps: installing with brew" >&2
	with_brew "$needs"
else
	stop "there is neither apt-get nor brew: please install them, then run make test again"
fi

needs=$(missing)
[ -z "$needs" ] || stop "installed, but still not found:$needs"
