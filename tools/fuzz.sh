#!/usr/bin/env bash
# fuzz.sh [TARGET] [SECONDS]: builds and runs the libFuzzer targets of build/fuzz, each for SECONDS
# (60), on a copy of its corpus. A find is kept in build/fuzz/finds/TARGET/ and ends the run.
set -euo pipefail
cd "$(dirname "$0")/.."
target=${1:-}
seconds=${2:-60}
if [ -n "$target" ]; then
  targets=$target
else
  targets=$(git ls-files 'src/*_fuzz.cc' | xargs -n1 basename | sed 's/\.cc$//')
fi
# shellcheck disable=SC2086
cmake --build build/fuzz --parallel "$(nproc)" --target $targets
for name in $targets; do
  mkdir -p "build/fuzz/corpus/$name" "build/fuzz/finds/$name"
  echo "$name: $seconds s"
  "build/fuzz/bin/$name" -max_total_time="$seconds" -print_final_stats=1 -verbosity=0 \
    -timeout=10 -rss_limit_mb=4096 -artifact_prefix="build/fuzz/finds/$name/" \
    "build/fuzz/corpus/$name" "tests/fuzz/corpus/$name" 2>&1 |
    grep -E '^(stat::number_of_executed_units|==|SUMMARY)|ERROR|Test unit' || true
  if [ "${PIPESTATUS[0]}" != 0 ] || [ -n "$(ls -A "build/fuzz/finds/$name")" ]; then
    echo "$name: found; see build/fuzz/finds/$name" >&2
    exit 1
  fi
done
