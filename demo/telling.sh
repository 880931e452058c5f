# How a demonstration tells what it does, and ends with an error where something is not as it is told. Sourced.

bold=""; plain=""
if [ -t 1 ]; then bold=$(printf "\033[1m"); plain=$(printf "\033[0m"); fi
say() { printf "\n%s%s%s\n" "$bold" "$1" "$plain"; }
run() {
  local word
  printf '$'
  for word; do case $word in *[[:blank:]]*) printf ' "%s"' "$word";; *) printf ' %s' "$word";; esac; done
  printf '\n'
  "$@"
}
# A command whose exit code says something: 2 there are changes, 3 a person is needed, 4 it is refused, 6 nobody knows.
ends() {
  local wanted=$1 code=0; shift
  run "$@" || code=$?
  printf '(exit code %s)\n' "$code"
  [ "$code" = "$wanted" ] || { printf 'it should have been %s\n' "$wanted" >&2; exit 1; }
}
# A text that must stand in what a command wrote.
shows() { grep -q -- "$1" "$2" || { printf 'there is no "%s" in %s\n' "$1" "$2" >&2; exit 1; }; }
# A text that must stand in so many lines.
counts() {
  local found; found=$(grep -c -- "$2" "$3") || true
  [ "$found" = "$1" ] || { printf '"%s" is in %s lines of %s, not in %s\n' "$2" "$found" "$3" "$1" >&2; exit 1; }
}

# Nothing of the user's settings: neither hooks nor signing are to be part of a demonstration.
for name in "${!CMCOMPILE_@}"; do unset "$name"; done
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
