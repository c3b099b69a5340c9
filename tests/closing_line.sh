#!/bin/sh
# closing_line.sh - the last line of a run of tests: "N passed, N failed", and ", N skipped" where some were.
#
# Reads automake's .trs files on standard input; each single result counts, not each program.  The argument
# "broken" says that the run ended with an error: when no test says so itself, that counts as one failed.
# Fails when anything failed, and when nothing ran at all.
awk -v broken="${1-}" '
	$1 == ":test-result:" && ($2 == "PASS" || $2 == "XFAIL") { passed++ }
	$1 == ":test-result:" && ($2 == "FAIL" || $2 == "XPASS" || $2 == "ERROR") { failed++ }
	$1 == ":test-result:" && $2 == "SKIP" { skipped++ }
	END {
		if (failed == 0 && (broken != "" || passed + skipped == 0))
			failed = 1
		printf "%d passed, %d failed", passed, failed
		if (skipped > 0)
			printf ", %d skipped", skipped
		printf "\n"
		exit failed > 0
	}'
