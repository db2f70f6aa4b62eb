// Finding an upstream that answers: targets, retries, fallback.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "base/text.h"
#include "gateway/call.h"
#include "gateway/credentials.h"
#include "gateway/fields.h"
#include "gateway/gate.h"
#include "net/until_done.h"

namespace sally::gateway {
namespace {

constexpr int kLongestFallbackChain = 8;

// The path that goes up: the upstream's base path, the operation's path, and the model's name there
// where it stands in the path.
std::string path_for(const Call& call, const Target& target) {
  std::string out = target.upstream->settings.base_path;
  if (call.model_in_path.empty() || target.model.empty()) {
    out.append(call.path);
    return out;
  }
  const auto at = static_cast<size_t>(call.model_in_path.data() - call.path.data());
  out.append(call.path.substr(0, at));
  out.append(target.model);
  out.append(call.path.substr(at + call.model_in_path.size()));
  return out;
}

bool is_trace_context(std::string_view name) {
  return name == "traceparent" || name == "tracestate";
}

void fill_head(const Call& call, const Target& target, Attempt& attempt) {
  const net::RequestHead& from = call.http.head();
  const UpstreamSettings& upstream = target.upstream->settings;
  attempt.path = path_for(call, target);
  net::RequestHead& head = attempt.head;
  head = {};
  head.method = from.method;
  head.scheme = upstream.origin.tls != nullptr ? "https" : "http";
  head.authority = upstream.authority;
  head.path = attempt.path;
  head.query = from.query;
  head.has_body = from.has_body;
  head.te_trailers = from.te_trailers;
  head.wants_upgrade_websocket = from.wants_upgrade_websocket;
  for (const net::Field& field : from.fields) {
    if (call.trace != nullptr && is_trace_context(field.name)) {
      continue;  // the gate is a part of the trace: its own stands in their place
    }
    if (passes_up(call.route->protocol, field.name, call.settings.extra_request_fields)) {
      head.fields.add(field.name, field.value);
    }
  }
  head.fields.add("accept-encoding", "identity");
  head.fields.add("sallyport-id", call.event.id.str());
  if (call.trace != nullptr) {
    head.fields.add("traceparent", attempt.traceparent);
    if (!call.trace->state.empty()) {
      head.fields.add("tracestate", call.trace->state);
    }
  }
  if (upstream.credential) {
    head.fields.add(upstream.credential->header, upstream.credential->value.reveal());
  }
  if (!attempt.authorization.empty()) {
    head.fields.add("authorization", attempt.authorization.reveal());
  }
}

}  // namespace

MonoTime Gate::arrived(const Attempt& attempt) const {
  return std::max(attempt.sent, ports_.loop.turn_time());
}

Task<void> Gate::forward(Call& call) {
  Attempt attempt;
  if (auto refused = co_await attempt_all(call, attempt)) {
    co_await refuse(call, *std::move(refused));
  } else {
    co_await relay(call, attempt);
    if (call.trace != nullptr && call.event.upstream_us > 0) {
      call.trace->end_call(attempt.sent + Micros(call.event.upstream_us));
    }
  }
  call.upstream = nullptr;
}

Task<Gate::Refused> Gate::attempt_all(Call& call, Attempt& attempt) {
  const Model* model = call.model;
  std::optional<Error> last_error;
  for (int hop = 0; hop < kLongestFallbackChain; ++hop) {
    const std::span<const Target> targets = model != nullptr ? model->targets : call.route->targets;
    uint32_t attempts_left = 1 + (model != nullptr ? model->retries : 0);
    uint64_t tried = 0;
    while (attempts_left > 0 && !call.gone && !call.cut) {
      const auto turn = static_cast<uint32_t>(ports_.random.next_u64());
      const size_t index = choose(targets, tried, call.laps.mark(), turn);
      if (index == targets.size()) {
        break;
      }
      tried |= index < 64 ? uint64_t{1} << index : 0;
      const Target& target = targets[index];
      if (call.force->snapshot->parts().upstream_tokens != nullptr) {
        auto token = co_await token_for(call, target.upstream->settings);
        if (!token) {
          // Another upstream would be asked in the name of the same caller.
          co_return upstream_failure(call, std::move(token).error());
        }
        attempt.authorization = *std::move(token);
      }
      attempt.lease = Lease::take(target.upstream, call.laps.mark());
      if (!attempt.lease) {
        continue;  // somebody else took the last place; the target counts as tried
      }
      --attempts_left;
      if (call.event.attempts > 0) {
        call.slot->retries.add();
      }
      Result<> result = co_await attempt_once(call, attempt, target, net::Reuse::kAllowed);
      const bool begun = attempt.exchange != nullptr && attempt.exchange->answer_begun();
      const bool sent = attempt.exchange != nullptr;
      // A pooled connection that died before the answer says nothing about the upstream.
      if (!result && sent && !begun && attempt.exchange->reused() && call.operation->repeatable &&
          !call.gone && !call.cut && result.error().kind() == ErrorKind::kUnavailable) {
        result = co_await attempt_once(call, attempt, target, net::Reuse::kFreshOnly);
      }
      if (result) {
        co_return std::nullopt;
      }
      if (call.gone || call.cut) {
        break;
      }
      const Error error = std::move(result).error();
      if (attempt.lease.failed(call.laps.begin())) {
        ports_.loop.logger().write(
            LogEvent::kUpstreamDown,
            {{"upstream", target.upstream->settings.id.str()}, {"error", error.message()}});
      }
      if (call.trace != nullptr) {
        call.trace->fail_call(error.kind(), call.laps.mark());
      }
      last_error = error;
      const bool may_repeat = attempt.exchange == nullptr ||
                              (!attempt.exchange->answer_begun() && call.operation->repeatable);
      if (!may_repeat || call.body_streams) {
        co_return upstream_failure(call, last_error);
      }
    }
    if (call.gone || call.cut || model == nullptr || model->fallback == nullptr) {
      break;
    }
    Verdicts before = call.verdicts();
    if (authorize(call, model->fallback->id)) {
      call.restore(std::move(before));  // what failed is what was allowed
      break;
    }
    model = model->fallback;
  }
  co_return upstream_failure(call, last_error);
}

Gate::Refused Gate::upstream_failure(Call& call, const std::optional<Error>& error) {
  if (call.cut && !call.gone) {
    return call.cut;
  }
  if (call.gone) {
    return Refusal{
        Stage::kUpstream, ErrorKind::kCancelled, "client", "the client went away", {}, {}};
  }
  if (!error) {
    return Refusal{Stage::kUpstream,
                   ErrorKind::kUnavailable,
                   "upstreams",
                   "no upstream is up with a free place",
                   "one upstream that is up",
                   "see `sallyport_upstream_up` in the metrics"};
  }
  ErrorKind kind = error->kind();
  if (kind != ErrorKind::kTimeout && kind != ErrorKind::kUnavailable) {
    kind = ErrorKind::kUpstream;
  }
  return Refusal{Stage::kUpstream, kind, "upstreams", error->message(), "an answer", error->hint()};
}

Task<Result<Secret>> Gate::token_for(Call& call, const UpstreamSettings& upstream) {
  const UpstreamTokens& tokens = *call.force->snapshot->parts().upstream_tokens;
  const TokenWanted wanted{
      .upstream = upstream.id,
      .principal = *call.principal,
      .subject_token = credentials_of(call.http.head(), call.http.peer()).bearer};
  auto found = tokens.find(wanted, ports_.loop.clock().now());
  if (!found) {
    co_await net::until_done(ports_.loop, [&](std::function<void()> done) {
      tokens.ask(wanted, ports_.loop.clock().now(), std::move(done));
    });
    found = tokens.find(wanted, ports_.loop.clock().now());
  }
  if (!found) {
    co_return Error(ErrorKind::kUnavailable, "no token for this upstream can be had now",
                    "try again later");
  }
  CO_TRY(const auto token, *std::move(found));
  co_return token == nullptr ? Secret() : Secret::take("Bearer " + std::string(token->reveal()));
}

Task<Result<>> Gate::attempt_once(Call& call, Attempt& attempt, const Target& target,
                                  net::Reuse reuse) {
  const UpstreamSettings& upstream = target.upstream->settings;
  call.upstream = nullptr;
  attempt.exchange.reset();
  attempt.target = &target;
  ++call.event.attempts;
  call.event.upstream = upstream.id.str();
  call.event.upstream_model = target.model;
  if (call.trace != nullptr) {
    attempt.traceparent =
        call.trace->begin_call(ports_.random, call.event.upstream, target.model, call.laps.mark());
  }

  if (call.body_streams && target.model != call.facts.model) {
    // Messages that are still to come name the model too, and they pass as they are.
    co_return Error(ErrorKind::kUpstream, "a stream of messages cannot be renamed on its way",
                    "give the model the name that upstream `" + upstream.id.str() + "` has for it");
  }
  CO_TRY(attempt.exchange, co_await ports_.pool.open(upstream.origin, reuse));
  if (call.gone || call.cut) {
    co_return Error(ErrorKind::kCancelled, "nobody waits for the answer");
  }
  call.upstream = attempt.exchange.get();

  fill_head(call, target, attempt);
  ByteView body = call.body;
  const auto edits = edits_for_upstream(*call.operation, call.facts, call.body, target.model);
  if (!edits.empty()) {
    attempt.body = gateway::apply(call.body, edits);
    body = as_bytes(attempt.body);
  }
  attempt.sent = call.laps.begin();
  if (call.body_streams) {
    CO_TRY_OK(co_await attempt.exchange->start(attempt.head));
    CO_TRY_OK(co_await attempt.exchange->write(body));
    co_return ok();  // the answer's head is awaited while the rest of the body goes up
  }
  CO_TRY_OK(co_await attempt.exchange->send(attempt.head, body));
  CO_TRY(attempt.answer, co_await attempt.exchange->receive_head(upstream.first_byte_timeout));
  std::string().swap(attempt.body);  // nobody needs it while the answer streams, maybe for hours
  const int64_t first_byte = micros(arrived(attempt) - attempt.sent);
  call.event.first_byte_us = first_byte;
  call.slot->first_byte.observe(first_byte);
  co_return ok();
}

}  // namespace sally::gateway
