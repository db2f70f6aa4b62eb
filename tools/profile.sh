#!/usr/bin/env bash
# profile.sh: what `make profile` calls after the builds: lets the gate serve the benchmark's requests
# and writes cmake/gate.profdata from what it counted.
set -euo pipefail
cd "$(dirname "$0")/.."
raw=$PWD/build/profile/raw
rm -rf "$raw"
mkdir -p "$raw"
LLVM_PROFILE_FILE="$raw/%p-%m.profraw" SALLYPORT=$PWD/build/profile/bin/sallyport \
  /usr/bin/python3 tests/bench/bench.py --discard --rounds 1 \
  --room gate --part http --part jwt --part sse --part tls
# What never ran is left out, and what only runs when the gate starts: the command line, the
# configuration, the store. It is compiled as if there were no profile.
llvm-profdata-19 merge --sparse --no-function='CLI|5sally5store|onfig' -o cmake/gate.profdata "$raw"/*.profraw
git diff --stat -- cmake/gate.profdata
