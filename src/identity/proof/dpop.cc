#include "identity/proof/dpop.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "formats/json/document.h"
#include "identity/proof/http_uri.h"
#include "identity/token/jwk.h"
#include "identity/token/numeric_date.h"

namespace sally::identity {
namespace {

using formats::JsonDocument;
using formats::JsonValue;

constexpr std::string_view kType = "dpop+jwt";
constexpr std::string_view kSeen = "dpop";
constexpr size_t kMaxDepth = 8;
constexpr size_t kMaxMembers = 100;

constexpr std::string_view kInvalidProof = "invalid_dpop_proof";
constexpr std::string_view kUseNonce = "use_dpop_nonce";
constexpr std::string_view kInvalidToken = "invalid_token";

struct FaultRow {
  DpopFault fault;
  std::string_view code;
  std::string_view oauth_error;
  std::string_view words;
};
constexpr std::array<FaultRow, kDpopFaults> kFaults = {{
    {DpopFault::kNotBound, "dpop_not_bound", kInvalidToken,
     "the token is bound to no key, and must be presented as `Bearer`"},
    {DpopFault::kPlainBearer, "dpop_plain_bearer", kInvalidToken,
     "the token is bound to a key, and must be presented as `DPoP` with a proof"},
    {DpopFault::kMissing, "dpop_missing", kInvalidProof, "there is no proof"},
    {DpopFault::kFormat, "dpop_format", kInvalidProof, "the proof is malformed"},
    {DpopFault::kType, "dpop_type", kInvalidProof, "its type is not `dpop+jwt`"},
    {DpopFault::kAlgorithm, "dpop_algorithm", kInvalidProof, "its algorithm is not one to use"},
    {DpopFault::kKey, "dpop_key", kInvalidProof, "it holds no public key to verify it with"},
    {DpopFault::kWrongKey, "dpop_wrong_key", kInvalidToken,
     "the token is bound to another key than the proof's"},
    {DpopFault::kSignature, "dpop_signature", kInvalidProof, "its signature does not verify"},
    {DpopFault::kMethod, "dpop_method", kInvalidProof, "it is for another method"},
    {DpopFault::kTarget, "dpop_target", kInvalidProof, "it is for another URL"},
    {DpopFault::kTime, "dpop_time", kInvalidProof, "it was not made just now"},
    {DpopFault::kToken, "dpop_token", kInvalidProof, "it is for another access token"},
    {DpopFault::kNonce, "dpop_nonce", kUseNonce, "it lacks the nonce that is asked for"},
    {DpopFault::kReplayed, "dpop_replayed", kInvalidProof, "it was used before"},
    {DpopFault::kCannotTell, "dpop_cannot_tell", kInvalidProof,
     "whether it was used before cannot be told now"},
}};

constexpr bool in_order() {
  for (size_t i = 0; i < kFaults.size(); ++i) {
    if (kFaults[i].fault != DpopFault(i)) {
      return false;
    }
  }
  return true;
}
static_assert(in_order());

const FaultRow& row_of(DpopFault fault) {
  return kFaults[static_cast<size_t>(fault)];
}

// What a proof says (RFC 9449, section 4.2). Views into its document.
struct Said {
  std::string_view id;
  std::string_view method;
  std::string_view target;
  std::string_view token;
  std::string_view nonce;
  WallTime issued;
};

DpopRefusal malformed(std::string_view claim) {
  return DpopRefusal(DpopFault::kFormat, fmt::format("`{}`", claim));
}

DpopResult<std::string_view> text_of(const JsonValue& claims, std::string_view name) {
  const auto text = claims.string(name);
  if (!text.ok() || text->empty()) {
    return malformed(name);
  }
  return *text;
}

DpopResult<Said> read_claims(const JsonValue& claims) {
  Said out;
  TRY(out.id, text_of(claims, "jti"));
  if (out.id.size() > Dpop::kMaxId) {
    return malformed("jti");
  }
  TRY(out.method, text_of(claims, "htm"));
  TRY(out.target, text_of(claims, "htu"));
  const auto seconds = claims.number("iat");
  const auto issued = seconds.ok() ? numeric_date(*seconds) : std::nullopt;
  if (!issued) {
    return malformed("iat");
  }
  out.issued = *issued;
  TRY(out.token, text_of(claims, "ath"));
  if (claims.find("nonce")) {
    TRY(out.nonce, text_of(claims, "nonce"));
  }
  return out;
}

std::string digest_of(std::string_view text) {
  return to_base64(crypto::sha256(as_bytes(text)), Base64::kUrl, Padding::kNone);
}

// Without its path, as `https://gate.example`.
Result<std::string> normal_origin(std::string_view origin) {
  const auto normal = normal_http_uri(origin);
  const bool bare = origin.find_first_of("?#") == std::string_view::npos && normal &&
                    normal->find('/', normal->find("://") + 3) + 1 == normal->size();
  if (!bare) {
    return Error(ErrorKind::kUsage,
                 fmt::format("`{}` is not where clients reach a gate", printable(origin)),
                 "write `https://HOST` or `https://HOST:PORT`");
  }
  return normal->substr(0, normal->size() - 1);
}

}  // namespace

std::string_view code_of(DpopFault fault) {
  return row_of(fault).code;
}

std::string_view DpopRefusal::oauth_error() const {
  return row_of(fault_).oauth_error;
}

Error DpopRefusal::to_error() const {
  const FaultRow& row = row_of(fault_);
  return Error(
      fault_ == DpopFault::kCannotTell ? ErrorKind::kUnavailable : ErrorKind::kUnauthenticated,
      fmt::format("the proof of possession is refused (`{}`): {}{}{}", row.code, row.words,
                  detail_.empty() ? "" : ": ", detail_));
}

Result<Dpop> Dpop::create(DpopRules rules, const Secret& nonce_key, store::Counters& seen,
                          const Clock& clock) {
  if (rules.window <= std::chrono::seconds(0) || rules.window > DpopRules::kMostWindow) {
    return Error(ErrorKind::kUsage, "the time window of DPoP proofs is not 1s to 5m");
  }
  if (rules.algorithms.empty()) {
    return Error(ErrorKind::kUsage, "no algorithm is allowed for DPoP proofs");
  }
  for (std::string& origin : rules.origins) {
    TRY(origin, normal_origin(origin));
  }
  return Dpop(std::move(rules), nonce_key, seen, clock);
}

Dpop::Dpop(DpopRules rules, const Secret& nonce_key, store::Counters& seen, const Clock& clock)
    : rules_(std::move(rules)), nonces_(nonce_key), seen_(&seen), clock_(&clock) {
  for (const crypto::SignatureAlgorithm algorithm : rules_.algorithms) {
    algorithms_ += fmt::format("{}{}", algorithms_.empty() ? "" : " ", name_of(algorithm));
  }
}

DpopResult<bool> Dpop::check(const Credentials& credentials,
                             const std::optional<Confirmation>& confirmation, WallTime now) const {
  const std::string_view bound_to =
      confirmation ? std::string_view(confirmation->key) : std::string_view();
  if (credentials.scheme == Credentials::Scheme::kBearer) {
    if (!bound_to.empty()) {
      return DpopRefusal(DpopFault::kPlainBearer);
    }
    return false;
  }
  if (bound_to.empty()) {
    return DpopRefusal(DpopFault::kNotBound);
  }
  TRY_OK(verify(bound_to, credentials, now));
  return true;
}

// RFC 9449, section 4.3, where the numbers of the checks are.
DpopResult<> Dpop::verify(std::string_view bound_to, const Credentials& credentials,
                          WallTime now) const {
  if (credentials.dpop.empty()) {
    return DpopRefusal(DpopFault::kMissing);
  }
  const auto jws = CompactJws::parse(credentials.dpop, kMaxProof);  // 1, 2
  if (!jws.ok()) {
    return DpopRefusal(DpopFault::kFormat, std::string(jws.error().code()));
  }
  TRY_OK(verify_signature(*jws, bound_to));  // 4 to 7, 12b
  const auto document = JsonDocument::parse(
      jws->payload(), {.bytes = kMaxProof, .depth = kMaxDepth, .members = kMaxMembers});
  if (!document.ok()) {
    return malformed("payload");
  }
  TRY(const Said said, read_claims(document->root()));  // 3
  if (said.method != credentials.method) {              // 8
    return DpopRefusal(DpopFault::kMethod);
  }
  TRY_OK(check_target(said.target, credentials));                                // 9
  if (said.issued < now - rules_.window || said.issued > now + rules_.window) {  // 11
    return DpopRefusal(DpopFault::kTime, "`iat`");
  }
  if (said.token != digest_of(credentials.bearer)) {  // 12a
    return DpopRefusal(DpopFault::kToken, "`ath`");
  }
  if (rules_.nonce_required && !nonces_.accepts(said.nonce, now)) {  // 10
    return DpopRefusal(DpopFault::kNonce);
  }
  return use_up(bound_to, said.id);
}

DpopResult<> Dpop::verify_signature(const CompactJws& jws, std::string_view bound_to) const {
  if (!jws.has_type(kType)) {
    return DpopRefusal(DpopFault::kType, "`typ`");
  }
  const auto algorithm = crypto::signature_algorithm(jws.algorithm());
  if (!algorithm || std::ranges::find(rules_.algorithms, *algorithm) == rules_.algorithms.end()) {
    return DpopRefusal(DpopFault::kAlgorithm, "`alg`");
  }
  const auto header = JsonDocument::parse(
      jws.header(), {.bytes = kMaxProof, .depth = kMaxDepth, .members = kMaxMembers});
  const auto json = header.ok() ? header->root().find("jwk") : std::nullopt;
  if (!json) {
    return DpopRefusal(DpopFault::kKey, "`jwk` is missing");
  }
  const auto key = Jwk::parse(*json);
  if (!key.ok()) {
    return DpopRefusal(DpopFault::kKey, key.error().message());
  }
  // An RSA key may name no algorithm: then any of its own will do.
  if (!key->key().serves(*algorithm) || (key->algorithm() && key->algorithm() != algorithm)) {
    return DpopRefusal(DpopFault::kAlgorithm, "`alg`");
  }
  if (key->thumbprint() != bound_to) {
    return DpopRefusal(DpopFault::kWrongKey);
  }
  if (!key->key().verify(*algorithm, as_bytes(jws.signing_input()), jws.signature())) {
    return DpopRefusal(DpopFault::kSignature);
  }
  return Unit{};
}

DpopResult<> Dpop::check_target(std::string_view claimed, const Credentials& request) const {
  const auto normal = normal_http_uri(claimed);
  if (!normal) {
    return malformed("htu");
  }
  const auto is_for = [&](std::string_view origin) {
    return normal_http_uri(fmt::format("{}{}", origin, request.path)) == normal;
  };
  const bool ours = rules_.origins.empty()
                        ? is_for(fmt::format("{}://{}", request.url_scheme, request.authority))
                        : std::ranges::any_of(rules_.origins, is_for);
  if (!ours) {
    return DpopRefusal(DpopFault::kTarget, "`htu`");
  }
  return Unit{};
}

// Last of all, so that only who holds a good token and its key can fill what is remembered. A proof
// is good for two windows at most, from the moment at which it is first seen.
DpopResult<> Dpop::use_up(std::string_view key, std::string_view id) const {
  const auto fresh =
      seen_->insert(kSeen, fmt::format("{}.{}", key, id), 2 * rules_.window, clock_->monotonic());
  if (!fresh.ok()) {
    return DpopRefusal(DpopFault::kCannotTell);
  }
  if (!*fresh) {
    return DpopRefusal(DpopFault::kReplayed, "`jti`");
  }
  return Unit{};
}

NotIdentified Dpop::not_identified(const DpopRefusal& refusal, WallTime now) const {
  return {.error = refusal.to_error(),
          .challenge = fmt::format(R"(DPoP error="{}", error_description="{}", algs="{}")",
                                   refusal.oauth_error(), refusal.code(), algorithms_),
          .dpop_nonce = rules_.nonce_required ? nonces_.current(now) : std::string()};
}

}  // namespace sally::identity
