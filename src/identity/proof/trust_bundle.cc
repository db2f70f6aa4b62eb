#include "identity/proof/trust_bundle.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "formats/json/document.h"

namespace sally::identity {
namespace {

using formats::JsonDocument;
using formats::JsonValue;

constexpr size_t kMaxDepth = 8;
constexpr size_t kMaxMembers = 20'000;
constexpr size_t kLine = 64;  // RFC 7468, section 2
constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
constexpr std::string_view kEnd = "-----END CERTIFICATE-----";

Error refused(std::string what) {
  return Error(ErrorKind::kInvalidInput, std::move(what),
               "a bundle is PEM, or JSON as `spire-server bundle show -format spiffe` prints it");
}

// A certificate in standard base64, as PEM.
Result<> append_pem(std::string& out, const JsonValue& text) {
  TRY(const std::string_view base64, text.as_string());
  if (!from_base64(base64, Base64::kStandard, Padding::kRequired) || base64.empty()) {
    return refused(fmt::format("`{}` is no base64", text.path()));
  }
  out += fmt::format("{}\n", kBegin);
  for (size_t at = 0; at < base64.size(); at += kLine) {
    out += fmt::format("{}\n", base64.substr(at, kLine));
  }
  out += fmt::format("{}\n", kEnd);
  return ok();
}

Result<std::string> read_json(std::string_view text) {
  TRY(const JsonDocument document,
      JsonDocument::parse(text,
                          {.bytes = kMaxTrustBundle, .depth = kMaxDepth, .members = kMaxMembers}));
  TRY(const JsonValue keys, document.root().member("keys"));
  TRY_OK(keys.as_array());
  std::string out;
  for (const JsonValue key : keys) {
    TRY_OK(key.as_object());
    const auto use = key.find("use");
    const auto use_text = use ? use->as_string() : Result<std::string_view>(std::string_view());
    if (!use_text.ok() || *use_text != "x509-svid") {
      continue;
    }
    TRY(const JsonValue chain, key.member("x5c"));
    TRY_OK(chain.as_array());
    if (chain.size() != 1) {
      return refused(fmt::format("`{}` is not one certificate", chain.path()));
    }
    TRY_OK(append_pem(out, *chain.begin()));
  }
  if (out.empty()) {
    return refused("the bundle has no authority of X.509-SVIDs");
  }
  return out;
}

}  // namespace

Result<std::string> read_trust_bundle(std::string_view text) {
  if (text.size() > kMaxTrustBundle) {
    return Error(ErrorKind::kTooLarge, "the bundle is larger than 4 MiB");
  }
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && text[first] == '{') {
    auto read = read_json(text);
    return read.ok() || read.error().kind() == ErrorKind::kInvalidInput
               ? read
               : refused(read.error().message());
  }
  if (text.find(kBegin) == std::string_view::npos) {
    return refused("the bundle holds no certificate");
  }
  return std::string(text);
}

}  // namespace sally::identity
