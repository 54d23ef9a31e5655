# Sourced by the scripts beside it and by systemd/install: makes sure that Debian packages and a virtual environment are there.
# shellcheck shell=sh
#
#   GENRED_PYTHON   interpreter to use              [python3]
#   GENRED_VENV     virtual environment to make     [.venv]

APT_PATIENCE_S=600

say() {
    printf '%s\n' "genred: $*" >&2
}

fail() {
    say "$*"
    exit 69
}

# need_packages NAME...: installs the Debian packages that are missing, and Python where it is, all in one go.
need_packages() {
    if ! command -v dpkg-query >/dev/null 2>&1; then
        say "this is not Debian; make sure that the equivalents of these packages are installed: $*"
        return 0
    fi
    makes_environments || set -- "$@" python3 python3-venv
    missing=
    for package in "$@"; do
        status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || :)
        [ "$status" = installed ] || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    say "Installing Debian packages (this may take minutes):$missing"
    as_root=
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null 2>&1 ||
            fail "that needs root, or sudo; as root, run: apt-get install --no-install-recommends$missing"
        as_root=sudo
    fi
    # shellcheck disable=SC2086 # a list of words is meant
    update_lists && $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        -o DPkg::Lock::Timeout=$APT_PATIENCE_S $missing >/dev/null </dev/null ||
        fail "could not install:$missing; apt's messages above say why"
}

# update_lists: what `apt-get update` does, which does not wait by itself for another that runs: on a machine that has
# just started, Debian's own daily one.
update_lists() {
    waited_s=0
    until problem=$($as_root apt-get update -qq 2>&1 </dev/null); do
        case $problem in
        */var/lib/apt/lists/lock*) ;;
        *) waited_s=$APT_PATIENCE_S ;;
        esac
        if [ $waited_s -ge $APT_PATIENCE_S ]; then
            printf '%s\n' "$problem" >&2
            return 1
        fi
        [ $waited_s -gt 0 ] || say "Waiting for another apt-get to finish"
        sleep 5
        waited_s=$((waited_s + 5))
    done
}

# Whether the interpreter can make virtual environments. Only Debian's own is installed where it cannot.
makes_environments() {
    [ "${GENRED_PYTHON:-python3}" = python3 ] || return 0
    command -v python3 >/dev/null 2>&1 && python3 -c 'import ensurepip, venv' 2>/dev/null
}

# need_python: finds an interpreter of 3.11 or later that can make virtual environments.
need_python() {
    makes_environments || need_packages
    python=${GENRED_PYTHON:-python3}
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
    *) venv=$(pwd -P)/$venv ;;
    esac
    need_python
    if [ -x "$venv/bin/python" ] && ! "$venv/bin/python" -c 'import pip' 2>/dev/null; then
        rm -rf "$venv" # an interrupted beginning
    fi
    if [ -f "$venv/pyvenv.cfg" ] && [ ! -L "$venv" ]; then
        made_at=$(sed -n 's/^command = .* -m venv //p' "$venv/pyvenv.cfg")
        # Its programs name the folder in which it was made.
        [ -z "$made_at" ] || [ "$made_at" = "$venv" ] || rm -rf "$venv"
    fi
    if [ ! -x "$venv/bin/python" ]; then
        say "Making the virtual environment $venv with $("$python" -V)"
        "$python" -m venv "$venv" >&2
    fi
    # Done once for each state of the files that say what to install.
    wanted="$extras $(cat pyproject.toml constraints.txt scripts/setup.sh | cksum)"
    stamp="$venv/genred-$(printf %s "$extras" | tr -c 'a-z\n' '-').stamp"
    if [ ! -f "$stamp" ] || [ "$(cat "$stamp")" != "$wanted" ]; then
        say "Installing genred[$extras] into $venv (this may take minutes)"
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --constraint constraints.txt \
            --editable ".[$extras]" >&2 || fail "pip could not install genred[$extras]; see its messages above"
        printf %s "$wanted" >"$stamp"
    fi
    PATH=$venv/bin:$PATH
    export PATH
}
