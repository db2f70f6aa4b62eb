#include "policy/recorded.h"

#include <algorithm>
#include <iterator>

#include "policy/gate_schema.h"
#include "policy/question.h"

namespace sally::policy {
namespace {

constexpr std::string_view kCut = "…";  // how the record ends a text that it cut

// Whether a call of this action without a model may be about the models one by one.
bool is_listing(const AccessEvent& event) {
  const cedar::Action* action = gate_schema().find_action({std::string(kAction), event.action});
  return event.model.empty() && action != nullptr && action->applies_to_resource(kModel);
}

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    if (end > 0) {
      out.emplace_back(text.substr(0, end));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

bool is_whole(std::string_view text) {
  return text != kWithheld && !text.ends_with(kCut);
}

}  // namespace

std::optional<RecordedCall> RecordedCall::of(const AccessEvent& event) {
  if (!event.policy || event.messages > 1 || is_listing(event)) {
    return std::nullopt;
  }
  RecordedCall out;
  Principal& who = out.principal_;
  who.kind = event.principal_kind;
  who.id = who.kind == PrincipalKind::kAnonymous ? "" : event.principal;
  who.name = event.principal_name;
  who.team = TeamId(event.team);
  who.workload = event.workload;
  who.proofs = words(event.proofs);
  if (!event.acts_for.empty()) {
    who.acts_for = Party{PrincipalKind::kUser, event.acts_for};
  }
  for (std::string& id : words(event.via)) {
    who.via.push_back({PrincipalKind::kAgent, std::move(id)});
  }
  out.action_ = event.action;
  out.protocol_ = event.protocol;
  out.route_ = RouteId(event.route);
  out.model_ = ModelId(event.model);
  out.tool_ = event.tool;
  out.method_ = event.method;
  out.path_ = event.path;
  out.source_ = event.source;
  out.findings_ = event.findings;
  std::ranges::copy_if(event.findings, std::back_inserter(out.request_findings_),
                       [](const Finding& one) { return one.direction == Direction::kRequest; });
  out.stream_ = event.stream;
  out.bytes_ = event.request_bytes;
  if (event.max_tokens >= 0) {
    out.max_tokens_ = event.max_tokens;
  }
  out.time_ = event.time;
  // Groups, scopes and claims of a token are not recorded, nor are roles.
  const bool whole =
      who.kind != PrincipalKind::kUser && who.kind != PrincipalKind::kAgent && event.grants.empty();
  out.exact_ = whole && is_whole(event.path) && is_whole(event.tool) &&
               is_whole(event.principal_name) && is_whole(event.team);
  return out;
}

AccessRequest RecordedCall::view(bool answering) const {
  return {.principal = principal_,
          .action = action_,
          .protocol = protocol_,
          .route = route_,
          .model = model_,
          .tool = tool_,
          .method = method_,
          .path = path_,
          .source = source_,
          .findings = answering ? findings_ : request_findings_,
          .stream = stream_,
          .answering = answering,
          .bytes = bytes_,
          .max_tokens = max_tokens_,
          .now = time_};
}

}  // namespace sally::policy
