#include "app/config_table.h"

#include <algorithm>
#include <array>

namespace sally::app {
namespace {

constexpr uint64_t kKiB = 1024;
constexpr uint64_t kMiB = 1024 * kKiB;
constexpr uint64_t kGiB = 1024 * kMiB;
constexpr uint64_t kTiB = 1024 * kGiB;
constexpr uint64_t kSecond = 1000;
constexpr uint64_t kHour = 3600 * kSecond;
constexpr uint64_t kDay = 24 * kHour;
constexpr uint64_t kMillion = 1'000'000;

using enum KeyType;
constexpr Presence kNeeded = Presence::kRequired;
constexpr Presence kMay = Presence::kOptional;
constexpr Presence kSwitch = Presence::kSwitch;

// clang-format off: one row per key reads best in columns.
constexpr auto kRows = std::to_array<KeyRow>({
  {"gate", kSection, "", "The front door: where clients connect, and what they may send."},
  {"gate.listen", kListens, "127.0.0.1:8443", "Where to listen. One address or a list."},
  {"gate.tls", kSection, "", "TLS for every listener of the gate. Absent: plain HTTP.", kSwitch},
  {"gate.tls.certificate", kMaterial, "", "The server's certificate chain in PEM, its own certificate first.", kNeeded},
  {"gate.tls.key", kSecret, "", "The private key of that certificate in PEM.", kNeeded},
  {"gate.tls.client_ca", kMaterial, "", "Who may issue client certificates. Present: one is requested, and one that is shown must verify. Names of a domain in `identity.spiffe` are left to its bundle."},
  {"gate.tls.require_client", kFlag, "false", "Whether a client without a certificate is turned away."},
  {"gate.tls.minimum", kChoice, "1.2", "The oldest version of TLS that is spoken.", kMay, "1.2|1.3"},
  {"gate.workers", kCount, "0", "Threads that serve. 0: one for each core.", kMay, "", 0, 1024},
  {"gate.pin_workers", kFlag, "true", "Whether each worker stays on a processor of its own, where there are as many workers as processors."},
  {"gate.limits", kSection, "", "What a client may send, hold and take."},
  {"gate.limits.head", kSize, "32KiB", "The request line and all fields.", kMay, "", kKiB, kMiB},
  {"gate.limits.fields", kCount, "100", "Fields of a request.", kMay, "", 1, 1000},
  {"gate.limits.target", kSize, "8KiB", "The path and the query.", kMay, "", 64, kMiB},
  {"gate.limits.body", kSize, "16MiB", "The body of a request.", kMay, "", kKiB, kGiB},
  {"gate.limits.head_timeout", kDuration, "10s", "From the first byte of a request to the end of its fields.", kMay, "", 100, kHour},
  {"gate.limits.idle_timeout", kDuration, "75s", "Between two requests of a connection.", kMay, "", 100, kDay},
  {"gate.limits.body_timeout", kDuration, "30s", "Without any byte of a body that is due.", kMay, "", 100, kHour},
  {"gate.limits.body_min_rate", kSize, "240B", "Bytes a second that a body must bring on average, once body_timeout has passed.", kMay, "", 0, kMiB},
  {"gate.limits.write_timeout", kDuration, "60s", "While a client takes nothing of its answer.", kMay, "", 100, kHour},
  {"gate.limits.connections", kCount, "20000", "Connections at once.", kMay, "", 1, kMillion},
  {"gate.limits.connections_per_address", kCount, "1024", "Connections at once from one address.", kMay, "", 1, kMillion},
  {"gate.limits.h2_streams", kCount, "128", "HTTP/2: requests at once on one connection.", kMay, "", 1, 10'000},
  {"gate.limits.h2_resets", kCount, "200", "HTTP/2: streams reset in 30 s, by either side, before the connection ends.", kMay, "", 1, 100'000},
  {"gate.limits.json_depth", kCount, "64", "Levels of nesting in a JSON body.", kMay, "", 4, 512},
  {"gate.limits.json_members", kCount, "100000", "Members and elements in a JSON body.", kMay, "", 16, 10 * kMillion},
  {"gate.limits.requests_per_minute_per_key", kCount, "6000", "Requests a minute for a key that has no rate of its own; also for an anonymous caller's address.", kMay, "", 1, 100 * kMillion},
  {"gate.limits.burst_per_key", kCount, "200", "Requests that may come at once before that rate applies.", kMay, "", 1, kMillion},
  {"gate.limits.decoded_ratio", kCount, "100", "Decoded bytes for each byte of a compressed answer.", kMay, "", 1, 10'000},
  {"gate.limits.decoded", kSize, "64MiB", "A whole answer, decoded.", kMay, "", kKiB, 4 * kGiB},
  {"gate.limits.sse_event", kSize, "1MiB", "One event of a streamed answer.", kMay, "", kKiB, kGiB},
  {"gate.limits.drain", kDuration, "30s", "How long open requests may take to finish when the gate stops.", kMay, "", 0, kHour},

  {"metrics", kSection, "", "Prometheus metrics, `/healthz` and `/readyz`, on a listener of their own. Absent: none.", kSwitch},
  {"metrics.listen", kListen, "127.0.0.1:9464", "Where to listen."},
  {"telemetry", kSection, "", "OpenTelemetry: traces, metrics and logs to a collector by OTLP over HTTP. Absent: nothing is sent.", kSwitch},
  {"telemetry.endpoint", kUrl, "http://127.0.0.1:4318", "The collector; `/v1/traces`, `/v1/metrics` and `/v1/logs` stand behind it."},
  {"telemetry.tls", kSection, "", "How the collector's certificate is verified. Always for the host in `endpoint`.", kSwitch},
  {"telemetry.tls.ca", kMaterial, "", "Who may have issued it, in PEM. Absent: the system's authorities."},
  {"telemetry.tls.certificate", kMaterial, "", "The certificate chain the gate shows to it, in PEM."},
  {"telemetry.tls.key", kSecret, "", "The private key of that certificate."},
  {"telemetry.headers", kNamed, "", "Fields that go with every export, such as `authorization`, by name."},
  {"telemetry.headers.*.prefix", kText, "", "What stands before the secret in the field, such as `Bearer `."},
  {"telemetry.headers.*.secret", kSecret, "", "The value.", kNeeded},
  {"telemetry.traces", kFlag, "true", "Whether traces are sent, and trace context is continued and passed on."},
  {"telemetry.metrics", kFlag, "true", "Whether the numbers of `/metrics` are sent."},
  {"telemetry.logs", kFlag, "true", "Whether the events of the log are sent."},
  {"telemetry.sample", kShare, "1", "Share of the traces that begin here which is kept. A caller's trace is kept when the caller keeps it."},
  {"telemetry.interval", kDuration, "15s", "How often the metrics are sent.", kMay, "", kSecond, kHour},
  {"telemetry.timeout", kDuration, "10s", "How long the collector may take to answer.", kMay, "", 100, 60 * kSecond},
  {"telemetry.queue", kSize, "8MiB", "What may wait for the collector, for traces and again for logs; the oldest is dropped.", kMay, "", 64 * kKiB, kGiB},
  {"telemetry.resource", kTexts, "", "Attributes of everything that is sent: `deployment.environment.name=production`."},

  {"admin", kSection, "", "The gate's own API (docs/admin-api.json)."},
  {"admin.socket", kPath, "admin.sock", "A unix socket that only its owner may open: whoever does is trusted. This command speaks to a running gate by it."},
  {"admin.listen", kListen, "", "Where to open the API to the network too. Every call there needs a credential and a policy that permits it. Absent: nowhere."},
  {"admin.tls", kSection, "", "TLS for that address. Needed for any but a loopback address.", kSwitch},
  {"admin.tls.certificate", kMaterial, "", "The server's certificate chain in PEM, its own certificate first.", kNeeded},
  {"admin.tls.key", kSecret, "", "The private key of that certificate in PEM.", kNeeded},
  {"admin.tls.client_ca", kMaterial, "", "Who may issue client certificates. Present: one is requested, and one that is shown must verify."},
  {"admin.tls.require_client", kFlag, "false", "Whether a client without a certificate is turned away."},
  {"admin.tls.minimum", kChoice, "1.3", "The oldest version of TLS that is spoken.", kMay, "1.2|1.3"},

  {"state", kText, "sqlite:state.db", "Where keys are kept: `sqlite:PATH`."},
  {"pepper", kSecret, "{file: pepper.key}", "The secret that API keys are hashed with; `sallyport init` makes one."},

  {"identity", kSection, "", "Who may call besides the holders of API keys."},
  {"identity.resource", kUrl, "", "The URL under which clients reach the gate. Present: it tells them under `/.well-known/oauth-protected-resource` who issues tokens (RFC 9728), and with every 401 where that stands. MCP clients need it."},
  {"identity.issuers", kNamed, "", "Issuers of tokens (OpenID Connect, JWT), by a name of your choice: it stands before the names of their users."},
  {"identity.issuers.*.issuer", kUrl, "", "What its tokens say as `iss`, octet by octet; its keys are found through `/.well-known/openid-configuration` there.", kNeeded},
  {"identity.issuers.*.audiences", kTexts, "", "What its tokens may say as `aud`, one of them: the URL of this gate, a client id.", kNeeded},
  {"identity.issuers.*.jwks_url", kText, "", "Where its keys are, where it has no discovery document."},
  {"identity.issuers.*.jwks", kMaterial, "", "Its keys themselves, as a JSON Web Key Set: nobody is asked."},
  {"identity.issuers.*.tls", kSection, "", "How its certificate is verified. Always for the host in the URL.", kSwitch},
  {"identity.issuers.*.tls.ca", kMaterial, "", "Who may have issued it, in PEM. Absent: the system's authorities."},
  {"identity.issuers.*.tls.certificate", kMaterial, "", "The certificate chain the gate shows to it, in PEM."},
  {"identity.issuers.*.tls.key", kSecret, "", "The private key of that certificate."},
  {"identity.issuers.*.subject", kChoice, "user", "Whom a token without `act` speaks of. One with `act` speaks of an agent that acts for a user.", kMay, "user|agent"},
  {"identity.issuers.*.algorithms", kTexts, "", "What tokens may be signed with: RS256, PS256, ES256, ES384, ES512, EdDSA, Ed25519, RS384, RS512, PS384, PS512. Absent: the first seven."},
  {"identity.issuers.*.groups", kText, "groups", "The claim that names groups; dots lead into objects: `realm_access.roles`."},
  {"identity.issuers.*.name", kText, "name", "The claim that names the caller for people."},
  {"identity.issuers.*.session", kText, "sid", "The claim that names the session, which can be revoked."},
  {"identity.issuers.*.events", kText, "", "What its security events (CAEP, by push to the admin API) say as `aud`. Absent: it may send none."},
  {"identity.issuers.*.claims", kTexts, "", "Further claims that policies see, as tags of the caller."},
  {"identity.issuers.*.required", kTexts, "", "Claims that must be there."},
  {"identity.issuers.*.party", kText, "", "What `azp` must say: the client that the token was issued to."},
  {"identity.issuers.*.token", kChoice, "any", "Whether a token must say that it is for access (`typ: at+jwt`, RFC 9068).", kMay, "any|at+jwt"},
  {"identity.issuers.*.leeway", kDuration, "30s", "How far its clock and ours may be apart.", kMay, "", 0, 60 * kSecond},
  {"identity.issuers.*.longest", kDuration, "0s", "How old a token may be since `iat`, whatever it says of its end. `0s`: as old as that says.", kMay, "", 0, kDay},
  {"identity.issuers.*.refresh", kDuration, "10m", "How old its keys may be before they are fetched again.", kMay, "", 10 * kSecond, kDay},
  {"identity.issuers.*.stale", kDuration, "1h", "How old its keys may be while it cannot be reached. Older ones identify nobody.", kMay, "", 60 * kSecond, 7 * kDay},
  {"identity.dpop", kSection, "", "Tokens that are bound to a key of their holder (RFC 9449), who proves with each request that it has it."},
  {"identity.dpop.window", kDuration, "60s", "How far the time in a proof may lie from now.", kMay, "", kSecond, 300 * kSecond},
  {"identity.dpop.nonce", kFlag, "false", "Whether a proof must hold a nonce of the gate, which it tells whoever sends none."},
  {"identity.dpop.origins", kTexts, "", "Where clients reach the gate: `https://gate.example`. A proof is for one of them. Absent: what the request says of its host."},
  {"identity.spiffe", kNamed, "", "SPIFFE trust domains whose workloads the gate knows by their certificates, by name: `example.org`. Needs `gate.tls`."},
  {"identity.spiffe.*.bundle", kPath, "", "The domain's authorities: a file of PEM, or a SPIFFE bundle in JSON. When it changes it is in force for the next handshake; one that cannot be read leaves the one before in force.", kNeeded},
  {"sessions", kSection, "", "What is remembered of a caller from one call to the next: labels of what was called, tools, findings. Policies see it as `context.session`. Gone when the gate stops."},
  {"sessions.idle", kDuration, "1h", "After how long without a call a session is over.", kMay, "", kSecond, 7 * kDay},
  {"sessions.most", kCount, "100000", "Sessions at once that have seen anything; without room for another its calls are refused.", kMay, "", 100, 10 * kMillion},

  {"ledger", kSection, "", "The log of every access and every change: append-only, hashed into a Merkle tree, signed."},
  {"ledger.folder", kPath, "ledger", "Where it lies: files as c2sp.org/tlog-tiles has them, and the journal."},
  {"ledger.origin", kText, "sallyport.local/gate", "The log's name, for ever. One of its own for each log that a witness sees."},
  {"ledger.key", kSecret, "{file: ledger.key}", "The key that signs its checkpoints; `sallyport init` makes one."},
  {"ledger.durability", kChoice, "interval", "When an event counts as recorded: once it outlives the process (`process`, `interval`), or once it is on disk (`every`).", kMay, "process|interval|every"},
  {"ledger.interval", kDuration, "1s", "For `interval`: the longest time until a recorded event is on disk.", kMay, "", 10, 60 * kSecond},
  {"ledger.checkpoint_every", kDuration, "1s", "The longest time until a signed checkpoint covers an event.", kMay, "", 100, kHour},
  {"ledger.when_unwritable", kChoice, "refuse", "While the ledger cannot be written: `refuse` every request, or `serve` and lose events that find no room.", kMay, "refuse|serve"},
  {"ledger.ring", kSize, "2MiB", "Memory for each worker's events on their way to the disk.", kMay, "", 256 * kKiB, kGiB},
  {"ledger.index", kChoice, "on_query", "When the index that `audit query` and `explain` use takes in new events: when they run, or all the time in a thread of the gate.", kMay, "on_query|live"},
  {"ledger.retention", kDuration, "0s", "How long entries are kept; older ones are pruned, as c2sp.org/tlog-tiles has it, and every proof of what is left still holds. `0s`: for ever.", kMay, "", 0, 36'500 * kDay},
  {"ledger.witnesses", kSections, "", "Who cosigns its checkpoints, so that nobody, its operator included, can show another history."},
  {"ledger.witnesses[].url", kUrl, "", "Where its `add-checkpoint` lives (c2sp.org/tlog-witness), without that word.", kNeeded},
  {"ledger.witnesses[].key", kText, "", "Its public key, `NAME+ID+KEY`: `sallyport witness --print-key` tells it.", kNeeded},
  {"ledger.witnesses[].tls", kSection, "", "How its certificate is verified. Always for the host in `url`.", kSwitch},
  {"ledger.witnesses[].tls.ca", kMaterial, "", "Who may have issued it, in PEM. Absent: the system's authorities."},
  {"ledger.witnesses[].tls.certificate", kMaterial, "", "The certificate chain the gate shows to it, in PEM."},
  {"ledger.witnesses[].tls.key", kSecret, "", "The private key of that certificate."},
  {"ledger.witness_quorum", kCount, "0", "How many of them must have cosigned for `sallyport audit verify` to be content.", kMay, "", 0, 64},

  {"capture", kSection, "", "What is kept of the bodies of requests and answers, beside the record. Absent: nothing.", kSwitch},
  {"capture.mode", kChoice, "commitments", "`commitments`: the record commits to every body, so that who has it can prove it. `content`: the bodies are kept too, encrypted.", kMay, "off|commitments|content"},
  {"capture.folder", kPath, "capture", "Where the keys of subjects, and content, are kept."},
  {"capture.key", kSecret, "{file: capture.key}", "The root key that protects those keys; `sallyport init` makes one. Keep a copy elsewhere."},
  {"capture.end_user_field", kText, "", "The request field that names the end user. Absent: the subject of a body is the API key that sent it."},
  {"capture.body", kSize, "64KiB", "Bytes kept of one body.", kMay, "", kKiB, 64 * kMiB},
  {"capture.total", kSize, "1GiB", "All content; the oldest is deleted beyond.", kMay, "", kMiB, 64 * kTiB},
  {"capture.keep", kDuration, "30d", "How long content is kept.", kMay, "", kHour, 3660 * kDay},

  {"log", kSection, "", "What the process tells about itself on stderr."},
  {"log.format", kChoice, "auto", "`auto`: text on a terminal, JSON elsewhere.", kMay, "auto|json|text"},
  {"log.level", kChoice, "info", "The least level that is written.", kMay, "debug|info|warn|error"},

  {"upstreams", kNamed, "", "The model servers, providers and tool servers behind the gate, by a name of your choice."},
  {"upstreams.*.url", kUrl, "", "Where it lives, and the path that stands before every request's own.", kNeeded},
  {"upstreams.*.http", kChoice, "auto", "The version spoken. `auto`: what TLS agrees on, 1.1 without TLS. gRPC without TLS needs `2`.", kMay, "auto|1|2"},
  {"upstreams.*.credential", kSection, "", "The provider's own credential: added here, never seen by a client.", kSwitch},
  {"upstreams.*.credential.header", kText, "authorization", "The field that carries it."},
  {"upstreams.*.credential.prefix", kText, "", "What stands before it in the field. Absent: `Bearer ` in `authorization`, nothing in another."},
  {"upstreams.*.credential.secret", kSecret, "", "The credential.", kNeeded},
  {"upstreams.*.exchange", kSection, "", "A token for each caller: the caller's own is exchanged for one that this upstream takes (OAuth token exchange, RFC 8693), and never goes up itself. A caller without a token is refused.", kSwitch},
  {"upstreams.*.exchange.endpoint", kUrl, "", "The token endpoint of the authorisation server.", kNeeded},
  {"upstreams.*.exchange.client", kText, "", "The client id of the gate there.", kNeeded},
  {"upstreams.*.exchange.secret", kSecret, "", "That client's secret.", kNeeded},
  {"upstreams.*.exchange.authentication", kChoice, "basic", "How the secret is shown: in `Authorization`, or in the form.", kMay, "basic|form"},
  {"upstreams.*.exchange.audience", kText, "", "For whom the token shall be, by the name that the server has for it."},
  {"upstreams.*.exchange.resource", kUrl, "", "The same as a URL (RFC 8707)."},
  {"upstreams.*.exchange.scope", kText, "", "What the token shall allow: words with spaces between."},
  {"upstreams.*.exchange.requested", kChoice, "any", "The kind of token that is asked for.", kMay, "any|access_token|jwt"},
  {"upstreams.*.exchange.actor", kSecret, "", "A token of the gate itself, by which the new token says that the gate acts for the caller."},
  {"upstreams.*.exchange.tls", kSection, "", "How the server's certificate is verified. Always for the host in `endpoint`.", kSwitch},
  {"upstreams.*.exchange.tls.ca", kMaterial, "", "Who may have issued it, in PEM. Absent: the system's authorities."},
  {"upstreams.*.exchange.tls.certificate", kMaterial, "", "The certificate chain the gate shows to it, in PEM."},
  {"upstreams.*.exchange.tls.key", kSecret, "", "The private key of that certificate."},
  {"upstreams.*.tls", kSection, "", "How its certificate is verified. Always for the host in `url`.", kSwitch},
  {"upstreams.*.tls.ca", kMaterial, "", "Who may have issued it, in PEM. Absent: the system's authorities."},
  {"upstreams.*.tls.certificate", kMaterial, "", "The certificate chain the gate shows to it, in PEM."},
  {"upstreams.*.tls.key", kSecret, "", "The private key of that certificate."},
  {"upstreams.*.health", kSection, "", "Whether it is asked from time to time how it does."},
  {"upstreams.*.health.path", kText, "", "What is asked for; any 2xx is healthy. Absent: it is not asked."},
  {"upstreams.*.health.every", kDuration, "5s", "How often.", kMay, "", 100, kHour},
  {"upstreams.*.health.timeout", kDuration, "2s", "How long an answer may take.", kMay, "", 10, 60 * kSecond},
  {"upstreams.*.health.down_after", kCount, "3", "Failures in a row until it is down.", kMay, "", 1, 100},
  {"upstreams.*.health.up_after", kCount, "2", "Successes in a row until it is up again.", kMay, "", 1, 100},
  {"upstreams.*.circuit", kSection, "", "When real requests show that it fails."},
  {"upstreams.*.circuit.failures", kCount, "5", "Failures in a row (no connection, timeout, 502, 503, 504) that open the circuit.", kMay, "", 1, 1000},
  {"upstreams.*.circuit.open", kDuration, "10s", "How long nothing is sent; then one request tries.", kMay, "", 100, kHour},
  {"upstreams.*.timeouts", kSection, "", "How long the gate waits for it."},
  {"upstreams.*.timeouts.connect", kDuration, "5s", "For a connection.", kMay, "", 10, 60 * kSecond},
  {"upstreams.*.timeouts.first_byte", kDuration, "120s", "From the end of the request to the head of the answer.", kMay, "", 100, kHour},
  {"upstreams.*.timeouts.idle", kDuration, "60s", "Between two pieces of an answer.", kMay, "", 100, kHour},
  {"upstreams.*.timeouts.write", kDuration, "30s", "While it takes nothing of the request.", kMay, "", 100, kHour},
  {"upstreams.*.max_outstanding", kCount, "512", "Requests at once, over all threads.", kMay, "", 1, kMillion},
  {"upstreams.*.pool", kSection, "", "Connections to it, for each thread."},
  {"upstreams.*.pool.max_idle", kCount, "64", "Idle connections kept.", kMay, "", 0, 100'000},
  {"upstreams.*.pool.max_connections", kCount, "1024", "Connections at once.", kMay, "", 1, 100'000},
  {"upstreams.*.pool.idle_timeout", kDuration, "60s", "An idle connection is closed after.", kMay, "", 100, kHour},

  {"models", kNamed, "", "The models that clients may name, and who serves them."},
  {"models.*.targets", kSections, "", "Who serves it. The least busy of the best priority gets the request, by weight.", kNeeded},
  {"models.*.targets[].upstream", kText, "", "One of `upstreams`.", kNeeded},
  {"models.*.targets[].model", kText, "", "The model's name there. Absent: the same name."},
  {"models.*.targets[].weight", kCount, "1", "Its share among targets of one priority.", kMay, "", 1, 1000},
  {"models.*.targets[].priority", kCount, "0", "Lower first; the next one only when none of this priority is up.", kMay, "", 0, 1000},
  {"models.*.fallback", kText, "", "Another of `models`, tried when every target failed before an answer began."},
  {"models.*.retries", kCount, "1", "Further attempts, where nothing was read and the request may be repeated.", kMay, "", 0, 10},

  {"routes", kSections, "", "What is served under which path, tried in this order."},
  {"routes[].name", kText, "", "A name for policies, records and keys.", kNeeded},
  {"routes[].prefix", kText, "/", "The path it begins with; removed before the rest is looked at."},
  {"routes[].protocol", kChoice, "", "The API spoken there. `privacy` answers questions about texts itself (docs/privacy.md), and needs that section.", kNeeded, "openai|anthropic|kserve|kserve-grpc|mcp|http|privacy"},
  {"routes[].models", kTexts, "", "For `openai`, `anthropic`, `kserve`, `kserve-grpc`: which of `models` may be named here."},
  {"routes[].upstream", kText, "", "For `mcp` and `http`: the one of `upstreams` that everything goes to."},
  {"routes[].websocket", kFlag, "false", "For `http`: whether an allowed request may become a WebSocket. What passes through one is neither inspected nor committed to, which its event says."},
  {"routes[].identity", kTexts, "", "What must be proved here: one of these, each a proof or several with `+` between: `key`, `certificate`, `dpop`, or one of `identity.issuers`. Absent: what policies ask for."},
  {"routes[].tool_changes", kChoice, "block", "For `mcp`: what becomes of a tool whose description is not the approved one: it is hidden and refused until `sallyport tools approve`, told as an event only, or not looked at.", kMay, "block|report|ignore"},
  {"routes[].audience", kText, "", "What the `aud` of a token must name here, among others: the URL of this resource (RFC 8707). Absent: whatever its issuer's `audiences` allow."},
  {"routes[].attacks", kSection, "", "What is different on this route from `attacks`. For `openai`, `anthropic` and `mcp`; other protocols are looked at only where this stands.", kSwitch},
  {"routes[].attacks.request", kChoice, "", "As `attacks.request`.", kMay, "off|annotate|refuse"},
  {"routes[].attacks.response", kChoice, "", "As `attacks.response`.", kMay, "off|annotate|refuse"},
  {"routes[].attacks.tools", kChoice, "", "As `attacks.tools`.", kMay, "off|annotate|refuse"},
  {"routes[].attacks.false_positives", kSection, "", "As `attacks.false_positives`."},
  {"routes[].attacks.false_positives.system", kShare, "", "As `attacks.false_positives.system`."},
  {"routes[].attacks.false_positives.user", kShare, "", "As `attacks.false_positives.user`."},
  {"routes[].attacks.false_positives.assistant", kShare, "", "As `attacks.false_positives.assistant`."},
  {"routes[].attacks.false_positives.tool", kShare, "", "As `attacks.false_positives.tool`."},
  {"routes[].attacks.false_positives.tool_description", kShare, "", "As `attacks.false_positives.tool_description`."},
  {"routes[].attacks.false_positives.retrieved", kShare, "", "As `attacks.false_positives.retrieved`."},
  {"routes[].attacks.false_positives.unknown", kShare, "", "As `attacks.false_positives.unknown`."},
  {"routes[].attacks.thresholds", kSection, "", "As `attacks.thresholds`."},
  {"routes[].attacks.thresholds.system", kShare, "", "As `attacks.thresholds.system`."},
  {"routes[].attacks.thresholds.user", kShare, "", "As `attacks.thresholds.user`."},
  {"routes[].attacks.thresholds.assistant", kShare, "", "As `attacks.thresholds.assistant`."},
  {"routes[].attacks.thresholds.tool", kShare, "", "As `attacks.thresholds.tool`."},
  {"routes[].attacks.thresholds.tool_description", kShare, "", "As `attacks.thresholds.tool_description`."},
  {"routes[].attacks.thresholds.retrieved", kShare, "", "As `attacks.thresholds.retrieved`."},
  {"routes[].attacks.thresholds.unknown", kShare, "", "As `attacks.thresholds.unknown`."},
  {"routes[].origins", kTexts, "", "For `mcp`: the `Origin` values of browsers that may call. Absent: no browser."},

  {"routes[].outflow", kSection, "", "What is other here than `outflow` says. Present: answers of this route are looked at for all of it, whatever its protocol is.", kSwitch},
  {"routes[].outflow.images", kChoice, "annotate", "As in `outflow`.", kMay, "off|annotate|refuse"},
  {"routes[].outflow.links", kChoice, "annotate", "The same.", kMay, "off|annotate|refuse"},
  {"routes[].outflow.image_hosts", kTexts, "", "The same."},
  {"routes[].outflow.hosts", kTexts, "", "The same."},
  {"routes[].outflow.schemes", kTexts, "", "The same."},
  {"routes[].outflow.canaries", kChoice, "refuse", "The same.", kMay, "off|annotate|refuse"},
  {"routes[].outflow.system_prompt", kChoice, "annotate", "The same.", kMay, "off|annotate|refuse"},
  {"routes[].outflow.code", kChoice, "annotate", "The same.", kMay, "off|annotate"},

  {"policy", kSection, "", "Who may do what: Cedar policies (docs/policy.md). What no policy permits is refused."},
  {"policy.folder", kText, "policies", "The policies as they are written; `sallyport policy activate` puts them in force."},
  {"policy.bundles", kText, "policy-bundles", "The sets that were activated, and the signed record of which is in force."},
  {"policy.key", kText, "policy.key", "The file of the key that signs activations, 64 hexadecimal digits. Read by `policy activate` and its like alone: the gate needs no such file."},
  {"policy.trusted", kTexts, "", "The public keys whose activations count: `NAME+ID+KEY`."},
  {"policy.on_forbid_error", kChoice, "deny", "A `forbid` that cannot be evaluated refuses the call, or is skipped as Cedar does.", kMay, "deny|skip"},

  {"access", kSection, "", "Roles that are granted for a time (docs/access.md)."},
  {"access.roles", kNamed, "", "Roles that may be asked for, by name: `Role::\"NAME\"` to policies. Whom they name: a principal's id, `team:NAME` or `group:ISSUER/NAME`."},
  {"access.roles.*.approvals", kCount, "1", "How many others must approve.", kMay, "", 1, 16},
  {"access.roles.*.approvers", kTexts, "", "Who may approve. Absent: nobody, so that only holders have it."},
  {"access.roles.*.requesters", kTexts, "", "Who may ask. Absent: whoever the gate knows."},
  {"access.roles.*.longest", kDuration, "8h", "How long it may be had at a time.", kMay, "", kSecond, 365 * kDay},
  {"access.roles.*.approve_within", kDuration, "1d", "How long a request waits for its approvals.", kMay, "", kSecond, 365 * kDay},
  {"access.roles.*.break_glass", kFlag, "false", "Whether its holders may take it by themselves, at once: what policies deny is allowed then, but for what a forbid annotated `@hard` denies."},
  {"access.roles.*.holders", kTexts, "", "For `break_glass`: who may, by the principals' ids."},

  {"inspection", kSection, "", "What happens when an inspector finds a secret or a canary."},
  {"inspection.request", kChoice, "refuse", "In a prompt: refuse it, or only note it in the record.", kMay, "refuse|annotate"},
  {"inspection.response", kChoice, "refuse", "In an answer.", kMay, "refuse|annotate"},
  {"inspection.canaries", kSections, "", "Texts of your own that must never pass, such as a line planted in a system prompt."},
  {"inspection.canaries[].name", kText, "", "A name for the finding: `canary:NAME`.", kNeeded},
  {"inspection.canaries[].value", kSecret, "", "The text.", kNeeded},

  {"outflow", kSection, "", "What an answer must not carry out, on routes of `openai` and `anthropic`; of `mcp`, for canaries and words (docs/outflow.md). Absent: nobody looks.", kSwitch},
  {"outflow.images", kChoice, "annotate", "What is fetched without a click (images, frames, style sheets) from a host that is not in `image_hosts`, or with a URL that may carry data: nobody looks, it is told in the record, or the answer ends there.", kMay, "off|annotate|refuse"},
  {"outflow.links", kChoice, "annotate", "The same of what is followed by a click, and `hosts`.", kMay, "off|annotate|refuse"},
  {"outflow.image_hosts", kTexts, "", "From where images may be fetched: `example.com`, `*.example.com` for what is below it, `*` for any. Absent: nowhere."},
  {"outflow.hosts", kTexts, "", "Where links may lead. Absent: anywhere."},
  {"outflow.schemes", kTexts, "", "Schemes of links and images. Absent: https, http, mailto, tel."},
  {"outflow.canaries", kChoice, "refuse", "What `inspection.canaries` plants, in other writings: encoded, spaced, reversed.", kMay, "off|annotate|refuse"},
  {"outflow.system_prompt", kChoice, "annotate", "Much of the request's own system prompt, word by word.", kMay, "off|annotate|refuse"},
  {"outflow.code", kChoice, "annotate", "Commands and code that harm whoever runs them. Whether an answer gives one or warns of it is not told.", kMay, "off|annotate"},
  {"outflow.words", kSections, "", "Words and phrases of your own, found as whole words in any case and writing."},
  {"outflow.words[].name", kText, "", "A name for the finding: `word:NAME`.", kNeeded},
  {"outflow.words[].deny", kTexts, "", "What is found.", kNeeded},
  {"outflow.words[].allow", kTexts, "", "Phrases in which it may stand."},
  {"outflow.words[].in", kChoice, "answer", "Where.", kMay, "answer|request|both"},
  {"outflow.words[].on", kChoice, "annotate", "What becomes of it.", kMay, "annotate|refuse"},
  {"outflow.words[].routes", kTexts, "", "On which routes. Absent: on all of `openai`, `anthropic` and `mcp`, and those with `outflow` of their own."},
  {"attacks", kSection, "", "Attacks on models: orders hidden in documents and answers of tools, jailbreaks, questions for system prompts (docs/attacks.md). Looked for on routes of `openai`, `anthropic` and `mcp`, and on others where `routes[].attacks` says so. Absent: nobody looks but there.", kSwitch},
  {"attacks.request", kChoice, "annotate", "What is said in requests: not looked at, told in the record and to policies, or refused.", kMay, "off|annotate|refuse"},
  {"attacks.response", kChoice, "annotate", "What a model says in answers.", kMay, "off|annotate|refuse"},
  {"attacks.tools", kChoice, "annotate", "What tools answer, what is said of tools, and documents, in requests and answers.", kMay, "off|annotate|refuse"},
  {"attacks.false_positives", kSection, "", "The share of harmless texts that may be taken for attacks, by who speaks. 0: such texts are not looked at."},
  {"attacks.false_positives.system", kShare, "0.001", "System prompts."},
  {"attacks.false_positives.user", kShare, "0.01", "What callers say."},
  {"attacks.false_positives.assistant", kShare, "0.001", "What the model said."},
  {"attacks.false_positives.tool", kShare, "0.01", "What tools answer."},
  {"attacks.false_positives.tool_description", kShare, "0.01", "What the providers of tools say of them."},
  {"attacks.false_positives.retrieved", kShare, "0.01", "Documents, search results, files, resources."},
  {"attacks.false_positives.unknown", kShare, "0.01", "Texts of which the request does not say who speaks."},
  {"attacks.known", kMaterial, "", "Texts that are attacks, whatever the model says: one a line, or JSON with `text` and `label`. Known in whatever writing, and as the greater part of another text."},
  {"attacks.second_opinion", kSection, "", "Another model, which you run, is asked about whole texts that ours is in doubt about, before anything is decided. It is shown them as they came.", kSwitch},
  {"attacks.second_opinion.api", kChoice, "", "What it speaks: OpenAI's chat (Llama Guard, ShieldGemma, Granite Guardian) or moderations, classification as Text Embeddings Inference does it (Prompt Guard), or Azure's Prompt Shields.", kNeeded, "classify|chat|moderation|shields"},
  {"attacks.second_opinion.url", kUrl, "", "Where it is asked: the whole URL, such as `https://guard.example/v1/chat/completions`.", kNeeded},
  {"attacks.second_opinion.model", kText, "", "Its name, where the server has several."},
  {"attacks.second_opinion.prompt", kText, "{text}", "For `chat`: what it is told; `{text}` is the text. In quotes."},
  {"attacks.second_opinion.key", kSecret, "", "A key for the server: `Authorization: Bearer`, for `shields` `Ocp-Apim-Subscription-Key`."},
  {"attacks.second_opinion.from", kShare, "0.3", "Texts with a score from here on are in doubt."},
  {"attacks.second_opinion.until", kShare, "0.95", "Below this; from here on ours is sure."},
  {"attacks.second_opinion.deadline", kDuration, "500ms", "So long it may take.", kMay, "", 1},
  {"attacks.second_opinion.on_failure", kChoice, "keep", "Where no opinion is to be had: ours counts, or the message is refused.", kMay, "keep|refuse"},
  {"attacks.second_opinion.tls", kSection, "", "How the server's certificate is verified.", kSwitch},
  {"attacks.second_opinion.tls.ca", kMaterial, "", "Who may have issued it, in PEM. Absent: the system's authorities."},
  {"attacks.second_opinion.tls.certificate", kMaterial, "", "The certificate chain the gate shows to it, in PEM."},
  {"attacks.second_opinion.tls.key", kSecret, "", "The private key of that certificate."},
  {"attacks.thresholds", kSection, "", "Scores from which on a text is an attack, in place of what `false_positives` says; `sallyport inspect calibrate` tells them of your own texts."},
  {"attacks.thresholds.system", kShare, "", "System prompts."},
  {"attacks.thresholds.user", kShare, "", "What callers say."},
  {"attacks.thresholds.assistant", kShare, "", "What the model said."},
  {"attacks.thresholds.tool", kShare, "", "What tools answer."},
  {"attacks.thresholds.tool_description", kShare, "", "What the providers of tools say of them."},
  {"attacks.thresholds.retrieved", kShare, "", "Documents, search results, files, resources."},
  {"attacks.thresholds.unknown", kShare, "", "Texts of which the request does not say who speaks."},

  {"privacy", kSection, "", "Personal data and secrets in texts: found in both directions, told in the record, and replaced where `replace` says so (docs/privacy.md). Absent: nobody looks.", kSwitch},
  {"privacy.score", kShare, "0.5", "How sure a finding must be, from 0 to 1."},
  {"privacy.replace", kSections, "", "What does not go on as it is; the last entry that names a type decides. Whatever none names goes on, and is told."},
  {"privacy.replace[].types", kTexts, "", "Types as docs/privacy.md lists them, `SECRET` among them; `all` for every type.", kNeeded},
  {"privacy.replace[].with", kChoice, "token", "What stands in its place: a placeholder (`token`), a value of the same form (`fpe`) or of the same type (`synthetic`), of which the answer gets the real one back; its type or `text` (`replace`), asterisks (`mask`), a keyed digest (`hash`), nothing (`redact`); `block`: the text does not go on at all; `keep`: it goes on.", kMay, "token|fpe|synthetic|replace|mask|hash|redact|block|keep"},
  {"privacy.replace[].in", kChoice, "request", "On the way up, in answers, or in both. An answer takes no `token`, `fpe` and `synthetic`: there is nobody who would get the value back.", kMay, "request|answer|both"},
  {"privacy.replace[].text", kText, "", "For `replace`: the text. Absent: the type, `<EMAIL_ADDRESS>`."},
  {"privacy.recognizers", kSections, "", "What is found besides what is built in. Each is tried with its examples when the configuration is read."},
  {"privacy.recognizers[].type", kText, "", "What it finds: `EMPLOYEE_ID`; a built-in type too.", kNeeded},
  {"privacy.recognizers[].patterns", kTexts, "", "Regular expressions (of PCRE, without back references and lookaround), each found by itself."},
  {"privacy.recognizers[].score", kShare, "0.5", "How sure a match of a pattern is; a word of `context` near it adds 0.35."},
  {"privacy.recognizers[].validator", kText, "none", "What a match must pass: luhn, verhoeff, mod97, mod11_10, iban, or a built-in type that a checksum proves, such as UK_NHS."},
  {"privacy.recognizers[].context", kTexts, "", "Words that make a match near them surer."},
  {"privacy.recognizers[].words", kTexts, "", "Words that are found wherever they stand, in any case."},
  {"privacy.recognizers[].matches", kTexts, "", "Texts in which it must find something."},
  {"privacy.recognizers[].non_matches", kTexts, "", "Texts in which it must find nothing."},
  {"privacy.scope", kChoice, "session", "Where a value has one placeholder: in the session of a caller, whose every answer gets it back, or in its team, where only the answer to the request that held it does.", kMay, "session|team"},
  {"privacy.key", kSecret, "{file: privacy.key}", "The key that protects what placeholders stand for; `sallyport init` makes one."},
  {"privacy.vault", kPath, "vault.db", "Where that is kept, each value under a key of whom it is about."},
  {"privacy.keep", kDuration, "1d", "How long a value is kept since it was last sent.", kMay, "", 60 * kSecond, 365 * kDay},
  {"privacy.most", kCount, "10000", "Values in one scope; beyond, a request that brings another is refused.", kMay, "", 1, kMillion},

  {"forward", kSection, "", "Fields that pass besides those a protocol needs."},
  {"forward.request_fields", kTexts, "", "Of a request, on the way up."},
  {"forward.response_fields", kTexts, "", "Of an answer, on the way down."},
});
// clang-format on

// The path without its last part.
constexpr std::string_view parent_of(std::string_view path) {
  const size_t dot = path.rfind('.');
  return dot == std::string_view::npos ? std::string_view{} : path.substr(0, dot);
}

constexpr bool is_structure(KeyType type) {
  return type == kSection || type == kNamed || type == kSections;
}

constexpr bool table_is_sound() {
  for (size_t i = 0; i < kRows.size(); ++i) {
    const KeyRow& row = kRows[i];
    if (row.help.empty() || row.help.back() != '.' || row.least > row.most ||
        (row.type == kChoice) == row.choices.empty() ||
        (is_structure(row.type) && !row.standard.empty())) {
      return false;
    }
    for (size_t j = 0; j < i; ++j) {
      if (kRows[j].path == row.path) {
        return false;
      }
    }
  }
  return true;
}
static_assert(table_is_sound(), "unique paths, help that is a sentence, choices where they belong");

}  // namespace

std::string_view KeyRow::name() const {
  const size_t dot = path.rfind('.');
  return dot == std::string_view::npos ? path : path.substr(dot + 1);
}

std::span<const KeyRow> key_table() {
  return kRows;
}

const KeyRow* find_row(std::string_view path) {
  const auto found =
      std::ranges::find_if(kRows, [&](const KeyRow& row) { return row.path == path; });
  return found == kRows.end() ? nullptr : &*found;
}

std::vector<const KeyRow*> children_of(std::string_view path) {
  std::vector<const KeyRow*> out;
  for (const KeyRow& row : kRows) {
    if (parent_of(row.path) == path) {
      out.push_back(&row);
    }
  }
  return out;
}

std::string content_path(const KeyRow& row) {
  std::string out(row.path);
  if (row.type == kNamed) {
    out += ".*";
  } else if (row.type == kSections) {
    out += "[]";
  }
  return out;
}

std::vector<std::string_view> choices_of(const KeyRow& row) {
  std::vector<std::string_view> out;
  std::string_view rest = row.choices;
  while (!rest.empty()) {
    const size_t bar = rest.find('|');
    out.push_back(rest.substr(0, bar));
    rest.remove_prefix(bar == std::string_view::npos ? rest.size() : bar + 1);
  }
  return out;
}

std::string_view shape_of(KeyType type) {
  switch (type) {
    case kSection:
      return "a map";
    case kNamed:
      return "a map of names";
    case kSections:
      return "a list of maps";
    case kText:
      return "a text";
    case kTexts:
      return "a list of texts";
    case kFlag:
      return "true or false";
    case kCount:
      return "a whole number";
    case kShare:
      return "a share from 0 to 1 such as 0.25";
    case kSize:
      return "a size such as 16MiB";
    case kDuration:
      return "a duration such as 10s";
    case kChoice:
      return "one of its values";
    case kPath:
      return "a path";
    case kListen:
      return "an address such as 127.0.0.1:8443";
    case kListens:
      return "an address such as 127.0.0.1:8443, or a list of them";
    case kUrl:
      return "a URL such as https://host:port/base";
    case kMaterial:
    case kSecret:
      return "a reference: {file: PATH}, {env: NAME} or {credential: NAME}";
  }
  return "";
}

}  // namespace sally::app
