#!/usr/bin/env bash
# make.sh: writes certificates that are SVIDs, or nearly, beside itself with the openssl command.
set -eu
cd "$(dirname "$0")"
key=$(mktemp)
config=$(mktemp)
trap 'rm -f "$key" "$config"' EXIT
openssl ecparam -name prime256v1 -genkey -noout -out "$key"

make() { # NAME ALTERNATIVE-NAMES OTHER-EXTENSIONS
  printf '[req]\ndistinguished_name=dn\n[dn]\n[v]\nsubjectAltName=%s\n%b\n' "$2" "$3" >"$config"
  openssl req -new -x509 -key "$key" -subj /CN=w -days 20000 -config "$config" -extensions v \
    -outform DER -out "$1.der"
}

id=URI:spiffe://a.example/w
make no_usage "$id" ''
make usage_agree "$id" 'keyUsage=critical,keyAgreement'
make cert_sign "$id" 'keyUsage=critical,digitalSignature,keyCertSign'
make crl_sign "$id" 'keyUsage=critical,digitalSignature,cRLSign'
make is_ca "$id" 'keyUsage=critical,digitalSignature\nbasicConstraints=critical,CA:TRUE'
make good_dns "DNS:w.example,$id,email:a@b.example" \
  'keyUsage=critical,digitalSignature,keyAgreement\nbasicConstraints=critical,CA:FALSE'
make good_plain DNS:w.example 'keyUsage=critical,digitalSignature'
