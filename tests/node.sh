#!/bin/sh
# node.sh PROGRAM - runs a test of tests/standin/modal with node; skips it where node or npm's packages are missing.
folder=$(dirname "$1")

skip()
{
	echo "1..0 # SKIP $*"
	exit 0
}

command -v node >/dev/null || skip "there is no node"
[ -d "$folder/node_modules/modal-0.9.0" ] || skip "its packages are missing: npm ci --ignore-scripts --prefix $folder"
exec node "$@"
