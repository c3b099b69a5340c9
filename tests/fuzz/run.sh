#!/bin/sh
# run.sh TARGET ... - runs fuzz targets of this build folder, each from its seeds in tests/data/fuzz/NAME.
#
# FUZZ_RUNS (default: 20000), FUZZ_SECONDS (default: 8; 0 is no limit to either) and FUZZ_SEED (default: 1) say
# how long, whichever ends first, and from where; the size of each run is printed.  Results go to fuzz.trs, one a target; what breaks
# a target is kept as crash-..., and run as `./TARGET crash-...`.
source=${SANDGATE_SOURCE:-.}
runs=${FUZZ_RUNS:-20000}
seconds=${FUZZ_SECONDS:-8}
seed=${FUZZ_SEED:-1}
work=$(mktemp -d "${TMPDIR:-/tmp}/sandgate-fuzz.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
status=0

[ "$runs" = 0 ] && runs=-1
: >fuzz.trs
for target; do
	name=${target#fuzz_}
	mkdir -p "$work/$name/found" "$work/$name/none"
	seeds=$source/tests/data/fuzz/$name
	[ -d "$seeds" ] || seeds=$work/$name/none
	if "./$target" -seed="$seed" -runs="$runs" -max_total_time="$seconds" -timeout=60 -print_final_stats=1 \
		"$work/$name/found" "$seeds" >"$work/$name/log" 2>&1; then
		result=PASS
	else
		result=FAIL
		status=1
		cat "$work/$name/log"
	fi
	count=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/$name/log")
	took=$(sed -n 's/^Done .* in \([0-9]*\) second.*/\1/p' "$work/$name/log")
	echo "$result: $target: seed $seed, $(find "$seeds" -type f | wc -l) seed files, ${count:-?} runs in ${took:-?} s"
	echo ":test-result: $result $target" >>fuzz.trs
done
exit $status
