#!/usr/bin/env bash
# run.sh [ROOM]: what `make bench` calls after the build: measures, merges build/bench/results.json,
# and writes docs/performance.md from it.
set -euo pipefail
cd "$(dirname "$0")/../.."
if [ -z "${TMPDIR:-}" ] && [ -w /dev/shm ]; then
  export TMPDIR=/dev/shm  # tools/performance.py says why
fi
/usr/bin/python3 tests/bench/bench.py ${1:+--room "$1"}
/usr/bin/python3 tools/performance.py
