// Bringing the answer back: whole documents, event streams, bytes, tunnels.
#include <fmt/format.h>

#include <coroutine>
#include <utility>

#include "base/text.h"
#include "formats/sse.h"
#include "gateway/call.h"
#include "gateway/fields.h"
#include "gateway/gate.h"
#include "gateway/protocol/grpc_scan.h"
#include "gateway/protocol/mcp_lists.h"

namespace sally::gateway {
namespace {

constexpr size_t kMostPending = 256 * 1024;  // bytes of a stream that may wait for an inspector
// The same where texts are rewritten: the arguments of a tool wait until they are whole.
constexpr size_t kMostPendingRewritten = 8 * 1024 * 1024;
constexpr size_t kMostLanes = 1024;

// Why the answer of `call` ends with `error`.
Refusal broken(const Call& call, const Error& error) {
  if (call.cut) {
    return *call.cut;
  }
  if (error.kind() == ErrorKind::kDenied) {  // only what rewrites an answer says so
    return Refusal{Stage::kResponse, error.kind(), "privacy", error.message(), {}, error.hint()};
  }
  return Refusal{Stage::kUpstream,
                 error.kind() == ErrorKind::kTimeout ? ErrorKind::kTimeout : ErrorKind::kUpstream,
                 "upstreams",
                 error.message(),
                 "a complete answer",
                 error.hint()};
}

bool counts_as_failure(uint16_t status) {
  return status == 502 || status == 503 || status == 504;
}

// The answer's head as the client gets it.
net::ResponseHead head_for_client(const Call& call, const net::ResponseHead& from) {
  net::ResponseHead head;
  head.status = from.status;
  for (const net::Field& field : from.fields) {
    if (passes_down(call.route->protocol, field.name, call.settings.extra_response_fields)) {
      head.fields.add(field.name, field.value);
    }
  }
  head.fields.add("sallyport-id", call.event.id.str());
  return head;
}

// Whether an MCP server answers in a form in which nobody looks for lists, though a client may read
// it: neither JSON nor events. What is no success, and what has no body, is read by no client.
bool hides_lists(const Call& call, const net::ResponseHead& answer) {
  constexpr uint16_t kAccepted = 202;
  constexpr uint16_t kNoContent = 204;
  return call.route->protocol == Protocol::kMcp &&
         call.http.head().method != net::Method::kDelete && answer.status < 300 &&
         answer.status != kAccepted && answer.status != kNoContent && answer.content_length != 0U;
}

void settle_usage(Call& call, const Usage& usage, size_t answer_text) {
  AccessEvent& event = call.event;
  if (!call.operation->names_model ||
      (call.route->protocol != Protocol::kOpenAi && call.route->protocol != Protocol::kAnthropic)) {
    return;
  }
  event.tokens_estimated = !usage.input || !usage.output;
  event.input_tokens = usage.input.value_or(estimate_tokens(call.facts.text_bytes));
  event.output_tokens = usage.output.value_or(estimate_tokens(answer_text));
}

// The upward half of a tunnel or of a full-duplex call, and its end.
struct Pump {
  bool done = false;
  std::coroutine_handle<> waiter;

  struct Done {
    Pump& pump;
    [[nodiscard]] bool await_ready() const { return pump.done; }
    void await_suspend(std::coroutine_handle<> handle) { pump.waiter = handle; }
    void await_resume() const {}
  };
};

// Relays what the client sends until it ends. With a guard (a gRPC stream) the end is passed on,
// and a message that names another model than the one that was authorised cuts the call; without (a
// tunnel) the end of one side is the end of both. The call, the exchange, the guard and the pump
// outlive this task: the downward half waits for `done`.
Task<void> pump_up(Call& call, net::ClientExchange& to, GrpcModelGuard* guard, Pump& pump) {
  for (;;) {
    auto piece = co_await call.http.next_body();
    if (!piece || piece->empty()) {
      if (piece && guard != nullptr) {
        [[maybe_unused]] const Result<> finished = co_await to.finish(net::Fields());
      } else {
        to.cancel();
      }
      break;
    }
    call.event.request_bytes += piece->size();
    call.keep(Direction::kRequest, *piece);
    if (guard != nullptr) {
      if (const Result<> same = guard->feed(as_text(*piece)); !same) {
        call.cut_off({Stage::kPolicy, same.error().kind(), "first message", same.error().message(),
                      "the model of the first message", same.error().hint()});
        break;
      }
    }
    if (const Result<> written = co_await to.write(*piece); !written) {
      break;
    }
  }
  pump.done = true;
  if (pump.waiter) {
    pump.waiter.resume();
  }
}

}  // namespace

Task<void> Gate::relay(Call& call, Attempt& attempt) {
  if (call.body_streams || call.http.head().wants_upgrade_websocket) {
    co_await relay_tunnel(call, attempt);
    co_return;
  }
  const net::ResponseHead& answer = *attempt.answer;
  call.event.upstream_status = answer.status;
  if (counts_as_failure(answer.status) ? attempt.lease.failed(now()) : attempt.lease.succeeded()) {
    ports_.loop.logger().write(
        counts_as_failure(answer.status) ? LogEvent::kUpstreamDown : LogEvent::kUpstreamUp,
        {{"upstream", call.event.upstream}, {"status", answer.status}});
  }
  if (answer.status == 401 && attempt.lease.upstream().settings.credential) {
    // The gate's own credential was refused. What the upstream says of it is not for the client.
    co_await refuse(call, Refusal{Stage::kUpstream, ErrorKind::kUpstream, "upstreams.credential",
                                  "the upstream refused the gate's credential",
                                  "a credential that the upstream accepts",
                                  "check `credential` of upstream `" + call.event.upstream + "`"});
    co_return;
  }
  const auto type = answer.fields.find("content-type").value_or("");
  const BodyKind kind = call.operation->request_body;
  if (media_type_is(type, "text/event-stream")) {
    co_await relay_events(call, attempt);
  } else if (is_json(type) && kind != BodyKind::kGrpc && kind != BodyKind::kKserve) {
    co_await relay_document(call, attempt);
  } else if (is_json(type) && kind == BodyKind::kKserve &&
             !answer.fields.find("inference-header-content-length")) {
    co_await relay_document(call, attempt);
  } else if (kind == BodyKind::kJson && type.empty()) {
    co_await relay_document(call, attempt);
  } else if (hides_lists(call, answer)) {
    co_await refuse(call, Refusal{Stage::kResponse,
                                  ErrorKind::kUpstream,
                                  "content-type",
                                  "the answer is `" + call.quote(type) + "`",
                                  "JSON or server-sent events",
                                  {}});
  } else if (kind == BodyKind::kJson && !is_text(type)) {
    // These protocols answer in JSON, events or text. Another label must not carry an answer past
    // the inspectors.
    co_await refuse(call, Refusal{Stage::kResponse,
                                  ErrorKind::kUpstream,
                                  "content-type",
                                  "the answer is `" + call.quote(type) + "`",
                                  "JSON, server-sent events or text",
                                  {}});
  } else {
    co_await relay_bytes(call, attempt);
  }
}

// The whole body, decoded.
Task<Result<>> Gate::collect(Call& call, Attempt& attempt, std::string& body) {
  const RequestLimits& limits = call.settings.limits;
  const Millis timeout = attempt.lease.upstream().settings.idle_timeout;
  CO_TRY(auto decoder,
         formats::Decoder::open(attempt.answer->fields.find("content-encoding").value_or(""),
                                {limits.decoded_ratio, limits.decoded_bytes}));
  for (;;) {
    CO_TRY(const ByteView piece, co_await attempt.exchange->next_body(timeout));
    if (piece.empty()) {
      CO_TRY_OK(decoder.finish());
      break;
    }
    CO_TRY_OK(decoder.decode(piece, body));
    if (body.size() > limits.decoded_bytes) {
      co_return Error(ErrorKind::kUpstream,
                      fmt::format("the answer is larger than {} bytes", limits.decoded_bytes));
    }
  }
  co_return ok();
}

Task<void> Gate::relay_document(Call& call, Attempt& attempt) {
  AccessEvent& event = call.event;
  std::string storage;
  ByteView body;
  const bool encoded = attempt.answer->fields.find("content-encoding").has_value();
  if (const auto whole = encoded ? std::nullopt : attempt.exchange->whole_body()) {
    body = *whole;
  } else {
    if (const Result<> collected = co_await collect(call, attempt, storage); !collected) {
      co_await refuse(call, broken(call, collected.error()));
      co_return;
    }
    body = as_bytes(storage);
  }
  event.upstream_us = micros(arrived(attempt) - attempt.sent);
  call.slot->stages[static_cast<size_t>(Timed::kUpstream)].observe(event.upstream_us);

  if (call.route->protocol == Protocol::kMcp) {
    Result<bool> lists = has_lists(as_text(body), call.settings.limits.json);
    if (lists && *lists) {
      if (storage.empty()) {
        storage = as_text(body);  // the upstream may be called off while the list is looked at
      }
      auto visible = co_await show_lists(call, storage);
      if (visible) {
        storage = *std::move(visible);
        body = as_bytes(storage);
      } else {
        lists = visible.error();
      }
    }
    if (!lists) {
      co_await refuse(call, broken(call, lists.error()));
      co_return;
    }
  }
  const size_t findings_before = event.findings.size();
  if (!body.empty()) {
    call.laps.begin();
    Result<AnswerFacts> facts = AnswerFacts();
    std::optional<std::string> changed;
    std::vector<Doubtful> doubts;
    const auto read = [&call, &facts, &changed, &doubts, body] {
      InspectingVisitor visitor(call.watch_whole(), Direction::kResponse, call.event.findings);
      facts = read_answer(*call.operation, body, call.settings.limits.json, visitor);
      if (!facts) {
        return;
      }
      if (visitor.error()) {
        facts = *visitor.error();
        return;
      }
      if (visitor.changes()) {
        changed = gateway::apply(body, visitor.edits());
      }
      doubts = visitor.take_doubts();
      call.keep(Direction::kResponse, changed ? as_bytes(*changed) : body);
    };
    if (!call.is_long(body.size())) {
      read();
    } else {
      auto run = ports_.work.run(ports_.loop, read);
      if (const Result<> ran = co_await run; !ran) {
        facts = ran.error();
      }
    }
    call.laps.end(Timed::kInspection, *call.slot);
    if (!facts) {
      drop_suspected(event.findings);
      event.response_coverage = Coverage::kPartial;
      co_await refuse(call, broken(call, facts.error()));
      co_return;
    }
    if (changed) {
      storage = *std::move(changed);
      body = as_bytes(storage);
    }
    if (!doubts.empty()) {
      if (storage.empty()) {
        storage = as_text(body);  // the upstream may be called off while another model is asked
        body = as_bytes(storage);
      }
      Refused refused = co_await settle_doubts(call, Direction::kResponse, std::move(doubts));
      if (refused) {
        co_await refuse(call, *std::move(refused));
        co_return;
      }
    }
    event.response_coverage = call.watch().anybody() ? Coverage::kFull : Coverage::kSkipped;
    if (attempt.answer->status < 300) {
      settle_usage(call, facts->usage, facts->text_bytes);
    }
  }
  if (event.findings.size() > findings_before) {
    Refused refused = judge_findings(call, Direction::kResponse, findings_before);
    if (!refused) {
      refused =
          authorize(call, call.model == nullptr ? ModelId() : call.model->id, Direction::kResponse);
    }
    if (refused) {
      co_await refuse(call, *std::move(refused));
      co_return;
    }
  }
  if (call.cut) {
    co_await refuse(call, *call.cut);
    co_return;
  }
  event.outcome = Outcome::kAllowed;
  event.status = attempt.answer->status;
  event.response_bytes = body.size();
  if (const Result<> recorded = co_await record(call); !recorded) {
    co_await refuse(call, not_recorded(recorded.error()));
    co_return;
  }
  net::ResponseHead head = head_for_client(call, *attempt.answer);
  head.content_length = body.size();
  [[maybe_unused]] const Result<> sent = co_await call.http.respond(head, body);
}

// Ends a streamed answer: with the protocol's own error where there is a reason, then the record,
// then the end of the stream, so that a complete answer is always a recorded one.
Task<void> Gate::end_stream(Call& call, Attempt& attempt, Refused why) {
  AccessEvent& event = call.event;
  event.upstream_us = micros(now() - attempt.sent);
  call.slot->stages[static_cast<size_t>(Timed::kUpstream)].observe(event.upstream_us);
  event.status = attempt.answer == nullptr ? uint16_t{200} : attempt.answer->status;
  event.outcome = call.gone                        ? Outcome::kCancelled
                  : !why                           ? Outcome::kAllowed
                  : why->stage == Stage::kUpstream ? Outcome::kFailed
                                                   : Outcome::kRefused;
  std::string last_words;
  if (why) {
    last_words = render_stream_error(*call.operation, client_message(*why), event.id.str());
    event.refusal = std::move(why);
    attempt.exchange->cancel();
  }
  const Result<> recorded = co_await record(call);
  if (call.gone || !recorded) {
    call.http.abort();
    co_return;
  }
  if (!last_words.empty()) {
    if (const Result<> sent = co_await call.http.write(as_bytes(last_words)); !sent) {
      co_return;
    }
  }
  [[maybe_unused]] const Result<> finished = co_await call.http.finish(net::Fields());
}

Task<void> Gate::relay_events(Call& call, Attempt& attempt) {
  AccessEvent& event = call.event;
  const RequestLimits& limits = call.settings.limits;
  const Millis timeout = attempt.lease.upstream().settings.idle_timeout;
  event.stream = true;
  event.response_coverage = Coverage::kPartial;
  auto decoder =
      formats::Decoder::open(attempt.answer->fields.find("content-encoding").value_or(""),
                             {limits.decoded_ratio, limits.decoded_bytes});
  if (!decoder) {
    co_await refuse(call, broken(call, decoder.error()));
    co_return;
  }
  if (const Result<> started = co_await call.http.start(head_for_client(call, *attempt.answer));
      !started) {
    call.gone = true;
    co_await end_stream(call, attempt, std::nullopt);
    co_return;
  }

  formats::SseParser parser(limits.sse_event_bytes);
  const auto reader = open_stream(*call.operation, call.facts, limits.json);
  EventWindow window(call.watch(), Direction::kResponse, event.findings,
                     call.rewriting == nullptr ? kMostPending : kMostPendingRewritten, kMostLanes);
  std::vector<Delta> deltas;
  std::string decoded;
  std::string ready;
  Refused why;
  size_t judged = event.findings.size();

  const auto judge = [&]() {
    if (event.findings.size() > judged) {
      why = judge_findings(call, Direction::kResponse, judged);
      judged = event.findings.size();
      if (!why) {
        why = authorize(call, call.model == nullptr ? ModelId() : call.model->id,
                        Direction::kResponse);
      }
    }
  };
  InspectingVisitor aside({.inspectors = call.inspectors()}, Direction::kResponse, event.findings);
  const bool may_list = call.route->protocol == Protocol::kMcp;
  std::optional<formats::SseEvent> held;  // whose lists are to be looked at, away from this loop
  const auto let_wait = [&](const StreamedEvent& one) -> Result<> {
    TRY(const auto whole, window.push(one, deltas));
    if (whole == EventWindow::Whole::kChanged) {
      reader->forget_shown();
    }
    return ok();
  };
  // What follows stays out of this coroutine's frame, which lives as long as the stream does.

  // What was shown goes on up to the first finding, and on from there where that may pass.
  const auto go_on = [&]() __attribute__((noinline)) -> Result<> {
    judge();
    return why ? ok() : window.go_on(ready);
  };
  const auto settle = [&]() -> Result<> {
    TRY_OK(window.settle(ready));
    return go_on();
  };
  const auto pass = [&](const StreamedEvent& one) __attribute__((noinline)) -> Result<> {
    deltas.clear();
    TRY_OK(reader->feed(one.type, one.data, deltas));
    return reader->last_was_ours() ? ok() : let_wait(one);
  };
  const auto take_event = [&](const formats::SseEvent& one) -> Result<> {
    if (!one.ignored.empty()) {
      aside.text("comment", one.ignored, Written());
    }
    if (one.dispatched) {
      TRY(const bool lists, may_list ? has_lists(one.data, limits.json) : Result<bool>(false));
      if (lists) {
        held = one;
        return ok();
      }
      return pass({one.raw, one.type, one.data, one.ignored});
    }
    deltas.clear();
    return let_wait({.raw = one.raw});
  };
  // What was pushed, up to an event that is held.
  const auto take_events = [&]() __attribute__((noinline)) -> Result<> {
    while (!why && !held) {
      TRY(const auto one, parser.next());
      if (!one) {
        break;
      }
      TRY_OK(take_event(*one));
      if (window.full()) {
        TRY_OK(settle());
      }
    }
    return why ? ok() : settle();
  };
  const auto take_rest = [&]() __attribute__((noinline)) -> Result<> {
    const auto rest = parser.finish();
    return rest ? take_event(*rest) : ok();
  };

  bool over = false;
  while (!over && !why) {
    auto piece = co_await attempt.exchange->next_body(timeout);
    if (!piece) {
      why = broken(call, piece.error());
      break;
    }
    over = piece->empty();
    std::string_view text = as_text(*piece);
    Result<> step = ok();
    if (!decoder->identity()) {
      decoded.clear();
      step = over ? decoder->finish() : decoder->decode(*piece, decoded);
      text = decoded;
    }
    if (may_list && decoder->identity()) {
      decoded = text;  // the upstream may be called off while a list in it is looked at
      text = decoded;
    }
    if (step && !over) {
      window.expect(text.size());
      parser.push(text);
    }
    if (step) {
      step = over ? take_rest() : take_events();
    }
    while (step && held) {
      auto visible = co_await show_lists(call, held->data);
      if (!visible) {
        step = visible.error();
        break;
      }
      std::string raw(held->ignored);
      formats::append_sse_event(raw, held->type, *visible);
      step = pass({raw, held->type, *visible, held->ignored});
      held.reset();
      if (step && !over) {
        step = take_events();
      }
    }
    if (!step) {
      why = broken(call, step.error());
      break;
    }
    if (over && !why) {
      Result<> rest = window.finish(ready);
      if (rest) {
        rest = go_on();
      }
      if (!rest) {
        why = broken(call, rest.error());
      }
      event.response_coverage = call.watch().anybody() ? Coverage::kFull : Coverage::kSkipped;
    }
    if (!why) {
      why = recheck(call);
      if (why) {
        ready.clear();
      }
    }
    if (!ready.empty()) {  // what was cleared before a finding goes on
      event.response_bytes += ready.size();
      call.keep(Direction::kResponse, as_bytes(ready));
      if (const Result<> written = co_await call.http.write(as_bytes(ready)); !written) {
        why = call.cut;
        call.gone = !call.cut;
        break;
      }
      ready.clear();
    }
  }
  settle_usage(call, reader->usage(), reader->text_bytes());
  co_await end_stream(call, attempt, std::move(why));
}

Task<void> Gate::relay_bytes(Call& call, Attempt& attempt) {
  AccessEvent& event = call.event;
  const net::ResponseHead& answer = *attempt.answer;
  const RequestLimits& limits = call.settings.limits;
  const Millis timeout = attempt.lease.upstream().settings.idle_timeout;
  const auto coding = answer.fields.find("content-encoding").value_or("");
  auto decoder = formats::Decoder::open(coding, {limits.decoded_ratio, limits.decoded_bytes});
  if (!decoder) {
    co_await refuse(call, broken(call, decoder.error()));
    co_return;
  }
  const auto type = answer.fields.find("content-type").value_or("");
  const bool text = is_text(type) && call.watch().anybody();
  const bool grpc = call.operation->request_body == BodyKind::kGrpc;
  TextWindow window(call.watch(), "body", Direction::kResponse);
  net::ResponseHead head = head_for_client(call, answer);
  if (decoder->identity() && !(text && call.rewriting != nullptr)) {
    head.content_length = answer.content_length;
  }
  const bool empty = call.http.head().method == net::Method::kHead || answer.status == 204 ||
                     answer.status == 304 || answer.content_length == 0U;
  // gRPC: the status in the head means that neither messages nor trailers follow.
  const bool status_only = grpc && answer.fields.find("grpc-status").has_value();
  if ((empty && !grpc) || status_only) {
    event.outcome = Outcome::kAllowed;
    event.status = answer.status;
    if (const Result<> recorded = co_await record(call); !recorded) {
      co_await refuse(call, not_recorded(recorded.error()));
      co_return;
    }
    if (status_only) {
      [[maybe_unused]] const auto end = co_await attempt.exchange->next_body(timeout);
    }
    [[maybe_unused]] const Result<> sent = co_await call.http.respond(head, {});
    co_return;
  }
  event.response_coverage = text ? Coverage::kPartial : Coverage::kSkipped;
  if (const Result<> started = co_await call.http.start(head); !started) {
    call.gone = true;
    co_await end_stream(call, attempt, std::nullopt);
    co_return;
  }
  std::string decoded;
  std::string ready;
  Refused why;
  const size_t findings_before = event.findings.size();
  for (bool over = false; !over && !why;) {
    auto piece = co_await attempt.exchange->next_body(timeout);
    if (!piece) {
      why = broken(call, piece.error());
      break;
    }
    over = piece->empty();
    ByteView out = *piece;
    if (!decoder->identity()) {
      decoded.clear();
      const Result<> step = over ? decoder->finish() : decoder->decode(*piece, decoded);
      if (!step) {
        why = broken(call, step.error());
        break;
      }
      out = as_bytes(decoded);
    }
    if (text) {
      ready.clear();
      Result<> step = out.empty() ? ok() : window.push(as_text(out), ready, event.findings);
      if (step && over) {
        step = window.finish(ready, event.findings);
        event.response_coverage = Coverage::kFull;
      }
      if (!step) {
        why = broken(call, step.error());
        break;
      }
      if (event.findings.size() > findings_before) {
        why = judge_findings(call, Direction::kResponse, findings_before);
        if (!why) {
          why = authorize(call, call.model == nullptr ? ModelId() : call.model->id,
                          Direction::kResponse);
        }
      }
      out = as_bytes(ready);
    }
    if (!why && !out.empty()) {
      event.response_bytes += out.size();
      call.keep(Direction::kResponse, out);
      if (const Result<> written = co_await call.http.write(out); !written) {
        why = call.cut;
        call.gone = !call.cut;
        break;
      }
    }
  }
  if (!grpc || why || call.gone) {
    if (why && !call.gone) {
      // Bytes have no error of their own: a broken end is the only honest one.
      event.refusal = std::move(why);
      event.outcome =
          event.refusal->stage == Stage::kUpstream ? Outcome::kFailed : Outcome::kRefused;
      event.status = answer.status;
      attempt.exchange->cancel();
      [[maybe_unused]] const Result<> recorded = co_await record(call);
      call.http.abort();
      co_return;
    }
    co_await end_stream(call, attempt, std::nullopt);
    co_return;
  }
  // gRPC: the status travels in the trailers.
  event.outcome = Outcome::kAllowed;
  event.status = answer.status;
  event.upstream_us = micros(now() - attempt.sent);
  net::Fields trailers;
  for (const net::Field& field : attempt.exchange->trailers()) {
    if (passes_down(call.route->protocol, field.name, call.settings.extra_response_fields)) {
      trailers.add(field.name, field.value);
    }
  }
  if (const Result<> recorded = co_await record(call); !recorded) {
    call.http.abort();
    co_return;
  }
  [[maybe_unused]] const Result<> finished = co_await call.http.finish(trailers);
}

// Both directions at once: a gRPC stream, or a WebSocket after an authorised 101.
Task<void> Gate::relay_tunnel(Call& call, Attempt& attempt) {
  Pump pump;
  const bool websocket = call.http.head().wants_upgrade_websocket;
  if (!websocket) {
    GrpcModelGuard guard(call.facts.model);
    if (const Result<> same = guard.feed(as_text(call.body)); !same) {
      attempt.exchange->cancel();
      co_await refuse(call, broken(call, same.error()));
      co_return;
    }
    detach(pump_up(call, *attempt.exchange, &guard, pump));
    auto answer = co_await attempt.exchange->receive_head(
        attempt.lease.upstream().settings.first_byte_timeout);
    if (answer) {
      attempt.answer = *answer;
      call.event.upstream_status = attempt.answer->status;
      attempt.lease.succeeded();
      co_await relay_bytes(call, attempt);
    }
    call.http.stop_reading();
    attempt.exchange->cancel();
    co_await Pump::Done{pump};
    if (!answer) {
      co_await refuse(call, broken(call, answer.error()));
    }
    co_return;
  }

  call.event.upstream_status = attempt.answer->status;
  attempt.lease.succeeded();
  if (attempt.answer->status != 101) {
    co_await relay_bytes(call, attempt);
    co_return;
  }
  AccessEvent& event = call.event;
  event.outcome = Outcome::kAllowed;
  event.status = 101;
  event.stream = true;
  event.request_coverage = Coverage::kSkipped;
  event.response_coverage = Coverage::kSkipped;
  // A tunnel may live for hours: its access is recorded when it opens.
  if (const Result<> recorded = co_await record(call); !recorded) {
    co_await refuse(call, not_recorded(recorded.error()));
    co_return;
  }
  call.tunnel = true;
  attempt.exchange->become_tunnel();
  const net::ResponseHead head = head_for_client(call, *attempt.answer);
  if (const Result<> switched = co_await call.http.switch_protocols(head); !switched) {
    co_return;
  }
  detach(pump_up(call, *attempt.exchange, nullptr, pump));
  const Millis timeout = attempt.lease.upstream().settings.idle_timeout;
  for (;;) {
    auto piece = co_await attempt.exchange->next_body(timeout);
    if (!piece || piece->empty()) {
      break;
    }
    event.response_bytes += piece->size();
    if (const Result<> written = co_await call.http.write(*piece); !written) {
      break;
    }
  }
  call.http.stop_reading();
  attempt.exchange->cancel();
  co_await Pump::Done{pump};
  call.http.abort();
}

}  // namespace sally::gateway
