#include "identity/exchange/exchange_answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "base/encoding.h"
#include "formats/json/document.h"
#include "identity/exchange/exchange_form.h"

namespace sally::identity {
namespace {

using formats::JsonDocument;
using formats::JsonValue;

constexpr size_t kMaxDepth = 8;
constexpr size_t kMaxMembers = 200;
constexpr size_t kMaxErrorCode = 64;
constexpr uint16_t kOk = 200;
constexpr uint16_t kTooManyRequests = 429;
constexpr uint16_t kServerFails = 500;
constexpr int64_t kLongestLife = int64_t{365} * 24 * 3'600;

Error refused(std::string what) {
  return Error(ErrorKind::kUpstream, fmt::format("the token exchange failed: {}", what),
               "look at what its authorisation server logs");
}

// RFC 6750, section 2.1: what stands behind `Bearer`.
bool is_token(std::string_view text) {
  return !text.empty() && text.size() <= ExchangedToken::kMaxBytes &&
         std::ranges::all_of(text, [](char c) {
           const char lower = to_lower(c);
           return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') ||
                  std::string_view("-._~+/=").find(c) != std::string_view::npos;
         });
}

// The `error` of RFC 6749, section 5.2, where it has that form; a description is not repeated.
std::string error_code(const FetchAnswer& answer) {
  const auto document = JsonDocument::parse(
      answer.body, {.bytes = answer.body.size(), .depth = kMaxDepth, .members = kMaxMembers});
  const auto code = document.ok() ? document->root().string("error")
                                  : Result<std::string_view>(std::string_view());
  const bool plain = code.ok() && !code->empty() && code->size() <= kMaxErrorCode &&
                     std::ranges::all_of(*code, [](char c) {
                       return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
                     });
  return plain ? fmt::format(" (`{}`)", *code) : std::string();
}

Result<> check_types(const JsonValue& root, std::string_view requested) {
  const auto issued = root.string("issued_token_type");
  const bool fits =
      issued.ok() && (requested.empty() ? *issued == kAccessTokenType || *issued == kJwtTokenType
                                        : *issued == requested);
  if (!fits) {
    return refused("the token is of another type than asked for");
  }
  const auto use = root.string("token_type");
  if (!use.ok() || !equal_ignoring_case(*use, "bearer")) {
    return refused("the token is none to be sent as `Bearer`");
  }
  return ok();
}

Result<std::optional<std::chrono::seconds>> life_of(const JsonValue& root) {
  const auto value = root.find("expires_in");
  if (!value) {
    return std::optional<std::chrono::seconds>();
  }
  const auto seconds = value->as_int64();
  if (!seconds.ok() || *seconds <= 0 || *seconds > kLongestLife) {
    return refused("`expires_in` is no time");
  }
  return std::optional(std::chrono::seconds(*seconds));
}

}  // namespace

Result<ExchangedToken> read_exchange_answer(const FetchAnswer& answer,
                                            std::string_view requested_type,
                                            std::string_view subject_token) {
  if (answer.status >= kServerFails || answer.status == kTooManyRequests) {
    return Error(ErrorKind::kUnavailable,
                 fmt::format("the token exchange failed: its server answered {}", answer.status),
                 "try again later");
  }
  if (answer.status != kOk) {
    return refused(fmt::format("its server answered {}{}", answer.status, error_code(answer)));
  }
  const auto document = JsonDocument::parse(
      answer.body, {.bytes = answer.body.size(), .depth = kMaxDepth, .members = kMaxMembers});
  if (!document.ok() || !document->root().is_object()) {
    return refused("the answer is no strict JSON object");
  }
  const JsonValue root = document->root();
  TRY_OK(check_types(root, requested_type));
  const auto token = root.string("access_token");
  if (!token.ok() || !is_token(*token)) {
    return refused("the answer holds no token");
  }
  if (*token == subject_token) {
    return refused("its server gave the caller's own token back");
  }
  ExchangedToken out{.token = Secret(*token), .life = std::nullopt};
  TRY(out.life, life_of(root));
  return out;
}

}  // namespace sally::identity
