#!/usr/bin/env bash
# run_ctest.sh [CTEST ARGS...]: runs the tests of build/dev. Shows one line a test and the output of
# those that fail; the whole output goes to build/results/ctest.log (count_results.py reads it).
cd "$(dirname "$0")/.." || exit 3
mkdir -p build/results
ctest --test-dir build/dev --verbose --parallel "$(nproc)" "$@" 2>&1 |
  tee build/results/ctest.log |
  grep --line-buffered -E '^ *[0-9]+/[0-9]+ Test|^[0-9]+% tests passed|^Total'
status=${PIPESTATUS[0]}
if [ "$status" != 0 ]; then
  python3 tools/count_results.py --output-of-failed build/results/ctest.log
fi
exit "$status"
