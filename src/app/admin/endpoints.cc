#include "app/admin/endpoint.h"

namespace sally::app {

using formats::JsonWriter;

AdminAnswer answer_with(uint16_t status, const std::function<void(JsonWriter&)>& write) {
  AdminAnswer out{.status = status, .body = {}};
  JsonWriter json(out.body);
  json.begin_object();
  write(json);
  json.end_object();
  json.finish();
  out.body += '\n';
  return out;
}

AdminAnswer answer_with_detail(std::string_view detail) {
  return answer_with(
      200, [&](JsonWriter& json) { json.member("status", "ok").member("detail", detail); });
}

std::vector<Endpoint> all_endpoints() {
  std::vector<Endpoint> out;
  for (const auto& part : {revocation_endpoints(), access_endpoints(), key_endpoints(),
                           event_endpoints(), gate_endpoints()}) {
    out.insert(out.end(), part.begin(), part.end());
  }
  return out;
}

std::vector<Schema> all_schemas() {
  std::vector<Schema> out;
  for (const auto& part :
       {revocation_schemas(), access_schemas(), key_schemas(), event_schemas(), gate_schemas()}) {
    out.insert(out.end(), part.begin(), part.end());
  }
  return out;
}

}  // namespace sally::app
