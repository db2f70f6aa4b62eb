#!/usr/bin/env bash
# run.sh: what `make run` does after the build. Sets up .sallyport/ on the first run, starts the two
# example workloads (or takes UPSTREAM), starts the gate in front of them and says what to try.
#
#   UPSTREAM=URL        an OpenAI-compatible server of yours instead of the examples
#   UPSTREAM_MODEL=NAME the model to ask it for (default: the first that it lists)
#   UPSTREAM_KEY=KEY    the key it wants, if any
#   PORT=8443           where the gate listens; the next free port when it is taken
#   DIR=.sallyport      where state, keys and logs stay
set -euo pipefail
cd "$(dirname "$0")/.."
SALLYPORT=${SALLYPORT:-build/release/bin/sallyport}
DIR=${DIR:-.sallyport}
PYTHON=/usr/bin/python3
UPSTREAM=${UPSTREAM:-}
UPSTREAM=${UPSTREAM%/}
UPSTREAM=${UPSTREAM%/v1}
CONFIG=$DIR/sallyport.yaml
children=()
gate=

say() { printf '%s\n' "$*"; }
fail() { printf 'run.sh: %s\n' "$*" >&2; exit 3; }

# --- Ending ------------------------------------------------------------------------------------

stop_children() {
  local child
  for child in "${children[@]}"; do
    kill "$child" 2>/dev/null || true
  done
  wait 2>/dev/null || true
}

drain() {
  trap '' INT TERM
  say ""
  say "draining: no new connections; open requests may finish"
  kill -TERM "$gate" 2>/dev/null || true
}

# --- Ports -------------------------------------------------------------------------------------

# The first port from $1 on that nothing listens on and that this run does not use yet.
used=" "
free_port() {
  local port=$1
  while [[ $used == *" $port "* ]] || (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
    port=$((port + 1))
  done
  used+="$port "
  printf -v "$2" %s "$port"
}

wait_for() {  # wait_for WHAT PID URL
  local tries=0
  until curl -fsS --max-time 2 --cacert "$DIR/ca.crt" -o /dev/null "$3" 2>/dev/null; do
    kill -0 "$2" 2>/dev/null || { tail -n 20 "$DIR/$1.log" >&2; fail "$1 ended; see $DIR/$1.log"; }
    tries=$((tries + 1))
    [ $tries -lt 300 ] || fail "$1 does not answer at $3; see $DIR/$1.log"
    sleep 0.1
  done
}

# --- What stands behind the gate ---------------------------------------------------------------

first_model() {
  curl -fsS --max-time 5 ${UPSTREAM_KEY:+-H "authorization: Bearer $UPSTREAM_KEY"} \
    "$UPSTREAM/v1/models" |
    $PYTHON -c 'import json, sys; print(json.load(sys.stdin)["data"][0]["id"])' ||
    fail "$UPSTREAM/v1/models lists no model; name one with UPSTREAM_MODEL"
}

write_config() {
  local upstream models routes
  if [ -n "$UPSTREAM" ]; then
    upstream="  own:
    url: $UPSTREAM"
    if [ -n "${UPSTREAM_KEY:-}" ]; then
      upstream+="
    credential: {prefix: \"Bearer \", secret: {env: UPSTREAM_KEY}}"
    fi
    models="  \"$model\":
    targets: [{upstream: own}]"
    routes="  - {name: openai, protocol: openai, models: [\"$model\"]}"
  else
    upstream="  chat:
    url: http://127.0.0.1:$chat_port
    health: {path: /health}
  digits:
    url: http://127.0.0.1:$digits_port
    health: {path: /v2/health/ready}"
    models="  transparent-chat:
    targets: [{upstream: chat}]
  digits:
    targets: [{upstream: digits}]"
    routes="  - {name: openai, protocol: openai, models: [transparent-chat]}
  - {name: anthropic, prefix: /anthropic, protocol: anthropic, models: [transparent-chat]}
  - {name: kserve, protocol: kserve, models: [digits]}"
  fi
  # The name that `sallyport init` gave the ledger, and the key whose policies count.
  local origin trusted
  trusted=$(sed -n 's/^  trusted: //p' "$CONFIG" 2>/dev/null | head -n 1)
  origin=$(sed -n 's/^  origin: //p' "$CONFIG" 2>/dev/null | head -n 1)
  origin=${origin:-sallyport.local/gate}
  cat >"$CONFIG" <<EOF
# Written by \`make run\`. Yours to change: a later run leaves it alone, but for ports that are taken.
# After a change: \`sallyport config check\`, then \`sallyport config reload\`. Every key stands in
# docs/configuration.md.
gate:
  listen: 127.0.0.1:$gate_port
  tls:
    certificate: {file: gate.crt}
    key: {file: gate.key}
metrics:
  listen: 127.0.0.1:$metrics_port
admin:
  socket: admin.sock
state: sqlite:state.db
pepper: {file: pepper.key}
ledger:
  folder: ledger
  origin: $origin
  key: {file: ledger.key}
policy:
  folder: policies
  bundles: policy-bundles
  key: policy.key
  trusted: ${trusted:-[]}
capture:
  mode: commitments
  key: {file: capture.key}
privacy:
  key: {file: privacy.key}
  replace:
    - {types: [CREDIT_CARD, IBAN_CODE, US_SSN], with: token}

upstreams:
$upstream

models:
$models

routes:
$routes
EOF
}

# Puts the ports of this run where those of the run before stand.
move_ports() {
  local old=() new=("$gate_port" "$metrics_port" "$chat_port" "$digits_port") script="" i
  read -r -a old <"$DIR/ports"
  for i in 0 1 2 3; do
    script+="s/127\\.0\\.0\\.1:${old[i]}\\b/127.0.0.1:@$i@/;"
  done
  for i in 0 1 2 3; do
    script+="s/@$i@/${new[i]}/;"
  done
  sed -i "$script" "$CONFIG"
}

# --- The run -----------------------------------------------------------------------------------

[ -x "$SALLYPORT" ] || fail "no $SALLYPORT; run \`make run\`"
mkdir -p "$DIR"
chmod 700 "$DIR"
free_port "${PORT:-8443}" gate_port
free_port 9464 metrics_port
free_port 9001 chat_port
free_port 9002 digits_port
model=transparent-chat
if [ -n "$UPSTREAM" ]; then
  model=${UPSTREAM_MODEL:-$(first_model)}
fi

choice="$UPSTREAM $model"
if [ ! -e "$DIR/demo.key" ] || [ ! -e "$DIR/policy.key" ] ||
   [ ! -e "$DIR/privacy.key" ]; then
  "$SALLYPORT" init "$DIR" >"$DIR/init.log" 2>&1 || { cat "$DIR/init.log" >&2; exit 3; }
fi
if [ "$(cat "$DIR/choice" 2>/dev/null)" != "$choice" ]; then
  [ ! -e "$DIR/choice" ] || cp "$CONFIG" "$CONFIG.before"
  write_config
else
  move_ports
fi
say "$choice" >"$DIR/choice"
say "$gate_port $metrics_port $chat_port $digits_port" >"$DIR/ports"

trap stop_children EXIT
set -m  # every child in a group of its own: ctrl-c reaches this script, which then drains
if [ -z "$UPSTREAM" ]; then
  $PYTHON examples/transparent_chat.py --listen "127.0.0.1:$chat_port" \
    >"$DIR/transparent-chat.log" 2>&1 &
  children+=($!)
  $PYTHON examples/digits.py --listen "127.0.0.1:$digits_port" >"$DIR/digits.log" 2>&1 &
  children+=($!)
fi
"$SALLYPORT" serve --config "$CONFIG" >"$DIR/gate.log" 2>&1 &
gate=$!
children+=("$gate")
trap drain INT TERM
if [ -z "$UPSTREAM" ]; then
  wait_for transparent-chat "${children[0]}" "http://127.0.0.1:$chat_port/health"
  wait_for digits "${children[1]}" "http://127.0.0.1:$digits_port/v2/health/ready"
fi
wait_for gate "$gate" "http://127.0.0.1:$metrics_port/readyz"
# One request without a key: the gate must refuse it, and its id is there to be explained.
url=https://localhost:$gate_port
refused=$(curl -sS --max-time 10 --cacert "$DIR/ca.crt" --json @examples/hello.json \
  "$url/v1/chat/completions") || fail "the gate does not answer at $url; see $DIR/gate.log"
id=$(grep -oE '[0-7][0-9A-HJKMNP-TV-Z]{25}' <<<"$refused" | head -n 1) ||
  fail "the gate did not refuse a request without a key: $refused"
# One that is allowed, where the answer costs nothing; then what the ledger says of both.
if [ -z "$UPSTREAM" ]; then
  curl -sS --max-time 10 --cacert "$DIR/ca.crt" -H "authorization: Bearer $(cat "$DIR/demo.key")" \
    --json @examples/hello.json "$url/v1/chat/completions" -o /dev/null ||
    fail "the gate does not answer at $url; see $DIR/gate.log"
fi
sleep 1.2  # a checkpoint over them is at most a second away
queried=$("$SALLYPORT" audit query --since 10s --config "$CONFIG" 2>"$DIR/audit.log") ||
  fail "the ledger cannot be queried; see $DIR/audit.log"
verified=$("$SALLYPORT" audit verify --config "$CONFIG") ||
  fail "the ledger does not verify: $verified"

option=
[ "$DIR" = .sallyport ] || option=" --config $CONFIG"  # the program finds .sallyport by itself
call="curl --cacert $DIR/ca.crt -H \"authorization: Bearer \$(cat $DIR/demo.key)\""
body=@examples/hello.json
if [ -n "$UPSTREAM" ]; then
  body="'{\"model\":\"$model\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello!\"}]}'"
  served="$model (openai) at $UPSTREAM"
else
  served="transparent-chat (openai, anthropic; an example, no model), digits (kserve v2; $(
    sed -n 's/.*trained: \([0-9.]*%\) of \([0-9]*\).*/\1 of \2 held-out images right/p' "$DIR/digits.log"))"
fi
cat <<EOF

sallyport is up
  gate     $url  (certificate authority: $DIR/ca.crt)
  models   $served
  metrics  http://127.0.0.1:$metrics_port/metrics
  logs     $DIR/gate.log
try, in another terminal, from this folder
  1  a call that is allowed
     $call \\
       --json $body $url/v1/chat/completions
  2  the same without a key: 401 and the id of an explanation
     curl --cacert $DIR/ca.crt --json $body $url/v1/chat/completions
  3  why (the id is of such a request, sent just now)
     $SALLYPORT explain $id$option
EOF
n=4
if [ -z "$UPSTREAM" ]; then
  cat <<EOF
  4  a prompt that holds an API key: 403, and the model never sees it
     $call \\
       --json @examples/secret.json $url/v1/chat/completions
  5  a prompt with a card number: you get it back, and the model saw something else
     $call \\
       --json @examples/card.json $url/v1/chat/completions
  6  a handwritten seven, classified
     $call \\
       --json @examples/digit.json $url/v2/models/digits/infer
EOF
  n=7
fi
cat <<EOF
  $n  requests and decisions as they happen
     $SALLYPORT watch$option
  $((n + 1))  who may do what stands in $DIR/policies; after a change
     $SALLYPORT policy test$option && $SALLYPORT policy activate$option
what the ledger says of the calls just made
  $ $SALLYPORT audit query --since 10s$option
$(sed 's/^/  /' <<<"$queried")
  $ $SALLYPORT audit verify$option
$(sed 's/^/  /' <<<"$verified")
stop with ctrl-c; state stays in $DIR/
EOF

status=0
wait "$gate" || status=$?
while kill -0 "$gate" 2>/dev/null; do  # the wait ended because of a signal: the gate still drains
  status=0
  wait "$gate" || status=$?
done
if [ $status -eq 0 ]; then
  say "stopped"
else
  tail -n 20 "$DIR/gate.log" >&2
  fail "the gate ended with status $status; see $DIR/gate.log"
fi
