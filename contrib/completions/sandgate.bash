# sandgate.bash - completion for bash. Asks sandgate itself (--help, sessions list), so it knows what that knows.

# The words that begin the rows of `sandgate $@ --help`: options, subcommands, verbs.
_sandgate_rows()
{
	command sandgate "$@" --help 2>/dev/null |
		sed -n 's/^  \(-[a-z], \)\{0,1\}\(--\{0,1\}[a-z][a-z-]*\|[a-z][a-z-]*\) .*/\2/p'
}

_sandgate_sessions()
{
	command sandgate sessions list --json 2>/dev/null | sed -n 's/.*"id":"\([^"]*\)".*/\1/p'
}

# The second words of the verbs of `sandgate FACE --help` that begin with WORD.
_sandgate_second_words()
{
	command sandgate "$1" --help 2>/dev/null | sed -n "s/^  $2 \([a-z][a-z-]*\).*/\1/p"
}

_sandgate()
{
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} face=
	local rows
	COMPREPLY=()

	rows=$(_sandgate_rows)
	if ((COMP_CWORD > 1)) && grep -qxF -- "${COMP_WORDS[1]}" <<<"$(grep -v '^-' <<<"$rows")"; then
		face=${COMP_WORDS[1]}
	fi
	case $before in
	--resume | -r)
		mapfile -t COMPREPLY < <(compgen -W "$(_sandgate_sessions)" -- "$word")
		return
		;;
	--approve) mapfile -t COMPREPLY < <(compgen -W "locked careful sandboxed auto" -- "$word") && return ;;
	--profile) mapfile -t COMPREPLY < <(compgen -W "locked careful sandboxed auto rules" -- "$word") && return ;;
	--session) mapfile -t COMPREPLY < <(compgen -W "$(_sandgate_sessions)" -- "$word") && return ;;
	--rules | --commands) mapfile -t COMPREPLY < <(compgen -f -- "$word") && return ;;
	--output) mapfile -t COMPREPLY < <(compgen -W "text jsonl" -- "$word") && return ;;
	--format) mapfile -t COMPREPLY < <(compgen -W "jsonl markdown" -- "$word") && return ;;
	--theme) mapfile -t COMPREPLY < <(compgen -f -W "dark light high-contrast colour-blind mono" -- "$word") && return ;;
	--folder) mapfile -t COMPREPLY < <(compgen -d -- "$word") && return ;;
	--approver) mapfile -t COMPREPLY < <(compgen -c -- "$word") && return ;;
	esac
	if [[ $face == sessions ]] && ((COMP_CWORD > 2)); then
		mapfile -t COMPREPLY < <(compgen -W "--json --format $(_sandgate_sessions)" -- "$word")
		return
	fi
	if [[ $face == modal ]] && ((COMP_CWORD == 3)) && [[ $before =~ ^[a-z]+$ ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_sandgate_second_words modal "$before")" -- "$word")
		return
	fi
	if [[ $face == sandbox ]] && ((COMP_CWORD > 2)); then
		rows=$(_sandgate_rows sandbox "${COMP_WORDS[2]}")
		mapfile -t COMPREPLY < <(compgen -W "$rows" -- "$word")
		[[ ${COMP_WORDS[2]} == @(cp|get|put) && $word != -* ]] && mapfile -t COMPREPLY < <(compgen -f -- "$word")
		return
	fi
	[[ $face ]] && rows=$(_sandgate_rows "$face")
	mapfile -t COMPREPLY < <(compgen -W "$rows" -- "$word")
	if [[ ! $face || $face == config ]] && [[ $word != -* ]]; then
		mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -d -- "$word")
	fi
}

complete -F _sandgate sandgate
