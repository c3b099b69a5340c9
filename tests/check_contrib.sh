#!/bin/bash
# check_contrib.sh - what contrib/ gives to people fits the program: the sample of the configuration, also with
# all of its comments taken off, and the completion. Prints TAP.
source=${SANDGATE_SOURCE:?}
build=${SANDGATE_BUILD:?}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME=$work PATH=$build:$PATH
number=0

# result WORDS: tells how the last command ended.
result()
{
	local status=$? word=ok
	number=$((number + 1))
	[ $status = 0 ] || word="not ok"
	echo "$word $number - $1"
}

completes()
{
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	_sandgate
	printf '%s\n' "${COMPREPLY[@]}"
}

echo 1..13
sample=$source/contrib/sandgate.yaml.sample
SANDGATE_CONFIG=$sample sandgate config check "$work" >&2
result "the sample has no errors"
sed 's/^\( *\)# \( *\(- \)\{0,1\}[A-Za-z_-]*:\)/\1\2/' "$sample" >"$work/whole.yaml"
SANDGATE_CONFIG=$work/whole.yaml sandgate config check "$work" >&2
result "nor has it with all its comments taken off"
[ "$(grep -c '^ *[a-z_]*:' "$work/whole.yaml")" -gt 20 ]
result "which are many"
sandgate policy check --rules "$source/contrib/policy.yaml.sample" >&2
result "the sample of rules has no errors, and its examples hold"

. "$source/contrib/completions/sandgate.bash"
completes sandgate de | grep -qx demo
result "subcommands are completed"
completes sandgate run --appr | grep -qx -e --approver
result "options are completed"
completes sandgate sessions ex | grep -qx export
result "verbs are completed"
completes sandgate sandbox sn | grep -qx snapshot
result "verbs of sandboxes are completed"
[ "$(completes sandgate sandbox snapshot -- | sort | tr '\n' ' ')" = "--app --json --path --ttl " ]
result "a verb's own options are completed"
completes sandgate modal volume cr | grep -qx create
result "so are the verbs of two words"
completes sandgate --approve a | grep -qx auto
result "values are completed"
[ "$(completes sandgate run --no-such)" = "" ]
result "what does not exist is not completed"

each_tells_about_itself()
{
	for face in "" $(_sandgate_rows | grep -v '^-'); do
		sandgate $face --help | grep -q '^usage: sandgate' || return
		sandgate $face --version | grep -q '^sandgate [0-9]' || return
	done
}
each_tells_about_itself
result "--help and --version are everywhere"
