#!/bin/sh
# run.sh TEST - runs a unit test; its exit status is that of TEST.
#
# A test may have several groups, each with a plan of its own: they are numbered on, and one plan for all of them comes
# last.  cmocka says "not ok N # SKIP" of a skipped test, and for TAP readers that is a failure.
exec 3>&1
status=$({
	{
		"$@" 3>&- 4>&-
		echo $? >&4
	} | awk '
		/^1\.\.0 *# *SKIP/ { print; skipped = 1; next }
		/^1\.\.[0-9]+$/ { planned += substr($0, 4); next }
		/^(not )?ok [0-9]+/ {
			number++
			if ($0 ~ /^not ok [0-9]+ # SKIP/)
				sub(/^not /, "")
			sub(/ok [0-9]+/, "ok " number)
		}
		{ print; fflush() }
		END { if (!skipped) print "1.." planned + 0 }' >&3
} 4>&1)
exit "$status"
