#!/usr/bin/env bash
# check.sh: the checks that no test makes. Runs all of them, tells which failed, and writes
# `ok NAME` or `failed NAME` lines to build/results/checks.txt.
cd "$(dirname "$0")/.." || exit 3
mkdir -p build/results
: >build/results/checks.txt
status=0

check() {
  local name=$1
  shift
  local start=$SECONDS output
  if output=$("$@" 2>&1); then
    echo "ok $name" >>build/results/checks.txt
    printf 'ok      %-10s %4d s\n' "$name" $((SECONDS - start))
  else
    echo "failed $name" >>build/results/checks.txt
    printf 'failed  %-10s %4d s\n%s\n' "$name" $((SECONDS - start)) "$output"
    status=1
  fi
}

format() {
  git ls-files '*.h' '*.cc' | xargs clang-format-19 --dry-run -Werror
}

headers() {
  cmake --build build/dev --target headers
}

tidy() {
  if [ -n "$ALL" ]; then tools/tidy.py --all; else tools/tidy.py; fi
}

check layers python3 tools/check_layers.py
check tree python3 tools/check_tree.py
check format format
check headers headers
check tidy tidy
exit $status
