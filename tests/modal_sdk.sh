#!/bin/sh
# modal_sdk.sh - the official JavaScript SDK against the stand-in of Modal's services (tests/standin/modal). Prints TAP.
folder=${SANDGATE_SOURCE:?}/tests/standin/modal

skip()
{
	echo "1..0 # SKIP $*"
	exit 0
}

command -v node >/dev/null || skip "there is no node"
[ -d "$folder/node_modules/modal-0.9.0" ] || skip "its packages are missing: npm ci --ignore-scripts --prefix $folder"
exec node "$folder/sdk_session.mjs"
