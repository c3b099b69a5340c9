#!/bin/sh
# check_manuals.sh - every manual is mdoc that mandoc has no warning for. Prints TAP.
source=${SANDGATE_SOURCE:-$(dirname "$0")/..}
set -- "$source"/doc/*.[0-9]

if ! command -v mandoc >/dev/null; then
	echo "1..0 # SKIP mandoc is not installed"
	exit 0
fi
echo "1..$#"
number=0
for manual; do
	number=$((number + 1))
	if warnings=$(mandoc -T lint -W warning "$manual" 2>&1); then
		echo "ok $number - ${manual##*/}"
	else
		echo "not ok $number - ${manual##*/}"
		echo "$warnings" | sed 's/^/# /'
	fi
done
