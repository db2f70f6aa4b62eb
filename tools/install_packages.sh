#!/usr/bin/env bash
# install_packages.sh [GROUP...]: installs the Debian packages of the groups (build run check test
# package profile bench), as root or with sudo. Quick and silent when everything is there. The group `npm`
# installs the npm packages of the end-to-end tests and of the benchmarks.
set -euo pipefail
cd "$(dirname "$0")/.."

declare -A groups=(
  [build]="clang-19 libclang-rt-19-dev cmake ninja-build pkg-config ccache mold git
           libssl-dev libsqlite3-dev libsimdjson-dev libyaml-cpp-dev libcli11-dev libfmt-dev
           zlib1g-dev libbz2-dev liblzma-dev liblz4-dev libzstd-dev libarchive-dev libbrotli-dev libnghttp2-dev libphonenumber-dev libvectorscan-dev
           libgtest-dev libgmock-dev libbenchmark-dev"
  [run]="python3 python3-numpy python3-sklearn python3-grpcio python3-protobuf curl"
  [check]="clang-tidy-19 clang-format-19 python3"
  [test]="libgtest-dev libgmock-dev libbenchmark-dev python3 python3-sklearn python3-lz4 python3-jsonschema python3-yaml
          python3-packaging
          python3-grpcio python3-protobuf protobuf-compiler prometheus openssl curl nodejs npm fish zsh"
  [package]="dpkg-dev fakeroot file"
  [profile]="llvm-19"
  [bench]="libbenchmark-dev nginx-light haproxy wrk nghttp2-client python3 openssl
          nodejs npm"
)

installed() {
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# A command that came from elsewhere serves as well as its package.
provided() {
  case $1 in
    nodejs) command -v node ;;
    npm) command -v npm ;;
    nginx-light) command -v nginx ;;
    *) return 1 ;;
  esac >/dev/null 2>&1
}

npm_packages() {
  local folder=tests/e2e
  [ -f $folder/package-lock.json ] || return 0
  if [ ! -e $folder/node_modules/.package-lock.json ] ||
     [ $folder/package-lock.json -nt $folder/node_modules/.package-lock.json ]; then
    echo "installing the npm packages of the end-to-end tests"
    npm --prefix $folder ci --no-audit --no-fund --loglevel=error
    touch $folder/node_modules/.package-lock.json
  fi
}

missing=()
npm=no
for group in "$@"; do
  if [ "$group" = npm ]; then
    npm=yes
    continue
  fi
  if [ -z "${groups[$group]:-}" ]; then
    echo "install_packages.sh: no group \`$group\`; there are: ${!groups[*]} npm" >&2
    exit 2
  fi
  for package in ${groups[$group]}; do
    installed "$package" || provided "$package" || missing+=("$package")
  done
done

if [ ${#missing[@]} -gt 0 ]; then
  if ! command -v apt-get >/dev/null; then
    echo "install_packages.sh: these packages of Debian 12 are missing: ${missing[*]}" >&2
    exit 3
  fi
  sudo=""
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || {
      echo "install_packages.sh: run as root, or install: ${missing[*]}" >&2
      exit 3
    }
    sudo=sudo
  fi
  echo "installing: ${missing[*]}"
  $sudo apt-get update -qq
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    "${missing[@]}" >/dev/null
fi
if [ $npm = yes ]; then
  npm_packages
fi
