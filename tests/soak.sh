#!/bin/sh
# soak.sh MAKE TEST ... - the long versions, run by `make soak` in the build folder: TESTs with SANDGATE_SOAK=1,
# then each fuzz target for five minutes in a fuzzing build of its own, soak-fuzz/ (needs clang).
#
# SANDGATE_SEED and FUZZ_SEED repeat a run, FUZZ_SECONDS makes the fuzzing longer or shorter; seeds and sizes are
# printed.
make=$1
shift
source=${SANDGATE_SOURCE:?}
FUZZ_SECONDS=${FUZZ_SECONDS:-300}
FUZZ_SEED=${FUZZ_SEED:-$(date +%s)}
export FUZZ_SECONDS FUZZ_SEED
broken=

SANDGATE_SOAK=1 "$make" -s check TESTS="$*" || broken=broken
for test; do
	sed -n "s/^# /$test: /p" "$test.log"
done

mkdir -p soak-fuzz
(
	cd soak-fuzz && { [ -f Makefile ] || "$source/configure" -q CC=clang --enable-fuzzing; } &&
		"$make" -s -j"$(nproc)" && FUZZ_RUNS=0 "$make" -s fuzz
) || broken=broken

for test; do
	cat "$test.trs"
done | cat - soak-fuzz/fuzz.trs | sh "$source/tests/closing_line.sh" $broken
