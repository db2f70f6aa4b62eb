#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "app/config_load.h"
#include "app/config_values.h"
#include "base/text.h"
#include "identity/exchange/exchange_form.h"

namespace sally::app {

void read_exchange(ConfigLoad& in, const std::string& name, const Section& upstream,
                   const std::string& shown_upstream) {
  if (!upstream.has("exchange")) {
    return;
  }
  const Section section = upstream.section("exchange");
  const std::string shown = fmt::format("{}.exchange", shown_upstream);
  identity::ExchangeSettings out;
  out.upstream = name;
  out.trust = fmt::format("exchange:{}", name);  // no issuer has such a name
  out.endpoint = section.text("endpoint");
  const auto url = parse_url(std::string_view(out.endpoint)
                                 .substr(0, std::min(out.endpoint.find('?'), out.endpoint.size())));
  if (out.endpoint.empty()) {
    return;  // told as missing
  }
  if (!url.ok()) {
    in.problem(section.place("endpoint"), shown, url.error());
    return;
  }
  if (!url->tls && !is_local(url->host)) {
    in.problem(section.place("endpoint"),
               fmt::format("`{}` sends the tokens of callers without TLS", shown), "use https://");
    return;
  }
  net::Origin origin;
  in.client_tls(section, shown, url->tls && section.has("tls"), origin);
  if (origin.tls != nullptr) {
    in.config.identity.servers.emplace(out.trust, origin.tls);
  }
  out.client_id = section.text("client");
  out.authentication = section.text("authentication") == "form"
                           ? identity::ClientAuthentication::kForm
                           : identity::ClientAuthentication::kBasic;
  out.audience = section.text("audience");
  out.resource = section.text("resource");
  out.scope = section.text("scope");
  const std::string requested = section.text("requested");
  out.requested_token_type = requested == "jwt"            ? identity::kJwtTokenType
                             : requested == "access_token" ? identity::kAccessTokenType
                                                           : std::string_view();
  auto secret = in.secret(section, "secret");
  auto actor = in.secret(section, "actor");
  if (!secret || (section.has("actor") && !actor)) {
    return;  // told, or not asked for
  }
  out.client_secret = *std::move(secret);
  if (actor) {
    out.actor_token = *std::move(actor);
  }
  in.config.exchanges.push_back(std::make_shared<const identity::ExchangeSettings>(std::move(out)));
}

}  // namespace sally::app
