# Configures and builds a preset, quietly. To be sourced after packages.sh, in the repository's root.

# build PRESET [TARGET...]: what the build says goes to build/PRESET/build.log and is shown if it fails.
build() {
  local preset=$1 log=build/$1/build.log targets=()
  shift
  [ $# -gt 0 ] && targets=(--target "$@")
  mkdir -p "build/$preset"
  if [ ! -e "build/$preset/build.ninja" ]; then
    say "building preset $preset; the first time takes some minutes"
    cmake --preset "$preset" >"$log" 2>&1 </dev/null || build_failed "$log"
  fi
  cmake --build --preset "$preset" "${targets[@]}" >"$log" 2>&1 </dev/null || build_failed "$log"
}

build_failed() {
  { grep -E -A6 'error|warning|FAILED' "$1" || tail -n 30 "$1"; } >"$1.short"
  head -n 60 "$1.short" >&2
  fail "the build failed; all that it said is in $1"
}
