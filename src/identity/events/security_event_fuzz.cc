// Any octets as the payload of a security event token: what is read keeps the promises of its
// header, and planning what to do for it never fails but by a refusal.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "base/text.h"
#include "identity/events/receiver.h"

using sally::identity::ReceivedEvents;
using sally::identity::RevocationRequest;
using sally::identity::SecurityEvent;
using sally::identity::SecurityEventToken;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto token = SecurityEventToken::parse(text);
  if (!token.ok()) {
    return 0;
  }
  SALLY_CHECK(token->issuer == sally::identity::claimed_issuer(text));
  SALLY_CHECK(!token->id.empty() && token->id.size() <= SecurityEventToken::kMaxId);
  SALLY_CHECK(!token->audiences.empty());
  SALLY_CHECK(!token->events.empty() && token->events.size() <= SecurityEventToken::kMaxEvents);
  const ReceivedEvents received{*std::move(token), "issuer"};
  const sally::WallTime now = received.token.issued;
  for (const SecurityEvent& event : received.token.events) {
    const auto plan = sally::identity::plan_event(received, event, now);
    if (!plan.ok()) {
      SALLY_CHECK(plan.error().code == "access_denied");
      continue;
    }
    SALLY_CHECK(plan->revocations.empty() != plan->note.empty());
    for (const RevocationRequest& request : plan->revocations) {
      // What the service would refuse must not come out of here.
      SALLY_CHECK(request.target.starts_with("issuer/") && request.target.size() > 7);
      SALLY_CHECK(sally::printable(request.target, 1024) == request.target);
      SALLY_CHECK(sally::printable(request.reason, 512) == request.reason &&
                  request.reason.size() <= sally::identity::RevocationService::kMaxReason);
      SALLY_CHECK(request.until > now);
    }
  }
  return 0;
}
