#!/bin/sh
# The harness must be able to fail: scripts that are wrong, and what it says of them.  Prints TAP.
screen=${SANDGATE_BUILD:-.}/tests/screen/screen
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
number=0

# check NAME WANTED: plays the script on standard input, which must fail and say WANTED.
check() {
    number=$((number + 1))
    cat >"$folder/$number.screen"
    if "$screen" "$folder/$number.screen" >"$folder/said" 2>&1; then
        echo "not ok $number - $1"
        echo "# it did not fail"
    elif grep -qF -- "$2" "$folder/said" && grep -q "^not ok 1" "$folder/said"; then
        echo "ok $number - $1"
    else
        echo "not ok $number - $1"
        sed 's/^/# /' "$folder/said"
    fi
}

echo 1..19
check "an unknown step" "there is no such step" <<END
frobnicate
END
check "a step before the program" "nothing was started yet" <<END
type hello
END
check "a block without an end" "the block has no end" <<END
expect-screen <<NEVER
text
END
check "a command that fails" "the command failed" <<END
run echo why it failed; false
END
check "what it printed is shown" "# why it failed" <<END
run echo why it failed; false
END
check "text that does not come before the end" "this did not come to the screen" <<END
start echo something else
wait hello
END
check "text that stays" "this did not go from the screen" <<END
start echo stays
wait stays
wait-gone stays
END
check "another screen" ">  1|two" <<END
start printf 'one\ntwo\n'
expect-screen <<ROWS
one
three
ROWS
END
check "more on the screen than wanted" "the screen is not as wanted" <<END
start printf 'one\ntwo\n'
wait two
expect-screen <<ROWS
one
ROWS
END
check "another exit" "the program ended with 3" <<END
start sh -c 'exit 3'
expect-exit 0
END
check "another style" 'the style is "bold fg=default bg=default"' <<END
start printf '\033[1mword\033[0m'
expect-style "word" reverse
END
check "another cursor" "the cursor is at 0 4" <<END
start printf 'word'
cursor 0 3
END
check "bytes that must not reach a terminal" "should not reach a terminal: e2" <<END
start printf 'a\342\200\256b'
expect-exit 0
expect-bytes-clean
END
check "escapes that nobody uses" "should not reach a terminal: 1b" <<END
start printf 'a\033P1;2q\033\\\\'
expect-exit 0
expect-bytes-clean
END
check "bytes that do not come" "the program did not write these bytes" <<END
start printf 'a\\033]9;b\\a'
wait-bytes "\e]9;c"
END
check "a bell too few" "the bell rang 1 times" <<END
start printf 'a\\ab'
expect-exit 0
expect-bells 2
END
check "a click on what is not there" "TEXT is on the screen" <<END
start cat
window enters "nothing"
END
check "a typist without a pace" "a typist is KEYS-PER-SECOND TEXT" <<END
start cat
typist fast hello
END
check "a key that does not exist" 'no key has the name "Entr"' <<END
start cat
key Entr
END
