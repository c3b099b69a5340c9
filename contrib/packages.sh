# packages.sh - the Debian packages that sandgate needs, and how they are installed. Read by quickstart and check.
#
# The -dev packages are those that configure.ac names.

build_packages="
	autoconf automake gcc libc6-dev make pkg-config
	libcjson-dev libcurl4-openssl-dev libedit-dev libicu-dev libmd4c-dev libncurses-dev libprotobuf-c-dev
	libseccomp-dev libsqlite3-dev libssl-dev libutf8proc-dev libyaml-dev protobuf-c-compiler"
run_packages="bubblewrap ca-certificates ncurses-term python3 python3-pytest slirp4netns"
test_packages="clang curl git libclang-rt-14-dev libcmocka-dev libvterm-dev mandoc tmux xz-utils"
node_packages="nodejs npm" # for the tests against Modal's SDK

say()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
}

give_up()
{
	say "$@"
	exit 1
}

# Those of the packages $@ that are not installed.
missing_packages()
{
	for package; do
		case $(dpkg-query --show --showformat='${db:Status-Abbrev}' "$package" 2>/dev/null) in
		ii*) ;;
		*) printf ' %s' "$package" ;;
		esac
	done
}

# Runs "$@" as root: as it is, or by sudo, which may ask for a password only where somebody can type it.
as_root()
{
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif [ -t 0 ]; then
		sudo "$@"
	else
		sudo -n "$@"
	fi
}

# Installs those of $@ that are missing; with all of them there, neither root nor a network is needed.
install_packages()
{
	if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
		say "this system has no apt-get, so nothing is installed; needed is what Debian calls:" $*
		return
	fi
	missing=$(missing_packages "$@")
	if [ -z "$missing" ]; then
		return
	fi
	if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
		give_up "packages are missing, and there is no sudo. As root: apt-get install$missing"
	fi
	say "installing$missing"
	as_root apt-get update -q ||
		say "apt-get update failed; trying with the lists of packages that are here"
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing ||
		give_up "packages could not be installed. When that is mended, or by hand: apt-get install$missing"
}
