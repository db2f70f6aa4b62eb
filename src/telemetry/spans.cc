#include "telemetry/spans.h"

#include <algorithm>
#include <array>

#include "core/decision.h"
#include "telemetry/attributes.h"
#include "telemetry/otlp_fields.h"

namespace sally::telemetry {
namespace {

namespace f = otlp::span;

constexpr std::string_view kMcpPrefix = "mcp:";
constexpr size_t kMostFindings = 16;

class SpanWriter {
 public:
  SpanWriter(std::string& out, const RequestTrace& trace, const AccessEvent& event, MonoTime ended)
      : out_(out), trace_(trace), event_(event), ended_(ended) {}

  void server() {
    const bool broken = event_.status >= 500 || event_.outcome == Outcome::kFailed;
    element(trace_.span, trace_.parent ? &*trace_.parent : nullptr, server_name(), f::Kind::kServer,
            trace_.begun, ended_, [&] {
              server_attributes();
              findings();
              if (broken) {
                error_status();
              }
            });
  }

  void step(const TraceStep& step, const SpanId& id) {
    element(id, &trace_.span, step.name, f::Kind::kInternal, step.begun, step.ended, [] {});
  }

  void call(size_t index) {
    const TraceCall& call = trace_.calls()[index];
    const bool last = index + 1 == trace_.calls().size();
    const uint16_t status = last ? event_.upstream_status : uint16_t{0};
    element(call.span, &trace_.span, call_name(call), f::Kind::kClient, call.begun,
            call.ended.value_or(ended_), [&] {
              call_attributes(call, index, last);
              if (call.failed || status >= 400) {
                error_status();
              }
            });
  }

 private:
  template <typename Fill>
  void element(const SpanId& id, const SpanId* parent, std::string_view name, f::Kind kind,
               MonoTime begun, MonoTime ended, const Fill& fill) {
    out_.message(otlp::export_request::kElements, [&] {
      out_.bytes(f::kTraceId, as_text(trace_.trace));
      out_.bytes(f::kSpanId, as_text(id));
      if (!trace_.state.empty()) {
        out_.bytes(f::kTraceState, trace_.state);
      }
      if (parent != nullptr) {
        out_.bytes(f::kParentSpanId, as_text(*parent));
      }
      out_.bytes(f::kName, value_text(name));
      out_.varint(f::kKind, static_cast<uint64_t>(kind));
      out_.fixed64(f::kStart, unix_nanos(begun));
      out_.fixed64(f::kEnd, unix_nanos(std::max(begun, ended)));
      fill();
    });
  }

  [[nodiscard]] uint64_t unix_nanos(MonoTime time) const {
    const Nanos wall = event_.time.time_since_epoch() + (time - trace_.begun);
    return static_cast<uint64_t>(std::max<int64_t>(0, wall.count()));
  }

  void error_status() {
    out_.message(f::kStatus, [&] { out_.varint(otlp::status::kCode, otlp::status::kError); });
  }

  [[nodiscard]] std::string server_name() const {
    return event_.action.empty() ? event_.method : event_.method + " " + event_.action;
  }
  [[nodiscard]] std::string call_name(const TraceCall& call) const {
    const std::string_view operation = genai_operation(event_.action);
    if (operation.empty()) {
      return event_.method;
    }
    return call.model.empty() ? std::string(operation) : std::string(operation) + " " + call.model;
  }

  void server_attributes() {
    AttributeWriter out(out_, f::kAttributes);
    out.text(Attribute::kHttpMethod, event_.method);
    if (event_.status != 0) {
      out.number(Attribute::kHttpStatus, event_.status);
    }
    out.number(Attribute::kHttpRequestSize, static_cast<int64_t>(event_.request_bytes));
    out.number(Attribute::kHttpResponseSize, static_cast<int64_t>(event_.response_bytes));
    out.text(Attribute::kUrlPath, event_.path);
    out.text(Attribute::kNetworkProtocol, "http");
    out.text(Attribute::kNetworkVersion, event_.http);
    out.text(Attribute::kClientAddress, event_.source);
    out.text(Attribute::kGenAiOperation, genai_operation(event_.action));
    out.text(Attribute::kGenAiRequestModel, event_.model);
    if (event_.action.starts_with(kMcpPrefix)) {
      out.text(Attribute::kMcpMethod, std::string_view(event_.action).substr(kMcpPrefix.size()));
    }
    out.text(Attribute::kRequestId, event_.id.str());
    out.text(Attribute::kOutcome, name_of(event_.outcome));
    out.text(Attribute::kRoute, event_.route);
    out.text(Attribute::kAction, event_.action);
    out.text(Attribute::kPrincipal, event_.principal);
    out.text(Attribute::kTeam, event_.team);
    out.text(Attribute::kRule, rule_of(event_));
    if (event_.refusal) {
      out.text(Attribute::kErrorType, name_of(event_.refusal->stage));
      out.text(Attribute::kRefusalStage, name_of(event_.refusal->stage));
    } else if (event_.status >= 500) {
      out.text(Attribute::kErrorType, std::to_string(event_.status));
    }
    out.flag(Attribute::kStream, event_.stream);
  }

  void findings() {
    for (size_t i = 0; i < std::min(kMostFindings, event_.findings.size()); ++i) {
      const Finding& finding = event_.findings[i];
      out_.message(f::kEvents, [&] {
        out_.fixed64(otlp::span_event::kTime, unix_nanos(ended_));
        out_.bytes(otlp::span_event::kName, "sallyport.finding");
        AttributeWriter out(out_, otlp::span_event::kAttributes);
        out.text(Attribute::kFindingRule, finding.rule);
        out.text(Attribute::kFindingSeverity, name_of(finding.severity));
        out.text(Attribute::kFindingDirection, name_of(finding.direction));
      });
    }
  }

  void call_attributes(const TraceCall& call, size_t index, bool last) {
    AttributeWriter out(out_, f::kAttributes);
    out.text(Attribute::kHttpMethod, event_.method);
    out.text(Attribute::kUpstream, call.upstream);
    out.text(Attribute::kGenAiOperation, genai_operation(event_.action));
    out.text(Attribute::kGenAiProvider, genai_provider(event_.protocol));
    out.text(Attribute::kGenAiRequestModel, call.model);
    if (index > 0) {
      out.number(Attribute::kHttpResend, static_cast<int64_t>(index));
    }
    if (call.failed) {
      out.text(Attribute::kErrorType, row_of(*call.failed).name);
    } else if (last && event_.upstream_status >= 400) {
      out.text(Attribute::kErrorType, std::to_string(event_.upstream_status));
    }
    if (!last || event_.upstream_status == 0) {
      return;
    }
    // What the event knows of an answer is of the last attempt: it is the one that was relayed.
    out.number(Attribute::kHttpStatus, event_.upstream_status);
    if (event_.first_byte_us > 0) {
      out.number(Attribute::kFirstByte, event_.first_byte_us);
    }
    if (event_.input_tokens >= 0) {
      out.number(Attribute::kGenAiInputTokens, event_.input_tokens);
    }
    if (event_.output_tokens >= 0) {
      out.number(Attribute::kGenAiOutputTokens, event_.output_tokens);
      out.flag(Attribute::kTokensEstimated, event_.tokens_estimated);
    }
  }

  ProtoWriter out_;
  const RequestTrace& trace_;
  const AccessEvent& event_;
  const MonoTime ended_;
};

}  // namespace

uint32_t append_spans(std::string& out, const RequestTrace& trace, const AccessEvent& event,
                      MonoTime ended, Random& random) {
  SpanWriter writer(out, trace, event, ended);
  writer.server();
  for (const TraceStep& step : trace.steps()) {
    writer.step(step, make_span_id(random));
  }
  for (size_t i = 0; i < trace.calls().size(); ++i) {
    writer.call(i);
  }
  return static_cast<uint32_t>(1 + trace.steps().size() + trace.calls().size());
}

}  // namespace sally::telemetry
