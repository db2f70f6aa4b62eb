#!/bin/bash
# Makes the certificates of this folder anew. The authority's key is not kept.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/ca.conf" <<END
[ca]
default_ca = test
[test]
database = $work/index
serial = $work/serial
new_certs_dir = $work
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
END
: >"$work/index"
echo 01 >"$work/serial"
key() { openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out "$1"; }
key "$work/ca.key"
openssl req -new -key "$work/ca.key" -subj "/CN=test ca" -out "$work/ca.csr"
openssl ca -batch -notext -config "$work/ca.conf" -selfsign -extensions authority -keyfile "$work/ca.key" \
  -in "$work/ca.csr" -startdate 20200101000000Z -enddate 21200101000000Z -out ca.pem
leaf() {  # name, subject alternative names, end
  key "$1.key"
  openssl req -new -key "$1.key" -subj "/CN=$1" -addext "subjectAltName=$2" -out "$work/$1.csr"
  openssl ca -batch -notext -config "$work/ca.conf" -cert ca.pem -keyfile "$work/ca.key" \
    -in "$work/$1.csr" -startdate 20200101000000Z -enddate "$3" -out "$1.pem"
}
leaf server DNS:gate.test,IP:127.0.0.1 21200101000000Z
leaf client URI:spiffe://test/client 21200101000000Z
leaf expired DNS:gate.test,IP:127.0.0.1 20210101000000Z
