#include "policy/replay.h"

#include <utility>

#include "policy/recorded.h"

namespace sally::policy {
namespace {

// As the gate decides: first the request, then the answer where something was found in it.
Decision decide(Decider& decider, const RecordedCall& call) {
  Decision out = decider.decide(call.request());
  return out.allowed() && call.answers() ? decider.decide(call.answer()) : std::move(out);
}

std::vector<std::string> determining(Decision& decision) {
  return decision.verdict() ? std::move(decision.verdict()->determining)
                            : std::vector<std::string>();
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
    ++result_.passed_over;
    return;
  }
  ++result_.compared;
  result_.inexact += call->exact() ? 0 : 1;
  Decision before = decide(*decide_before_, *call);
  Decision after = decide(*decide_after_, *call);
  if (before.allowed() == after.allowed()) {
    return;
  }
  ++(after.allowed() ? result_.newly_allowed : result_.newly_denied);
  Members& members = result_.differences[{.now_allowed = after.allowed(),
                                          .principal = event.principal,
                                          .principal_name = event.principal_name,
                                          .before = determining(before),
                                          .after = determining(after)}];
  ++members.count;
  if (kept_ < kMostKept) {
    ++kept_;
    members.calls.push_back({event.id, event.time, event.action, event.model, event.tool});
  }
}

}  // namespace sally::policy
