#!/usr/bin/env bash
# Says what this machine lacks for building (`build`) or for building and testing (`test`), with the one line that
# installs it on Debian/Ubuntu, Fedora and macOS. As root on Debian or Ubuntu it installs the missing packages itself.
# It never installs Rust by piping a download into a shell: that line is printed, and running it is yours to decide.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
what="${1:-test}"
case "$what" in build | test) ;; *) echo "usage: $0 [build|test]" >&2; exit 2 ;; esac

wanted_rust="$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)"
wanted_java=17
wanted_go=1.19

has() { command -v "$1" >/dev/null 2>&1; }

# True when version $1 is at least version $2 (numbers between dots).
at_least() {
  local IFS=. i
  local -a have want
  read -ra have <<<"$1"
  read -ra want <<<"$2"
  for i in 0 1 2; do
    [ "${have[i]:-0}" -gt "${want[i]:-0}" ] && return 0
    [ "${have[i]:-0}" -lt "${want[i]:-0}" ] && return 1
  done
  return 0
}

# A header counts as there when the C compiler finds it, however it was installed, or when pkg-config knows its library.
has_header() { { has cc && printf '#include <%s>\n' "$1" | cc -E -x c - >/dev/null 2>&1; } || { has pkg-config && pkg-config --exists "$2" 2>/dev/null; }; }
has_openssl() { has_header openssl/ssl.h openssl || { has brew && [ -d "$(brew --prefix openssl@3 2>/dev/null)/include/openssl" ]; }; }

rust_version() { has cargo && has rustc && rustc --version 2>/dev/null | sed -n 's/^rustc \([0-9.]*\).*/\1/p'; }
java_version() { has java && java -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p' | head -n 1; }

go_version() { has go && go version 2>/dev/null | sed -n 's/^go version go\([0-9.]*\).*/\1/p'; }

# A test run that is given a broker, or a Docker engine, needs neither Java nor Maven.
needs_java() { [ "$what" = test ] && [ -z "${RELEVO_TEST_KAFKA:-}" ] && ! { has docker && docker info >/dev/null 2>&1; }; }

# Fills `missing` with the names of what is lacking, but for Rust.
find_missing() {
  missing=()
  { has cc && has c++; } || missing+=(compiler)
  has make || missing+=(make)
  has pkg-config || missing+=(pkg-config)
  has_openssl || missing+=(openssl)
  has_header zlib.h zlib || missing+=(zlib)
  # The tests make keys and signatures with the real tool.
  { [ "$what" = build ] || has ssh-keygen; } || missing+=(ssh)
  # Alerts are tested by Prometheus' own tool, and queries by Prometheus.
  { [ "$what" = build ] || { has prometheus && has promtool; }; } || missing+=(prometheus)
  # Manifests are rendered by kustomize's own library, which is written in Go.
  { [ "$what" = build ] || at_least "$(go_version || true)" "$wanted_go"; } || missing+=(go)
  if needs_java; then
    at_least "$(java_version || true)" "$wanted_java" || missing+=(java)
    has mvn || missing+=(maven)
  fi
}

# The packages of the missing things: packages_for debian|fedora|macos.
packages_for() {
  local name
  for name in "${missing[@]}"; do
    case "$1:$name" in
    debian:compiler) echo build-essential ;;
    debian:openssl) echo libssl-dev ;;
    debian:zlib) echo zlib1g-dev ;;
    debian:java) debian_java ;;
    debian:ssh) echo openssh-client ;;
    debian:go) echo golang-go ;;
    fedora:compiler) echo gcc gcc-c++ ;;
    fedora:openssl) echo openssl-devel ;;
    fedora:zlib) echo zlib-devel ;;
    fedora:java) echo java-21-openjdk-headless ;;
    fedora:ssh) echo openssh ;;
    fedora:go) echo golang ;;
    fedora:prometheus) echo golang-github-prometheus ;;
    macos:openssl) echo openssl@3 ;;
    macos:java) echo openjdk@17 ;;
    macos:compiler | macos:make | macos:zlib | macos:ssh) ;; # they come with the command line tools
    *) echo "$name" ;;
    esac
  done | tr '\n' ' ' | sed 's/ $//'
}

# Java 17 where the release still has it, else the release's own (newer) one.
debian_java() {
  if has apt-cache && ! apt-cache show openjdk-17-jre-headless >/dev/null 2>&1 && apt-cache show default-jre-headless >/dev/null 2>&1; then
    echo default-jre-headless
  else
    echo openjdk-17-jre-headless
  fi
}

say_missing() {
  local macos
  macos="$(packages_for macos)"
  echo "Missing: ${missing[*]}. To install it:"
  echo "  Debian, Ubuntu:  sudo apt-get update && sudo apt-get install -y $(packages_for debian)"
  echo "  Fedora:          sudo dnf install -y $(packages_for fedora)"
  case " ${missing[*]} " in
  *" compiler "* | *" make "* | *" zlib "*) echo "  macOS:           xcode-select --install${macos:+; brew install $macos}" ;;
  *) echo "  macOS:           brew install $macos" ;;
  esac
}

# Installs packages and starts no service that comes with one: the tests start their own. Debian asks this file before it starts any.
install_debian() {
  local policy=/usr/sbin/policy-rc.d ended=0
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy"
    trap "rm -f $policy" EXIT
  fi
  apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" || ended=$?
  [ -z "$(trap -p EXIT)" ] || { rm -f "$policy" && trap - EXIT; }
  return "$ended"
}

find_missing
if [ "${#missing[@]}" -gt 0 ]; then
  if [ "$(id -u)" = 0 ] && has apt-get; then
    echo "Missing: ${missing[*]}; installing with apt-get."
    # shellcheck disable=SC2046 # one word a package
    install_debian $(packages_for debian) ||
      echo "apt-get could not install all of it." >&2
    find_missing
  fi
  if [ "${#missing[@]}" -gt 0 ]; then
    say_missing >&2
    exit 1
  fi
fi

found_rust="$(rust_version || true)"
if ! at_least "${found_rust:-0}" "$wanted_rust"; then
  {
    echo "Missing: Rust $wanted_rust or newer (found: ${found_rust:-none}; distributions' own packages are usually older). To install it:"
    echo "  Debian, Ubuntu, Fedora, macOS:  curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y && . \"\$HOME/.cargo/env\""
    echo "  where rustup is there already:  rustup update stable && rustup default stable"
  } >&2
  exit 1
fi
