#include "app/config_load.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "app/config_values.h"
#include "base/text.h"

namespace sally::app {
namespace {

// What frames a message.
constexpr std::array<std::string_view, 10> kFramingFields = {
    "connection", "content-encoding", "content-length",    "expect", "host", "keep-alive",
    "te",         "trailer",          "transfer-encoding", "upgrade"};
static_assert(std::ranges::is_sorted(kFramingFields));

bool is_field_value(std::string_view value) {
  return !value.empty() && std::ranges::all_of(value, [](char c) { return c >= ' ' && c < 0x7F; });
}

}  // namespace

ConfigLoad::ConfigLoad(const YamlNode& root, const std::string& path,
                       const ConfigContext& context_of, Problems& into)
    : top(root),
      context(context_of),
      references(std::filesystem::path(path).parent_path().string(), context_of.outside),
      problems(into) {
  config.path = path;
  for (const auto& [name, section] : top.named("upstreams")) {
    upstream_names.push_back(name.text);
  }
  for (const auto& [name, section] : top.named("models")) {
    model_names.push_back(name.text);
  }
  for (const Section& route : top.sections("routes")) {
    route_names.push_back(route.text("name"));
  }
}

void ConfigLoad::problem(Place place, std::string message, std::string hint) {
  problems.add(place, std::move(message), std::move(hint));
}

void ConfigLoad::problem(Place place, std::string_view what, const Error& error) {
  problems.add(place, fmt::format("{}: {}", what, error.message()), error.hint());
}

bool ConfigLoad::refer(Place place, std::string_view what, std::string_view name,
                       const std::vector<std::string>& known) {
  if (std::ranges::find(known, name) != known.end()) {
    return true;
  }
  const std::vector<std::string_view> views(known.begin(), known.end());
  const std::string_view close = nearest(name, views);
  problem(place,
          close.empty()
              ? fmt::format("no {} `{}`", what, printable(name))
              : fmt::format("no {} `{}`; did you mean `{}`?", what, printable(name), close),
          close.empty() ? known.empty() ? fmt::format("there is no {} in this file", what)
                                        : fmt::format("there is: {}", fmt::join(known, ", "))
                        : "");
  return false;
}

std::optional<net::ListenAddress> ConfigLoad::address(const std::string& text, Place place) {
  constexpr std::string_view kUnix = "unix:";
  const bool is_unix = text.starts_with(kUnix) && text.size() > kUnix.size();
  auto parsed = net::parse_listen_address(
      is_unix ? fmt::format("{}{}", kUnix, references.resolve(text.substr(kUnix.size()))) : text);
  if (!parsed.ok()) {
    problem(place, "listen", parsed.error());
    return std::nullopt;
  }
  return *std::move(parsed);
}

std::optional<Secret> ConfigLoad::secret(const Section& section, std::string_view key) {
  const auto reference = section.reference(key);
  if (!reference || context.reading != Reading::kAll) {
    return std::nullopt;
  }
  auto value = references.secret(*reference);
  if (!value.ok()) {
    problem(reference->place, key, value.error());
    return std::nullopt;
  }
  return *std::move(value);
}

std::string ConfigLoad::material(const Section& section, std::string_view key) {
  const auto reference = section.reference(key);
  if (!reference || context.reading != Reading::kAll) {
    return {};
  }
  auto value = references.material(*reference);
  if (!value.ok()) {
    problem(reference->place, key, value.error());
    return {};
  }
  return *std::move(value);
}

std::optional<Secret> ConfigLoad::field_secret(const Section& section, std::string_view prefix,
                                               const std::string& shown) {
  const auto value = secret(section, "secret");
  if (!value) {
    return std::nullopt;
  }
  if (!is_field_value(fmt::format("{}x", prefix)) || !is_field_value(value->reveal())) {
    problem(section.place("secret"),
            fmt::format("`{}` holds more than one line of plain text", shown));
    return std::nullopt;
  }
  std::string whole(prefix);
  whole += value->reveal();
  return Secret::take(std::move(whole));
}

Secret ConfigLoad::key(const Section& section, std::string_view name) {
  const auto reference = section.reference(name);
  if (!reference) {
    return {};
  }
  auto value = references.key(*reference);
  if (!value.ok()) {
    problem(reference->place, name, value.error());
    return {};
  }
  return *std::move(value);
}

void ConfigLoad::client_tls(const Section& section, const std::string& shown, bool wanted,
                            net::Origin& origin) {
  const Section tls = section.section("tls");
  if (!wanted) {
    if (section.has("tls")) {
      problem(section.place("tls"), fmt::format("`{}.tls` with an http:// URL", shown),
              "write https:// in `url`, or remove `tls`");
    }
    return;
  }
  if (tls.has("certificate") != tls.has("key")) {
    problem(tls.place(), fmt::format("`{}.tls`: `certificate` and `key` go together", shown));
    return;
  }
  const std::string ca = material(tls, "ca");
  const std::string chain = material(tls, "certificate");
  const auto own_key = secret(tls, "key");
  if ((tls.has("ca") && ca.empty()) || (tls.has("certificate") && (chain.empty() || !own_key)) ||
      context.reading != Reading::kAll) {
    return;
  }
  std::vector<std::string> alpn;
  if (origin.http != net::UpstreamHttp::kHttp1) {
    alpn.emplace_back("h2");
  }
  if (origin.http != net::UpstreamHttp::kHttp2) {
    alpn.emplace_back("http/1.1");
  }
  auto made = crypto::TlsClientContext::create({.ca_pem = ca,
                                                .certificate_chain_pem = chain,
                                                .private_key_pem = own_key ? &*own_key : nullptr,
                                                .least = crypto::TlsVersion::kTls12,
                                                .alpn = std::move(alpn)});
  if (!made.ok()) {
    problem(tls.place(), fmt::format("{}.tls", shown), made.error());
    return;
  }
  origin.tls = *std::move(made);
}

bool is_plain_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

bool may_hold_credential(std::string_view field) {
  return is_field_name(field) && !std::ranges::binary_search(kFramingFields, field);
}

bool is_local(std::string_view host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

std::vector<std::string> plain(const std::vector<PlacedText>& texts) {
  std::vector<std::string> out;
  for (const PlacedText& text : texts) {
    out.push_back(text.text);
  }
  return out;
}

}  // namespace sally::app
