#!/usr/bin/env bash
# access.sh: a night on call, played against a gate of its own. A right that is asked for, approved by
# somebody else, used, and taken back while an answer streams; then broken glass, and what the ledger
# says of it all. Needs a build (`make run` makes one); leaves nothing behind.
#
#   examples/access.sh            plays it and shows every command
#   SALLYPORT=PATH                another binary than build/release/bin/sallyport
set -euo pipefail
cd "$(dirname "$0")/.."
SALLYPORT=$(realpath "${SALLYPORT:-build/release/bin/sallyport}")
DIR=$(mktemp -d /tmp/sallyport-access.XXXXXX)
PYTHON=/usr/bin/python3
children=()

finish() {
  local child
  for child in "${children[@]}"; do
    kill "$child" 2>/dev/null || true
  done
  wait 2>/dev/null || true
  rm -rf "$DIR"
}
trap finish EXIT

title() { printf '\n\033[1m%s\033[0m\n' "$*"; }
fail() { printf 'access.sh: %s\n' "$*" >&2; exit 1; }
# A command of sallyport as one would type it.
typed() {
  local word line='$ sallyport'
  for word in "$@"; do
    [[ $word == *' '* ]] && line+=" \"$word\"" || line+=" $word"
  done
  printf '%s\n' "$line"
}
# Shows it, runs it, and shows what it says.
show() {
  typed "$@"
  "$SALLYPORT" "$@" --config "$DIR/sallyport.yaml" 2>&1 | sed 's/^/  /'
}
# The same, and keeps the id that it tells first.
show_id() {
  typed "$@"
  local out
  out=$("$SALLYPORT" "$@" --config "$DIR/sallyport.yaml" 2>&1) || fail "$out"
  sed 's/^/  /' <<<"$out"
  id=$(grep -oE '[0-7][0-9A-HJKMNP-TV-Z]{25}' <<<"$out" | head -n 1)
}
# What a call of the model is answered, by status.
call() {
  curl -sS --max-time 20 --cacert "$DIR/ca.crt" -o "$DIR/answer" -w '%{http_code}' \
    -H "authorization: Bearer $1" --json "$2" "$url/v1/chat/completions"
}
expect() {
  printf '  %s: %s\n' "$1" "$3"
  [ "$2" = "$3" ] || fail "$1: $3 instead of $2: $(cat "$DIR/answer")"
}
free_port() {
  $PYTHON -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

[ -x "$SALLYPORT" ] || fail "no $SALLYPORT; run \`make run\` first"

# --- A gate, a model, three people ----------------------------------------------------------------

"$SALLYPORT" init "$DIR" >/dev/null 2>&1
chat_port=$(free_port)
gate_port=$(free_port)
url=https://localhost:$gate_port
$PYTHON examples/transparent_chat.py --listen "127.0.0.1:$chat_port" >"$DIR/chat.log" 2>&1 &
children+=($!)
origin=$(sed -n 's/^  origin: //p' "$DIR/sallyport.yaml" | head -n 1)
trusted=$(sed -n 's/^  trusted: //p' "$DIR/sallyport.yaml" | head -n 1)
cat >"$DIR/sallyport.yaml" <<YAML
gate:
  listen: 127.0.0.1:$gate_port
  tls: {certificate: {file: gate.crt}, key: {file: gate.key}}
ledger: {origin: $origin}
policy: {trusted: $trusted}
access:
  roles:
    on-call: {approvals: 1, approvers: ["team:security"], longest: 4h}
    root: {break_glass: true, holders: [ALICE], longest: 1h}
upstreams:
  chat: {url: "http://127.0.0.1:$chat_port"}
models:
  transparent-chat: {targets: [{upstream: chat}]}
  weights: {targets: [{upstream: chat, model: transparent-chat}]}
routes:
  - {name: openai, protocol: openai, models: [transparent-chat, weights]}
YAML
cat >"$DIR/policies/on_call.cedar" <<'CEDAR'
@id("on-call")
permit (principal in Role::"on-call", action in Action::"call", resource == Model::"transparent-chat");

@id("weights-stay") @hard
forbid (principal, action, resource == Model::"weights");
CEDAR
key() {  # key NAME [OPTIONS]: makes a key; its text in $key_text, its id in $key_id
  local out
  out=$("$SALLYPORT" key create "$@" --format json --config "$DIR/sallyport.yaml")
  key_text=$($PYTHON -c 'import json, sys; print(json.load(sys.stdin)["key"])' <<<"$out")
  key_id=$($PYTHON -c 'import json, sys; print(json.load(sys.stdin)["id"])' <<<"$out")
}
key alice
alice=$key_text alice_id=$key_id
key bob --team security
bob_id=$key_id
sed -i "s/ALICE/$alice_id/" "$DIR/sallyport.yaml"
"$SALLYPORT" policy activate --reason "first" --config "$DIR/sallyport.yaml" >/dev/null
"$SALLYPORT" serve --config "$DIR/sallyport.yaml" >"$DIR/gate.log" 2>&1 &
children+=($!)
for _ in $(seq 200); do
  curl -sS --max-time 1 --cacert "$DIR/ca.crt" -o /dev/null "$url/" 2>/dev/null && break
  sleep 0.1
done

# --- The night --------------------------------------------------------------------------------------

title "Alice has no right of her own"
expect "alice calls the model" 403 "$(call "$alice" @examples/hello.json)"

title "She asks for the role, with a reason; she cannot approve it herself, Bob can"
show_id access request on-call --as "$alice_id" --reason "ticket 4711" --for 1h
request=$id
show access approve "$request" --as "$alice_id" && fail "she approved her own request"
show access approve "$request" --as "$bob_id"
expect "alice calls the model" 200 "$(call "$alice" @examples/hello.json)"

title "The grant is revoked while an answer streams: the stream ends, and so does the right"
curl -sSN --max-time 60 --cacert "$DIR/ca.crt" -H "authorization: Bearer $alice" -o "$DIR/stream" \
  --json '{"model":"transparent-chat","stream":true,"messages":[{"role":"user","content":"slow: 600 100"}]}' \
  "$url/v1/chat/completions" &
stream=$!
until [ -s "$DIR/stream" ]; do sleep 0.1; done
begun=$(date +%s%N)
show revoke grant "$request" --reason "the laptop was lost"
wait $stream || true
printf '  the stream ended %d ms after that command began\n' $((($(date +%s%N) - begun) / 1000000))
grep -q '\[DONE\]' "$DIR/stream" && fail "the stream was not cut"
expect "alice calls the model" 403 "$(call "$alice" @examples/hello.json)"

title "Nobody is there to approve, and the house burns: Alice breaks the glass"
show_id access break-glass root --as "$alice_id" --reason "no way in"
glass=$id
expect "alice calls the model" 200 "$(call "$alice" @examples/hello.json)"
expect "alice calls what a @hard policy forbids" 403 \
  "$(call "$alice" '{"model":"weights","messages":[{"role":"user","content":"hello"}]}')"
show access end "$glass" --reason "the house stands"
expect "alice calls the model" 403 "$(call "$alice" @examples/hello.json)"

title "What the ledger says of it"
sleep 1.5  # a checkpoint over it is at most a second away
show access report "$glass"
show audit query --since 5m
show audit verify
