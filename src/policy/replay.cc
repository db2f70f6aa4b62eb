#include "policy/replay.h"

#include <utility>

#include "policy/recorded.h"

namespace sally::policy {
namespace {

// As the gate decides: first the request, then the answer where something was found in it.
Differences::Side decide(Decider& decider, const RecordedCall& call) {
  Decision decision = decider.decide(call.request());
  if (decision.allowed() && call.answers()) {
    decision = decider.decide(call.answer());
  }
  Differences::Side out{.allowed = decision.allowed(), .determining = {}};
  if (decision.verdict()) {
    out.determining = std::move(decision.verdict()->determining);
  }
  return out;
}

}  // namespace

Replay::Replay(ActiveSetPtr before, ActiveSetPtr after, OnForbidError on_forbid_error)
    : before_(std::move(before), nullptr, on_forbid_error),
      after_(std::move(after), nullptr, on_forbid_error),
      decide_before_(before_.decider()),
      decide_after_(after_.decider()) {}

void Replay::look(const AccessEvent& event) {
  if (!event.policy) {
    return;
  }
  const auto call = RecordedCall::of(event);
  if (!call) {
    ++differences_.passed_over;
    return;
  }
  // The record does not hold what a tool was called with.
  const bool by_arguments = event.action == kToolCall &&
                            (before_.enforced().tools().find(event.route, event.tool) != nullptr ||
                             after_.enforced().tools().find(event.route, event.tool) != nullptr);
  differences_.inexact += call->exact() && !by_arguments ? 0 : 1;
  differences_.add(event, decide(*decide_before_, *call), decide(*decide_after_, *call));
}

}  // namespace sally::policy
