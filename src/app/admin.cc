#include "app/admin.h"

#include <optional>
#include <utility>

#include "base/log.h"

namespace sally::app {
namespace {

// `{"status":"ok","detail":...}` or `{"status":"error","detail":...,"hint":...}`.
std::string answer_of(const Result<std::string>& result) {
  std::string out = result ? R"({"status":"ok","detail":")" : R"({"status":"error","detail":")";
  append_json_escaped(out, result ? *result : result.error().message());
  if (!result && !result.error().hint().empty()) {
    out += R"(","hint":")";
    append_json_escaped(out, result.error().hint());
  }
  return out + "\"}\n";
}

}  // namespace

Task<void> Admin::serve(net::ServerExchange& http) {
  const net::RequestHead& head = http.head();
  std::optional<Result<std::string>> result;
  const std::function<Result<std::string>()>* action = nullptr;
  if (head.method == net::Method::kPost && head.path == "/v1/keys/refresh") {
    action = &actions_.refresh_keys;
  } else if (head.method == net::Method::kPost && head.path == "/v1/config/reload") {
    action = &actions_.reload_config;
  } else if (head.method == net::Method::kPost && head.path == "/v1/outbox/deliver") {
    action = &actions_.deliver_outbox;
  } else if (head.method == net::Method::kGet && head.path == "/v1/status") {
    result.emplace(actions_.status());
  } else {
    result.emplace(Error(ErrorKind::kNotFound, "no such action",
                         "POST /v1/keys/refresh, POST /v1/config/reload, POST /v1/outbox/deliver, "
                         "GET /v1/status"));
  }
  if (action != nullptr) {
    auto run = keeper_.run(loop_, [&result, action] { result.emplace((*action)()); });
    co_await run;
  }
  const std::string body = answer_of(*result);
  net::ResponseHead answer;
  answer.status = result->ok() ? uint16_t{200} : row_of(result->error().kind()).http_status;
  answer.fields.add("content-type", "application/json");
  answer.content_length = body.size();
  [[maybe_unused]] const Result<> sent = co_await http.respond(answer, as_bytes(body));
}

net::Handler::PlainAnswer Admin::refuse_malformed(const ProtocolRefusal& refusal) {
  return {"application/json", answer_of(refusal.error)};
}

}  // namespace sally::app
