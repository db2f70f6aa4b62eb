// TestRequest: an AccessRequest that owns what it shows. For the tests and benches of this room.
#pragma once

#include <string>

#include "core/decision.h"

namespace sally::policy {

struct TestRequest {
  Principal principal = demo_key();
  std::string action = "openai:chat.completions";
  std::string protocol = "openai";
  RouteId route{"main"};
  ModelId model{"large"};
  std::string tool;
  std::string source = "10.1.2.3";
  Findings findings;
  std::optional<int64_t> max_tokens;
  bool answering = false;
  WallTime now{std::chrono::seconds(1'795'000'000)};  // a Wednesday, 11:06:40 UTC
  SessionFacts session;

  static Principal demo_key() {
    Principal key;
    key.kind = PrincipalKind::kApiKey;
    key.id = "k7f3";
    key.name = "demo";
    key.team = TeamId("research");
    return key;
  }

  void find(std::string rule, Severity severity = Severity::kHigh) {
    Finding finding;
    finding.inspector = "secrets";
    finding.rule = std::move(rule);
    finding.severity = severity;
    findings.push_back(std::move(finding));
  }

  [[nodiscard]] AccessRequest view() const {
    return {.principal = principal,
            .action = action,
            .protocol = protocol,
            .route = route,
            .model = model,
            .tool = tool,
            .method = "POST",
            .path = "/v1/chat/completions",
            .source = source,
            .findings = findings,
            .stream = false,
            .answering = answering,
            .bytes = 1'028,
            .max_tokens = max_tokens,
            .now = now,
            .session = &session};
  }
};

}  // namespace sally::policy
