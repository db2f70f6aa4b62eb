#include "gateway/credentials.h"

#include "base/encoding.h"

namespace sally::gateway {
namespace {

// What stands behind `scheme` and a space; nothing where the field is of another scheme.
std::optional<std::string_view> after_scheme(std::string_view value, std::string_view scheme) {
  if (value.size() > scheme.size() + 1 && value[scheme.size()] == ' ' &&
      equal_ignoring_case(value.substr(0, scheme.size()), scheme)) {
    return value.substr(scheme.size() + 1);
  }
  return std::nullopt;
}

}  // namespace

Credentials credentials_of(const net::RequestHead& head, const net::Peer& peer) {
  const net::Fields& fields = head.fields;
  Credentials out;
  out.certificate = peer.client_certificate;
  out.method = net::name_of(head.method);
  out.url_scheme = peer.tls ? "https" : "http";
  out.authority = head.authority;
  out.path = head.path;
  if (const auto value = fields.find("authorization")) {
    if (const auto proved = after_scheme(*value, "dpop")) {
      out.scheme = Credentials::Scheme::kDpop;
      out.bearer = *proved;
    } else {
      // Without a scheme no credential has this form: the identifier says so.
      out.bearer = after_scheme(*value, "bearer").value_or(*value);
    }
  }
  if (fields.count("dpop") > 1) {
    out.dpop = "several";  // RFC 9449, 4.3: exactly one; no proof has this form
  } else if (const auto value = fields.find("dpop")) {
    out.dpop = *value;
  }
  for (const std::string_view name : {"x-api-key", "api-key"}) {
    if (const auto value = fields.find(name)) {
      out.api_key = *value;
    }
  }
  return out;
}

}  // namespace sally::gateway
