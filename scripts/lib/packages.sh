# Finds out what this machine lacks and, on Debian and its relatives, installs it. To be sourced.
#
# A need is "probe | Debian package | what it is". Each probe asks for the thing, not for the package,
# so that a compiler or a library from elsewhere counts too.
# shellcheck disable=SC2034  # the lists are for those who source this

needs_to_build=(
  "have_command g++ | g++ | a C++20 compiler (GCC 12 or newer)"
  "have_command cmake | cmake | CMake 3.25 or newer"
  "have_command ninja | ninja-build | Ninja"
  "have_command pkg-config | pkg-config | pkg-config"
  "have_command python3 | python3 | Python 3"
  "have_boost | libboost1.81-dev libboost-dev | Boost 1.74 or newer, its headers"
  "have_header nlohmann/json.hpp | nlohmann-json3-dev | nlohmann/json"
  "have_header CLI/CLI.hpp | libcli11-dev | CLI11"
  "have_module libpcre2-8 | libpcre2-dev | PCRE2"
  "have_header toml++/toml.h | libtomlplusplus-dev | toml++"
  "have_header catch2 | catch2 | Catch2"
)

needs_to_test=(
  "have_postfix | postfix+postfix-pcre | Postfix (postlint is compared with its postconf and smtpd)"
)

needs_to_check=(
  "have_command clang++-16 | clang-16 | Clang 16, for the fuzzers"
  "have_libfuzzer | libclang-rt-16-dev | libFuzzer and the sanitizers of Clang 16"
  "have_command clang-format-14 | clang-format-14 | clang-format 14"
  "have_command ccache | ccache | ccache"
  "have_command mold | mold | mold, a quick linker"
)

needs_to_tidy=(
  "have_command clang-tidy-16 | clang-tidy-16 | clang-tidy 16"
)

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
fail() { say "$@"; exit 1; }

have_command() { command -v "$1" >/dev/null; }
have_header() { [ -e "/usr/include/$1" ] || [ -e "/usr/local/include/$1" ]; }
have_module() { have_command pkg-config && pkg-config --exists "$1"; }
have_libfuzzer() { compgen -G '/usr/lib/llvm-16/lib/clang/16*/lib/linux/libclang_rt.fuzzer-*.a' >/dev/null; }

have_boost() {
  local header version
  for header in /usr/local/include/boost/version.hpp /usr/include/boost/version.hpp; do
    version=$(sed -n 's/^#define BOOST_VERSION \([0-9]*\)$/\1/p' "$header" 2>/dev/null)
    [ "${version:-0}" -ge 107400 ] && have_header boost/spirit/home/x3.hpp && return
  done
  return 1
}

# A machine that has another mail system keeps it: installing Postfix would take it away.
have_postfix() { PATH=$PATH:/usr/sbin have_command postconf || other_mail_system >/dev/null; }

other_mail_system() {
  have_command dpkg-query &&
    dpkg-query -W -f '${db:Status-Status} ${Package} ${Provides}\n' 2>/dev/null |
    sed -n 's/^installed \([^ ]*\) .*\bmail-transport-agent\b.*/\1/p' | grep -vx postfix
}

is_debian() { have_command apt-get && grep -qsE '^ID(_LIKE)?=.*(debian|ubuntu)' /etc/os-release; }

trim() { local text=$*; text=${text#"${text%%[! ]*}"}; printf '%s' "${text%"${text##*[! ]}"}"; }

# require NEED...: returns when all are there; installs them where that is possible.
require() {
  local need probe packages what missing=() names=()
  for need in "$@"; do
    IFS='|' read -r probe packages what <<<"$need"
    # shellcheck disable=SC2086  # a probe is a command with an argument
    $probe && continue
    missing+=("$(trim "$packages")")
    names+=("$(trim "$what")")
  done
  [ ${#missing[@]} -eq 0 ] && return
  if ! is_debian; then
    say "this needs, and does not find:"
    printf '  %s\n' "${names[@]}" >&2
    fail "install them with the package manager of this system, then run it again (in Debian they are: ${missing[*]})"
  fi
  install_packages "${missing[@]}"
}

# Each argument is a package, or "a b" of which the first that exists is taken, or "a+b" for both.
install_packages() {
  local as_root=() log choice candidates both chosen=() installer=run_apt
  if [ "$(id -u)" -ne 0 ]; then
    have_command sudo || fail "run this as root, or install these first: apt-get install $*"
    as_root=(sudo)
    [ -t 0 ] || as_root+=(-n)
    "${as_root[@]}" true || fail "sudo refuses; install these first: apt-get install $*"
  fi
  log=$(mktemp)
  "${as_root[@]}" apt-get update -qq >"$log" 2>&1 </dev/null || say "apt-get update failed; trying with the lists that are here"
  for candidates in "$@"; do
    for choice in $candidates; do
      apt-cache show "${choice%%+*}" >/dev/null 2>&1 && break
    done
    IFS=+ read -ra both <<<"$choice"
    chosen+=("${both[@]}")
  done
  say "installing with apt-get: ${chosen[*]}"
  [[ " ${chosen[*]} " == *" postfix "* ]] && installer=install_without_starting
  if ! "$installer" "${chosen[@]}" >"$log" 2>&1 </dev/null; then
    tail -n 15 "$log" >&2
    fail "apt-get could not install: ${chosen[*]} (all it said is in $log)"
  fi
  rm -f "$log"
}

run_apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"; }

# Installs Postfix among others: unconfigured, not started now and not at the next boot.
install_without_starting() {
  local policy=/usr/sbin/policy-rc.d made=no status=0
  printf 'postfix postfix/main_mailer_type select No configuration\n' | "${as_root[@]}" debconf-set-selections
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" install -m 755 /dev/stdin "$policy"
    made=yes
    trap '"${as_root[@]}" rm -f /usr/sbin/policy-rc.d' EXIT
  fi
  run_apt "$@" || status=$?
  if [ "$made" = yes ]; then
    "${as_root[@]}" rm -f "$policy"
    trap - EXIT
  fi
  if have_command systemctl; then
    "${as_root[@]}" systemctl disable --quiet postfix.service >/dev/null 2>&1 || true
  fi
  return "$status"
}
