#!/bin/sh
# modal.sh - the demo and other screen tests, unchanged, with the sandbox of another backend: Modal, played by the
# stand-in (tests/standin/modal).  Prints TAP; skipped when Node or its packages are not there.
source=${SANDGATE_SOURCE:-$(cd "$(dirname "$0")/../.." && pwd)}
standin=$source/tests/standin/modal
scripts="demo_approve demo_edit demo_reject call_allowed call_approved call_cancelled call_edited call_rejected
	call_stopped edit_file files hostile_names hostile_output left_running own_command quit several_asks timeout"

if ! [ -f "$standin/node_modules/@grpc/grpc-js/package.json" ] || ! node --version >/dev/null 2>&1; then
	echo "1..0 # SKIP Node or the packages of tests/standin/modal are not there (npm ci --ignore-scripts)"
	exit 0
fi
folder=$(mktemp -d) || exit 99
mkfifo "$folder/input"
node "$standin/server.mjs" --root "$folder/root" <"$folder/input" >"$folder/line" 2>"$folder/errors" &
exec 9>"$folder/input" # the server ends when this is closed
trap 'exec 9>&-; wait; rm -rf "$folder"' EXIT
while ! [ -s "$folder/line" ]; do
	kill -0 $! 2>/dev/null || {
		echo "Bail out! the stand-in did not start: $(head -n 3 "$folder/errors")"
		exit 1
	}
	sleep 0.1
done

# field NAME: of the line of JSON
field()
{
	sed -n 's/.*"'"$1"'":"\([^"]*\)".*/\1/p' "$folder/line"
}
MODAL_SERVER_URL=$(field tls_url) SSL_CERT_FILE=$(field ca)
MODAL_TOKEN_ID=$(field token_id) MODAL_TOKEN_SECRET=$(field token_secret)
SANDGATE_SCREEN_BACKEND=modal
export MODAL_SERVER_URL SSL_CERT_FILE MODAL_TOKEN_ID MODAL_TOKEN_SECRET SANDGATE_SCREEN_BACKEND

number=0
failed=0
echo "1..$(echo $scripts | wc -w)"
for script in $scripts; do
	number=$((number + 1))
	if tests/screen/screen "$source/tests/screen/$script.screen" 9>&- >"$folder/said" 2>&1; then
		echo "ok $number - $script on Modal"
	else
		echo "not ok $number - $script on Modal"
		sed 's/^/# /' "$folder/said"
		failed=1
	fi
done
exit $failed
