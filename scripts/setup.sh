# Sourced by the scripts beside it: makes sure that Debian packages and a virtual environment are there.
# shellcheck shell=sh
#
#   GENRED_PYTHON   interpreter to use              [python3]
#   GENRED_VENV     virtual environment to make     [.venv]

say() {
    printf '%s\n' "genred: $*" >&2
}

fail() {
    say "$*"
    exit 69
}

# need_packages NAME...: installs the Debian packages that are missing, all in one go.
need_packages() {
    command -v dpkg-query >/dev/null 2>&1 || fail "this is not Debian; install the equivalents of these packages by hand: $*"
    missing=
    for package in "$@"; do
        status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || :)
        [ "$status" = installed ] || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    say "installing Debian packages:$missing"
    as_root=
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null 2>&1 || fail "needs root, or sudo, to install:$missing"
        as_root=sudo
    fi
    # What apt says goes to standard error: standard output belongs to genred.
    {
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q &&
            # shellcheck disable=SC2086 # a list of words is meant
            $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing
    } >&2 </dev/null || fail "could not install:$missing"
}

# need_python: finds an interpreter of 3.11 or later that can make virtual environments.
need_python() {
    python=${GENRED_PYTHON:-python3}
    if [ "$python" = python3 ]; then
        if ! command -v python3 >/dev/null 2>&1 || ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
            need_packages python3 python3-venv
        fi
    fi
    command -v "$python" >/dev/null 2>&1 || fail "there is no $python"
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        fail "$python is $("$python" -V 2>&1): genred needs Python 3.11 or later (Debian 12 or later has it)"
}

# need_venv EXTRAS: makes the environment and installs genred with these extras, unless that is done already.
need_venv() {
    extras=$1
    venv=${GENRED_VENV:-.venv}
    case $venv in
    /*) ;;
    *) venv=$PWD/$venv ;;
    esac
    need_python
    if [ -x "$venv/bin/python" ] && ! "$venv/bin/python" -c 'import pip' 2>/dev/null; then
        rm -rf "$venv" # an interrupted beginning
    fi
    if [ ! -x "$venv/bin/python" ]; then
        say "making the virtual environment $venv with $("$python" -V)"
        "$python" -m venv "$venv" >&2
    fi
    # Done once for each state of the files that say what to install.
    wanted="$extras $(cat pyproject.toml constraints.txt scripts/setup.sh | cksum)"
    stamp="$venv/genred-$(printf %s "$extras" | tr -c 'a-z\n' '-').stamp"
    if [ ! -f "$stamp" ] || [ "$(cat "$stamp")" != "$wanted" ]; then
        say "installing genred[$extras] into $venv"
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --constraint constraints.txt \
            --editable ".[$extras]" >&2 || fail "pip could not install genred[$extras]; see its messages above"
        printf %s "$wanted" >"$stamp"
    fi
    PATH=$venv/bin:$PATH
    export PATH
}
