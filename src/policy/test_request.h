// TestRequest: an AccessRequest that owns what it shows. For the tests and benches of this room.
#pragma once

#include <string>

#include "core/decision.h"

namespace sally::policy {

struct TestRequest {
  Principal principal = demo_key();
  std::string action = "openai:chat.completions";
  RouteId route{"main"};
  ModelId model{"large"};
  std::string source = "10.1.2.3";
  Findings findings;

  static Principal demo_key() {
    Principal key;
    key.kind = PrincipalKind::kApiKey;
    key.id = KeyId("k7f3");
    key.name = "demo";
    key.team = TeamId("research");
    return key;
  }

  void find(std::string rule) {
    Finding finding;
    finding.inspector = "secrets";
    finding.rule = std::move(rule);
    findings.push_back(std::move(finding));
  }

  [[nodiscard]] AccessRequest view() const {
    return {.principal = principal,
            .action = action,
            .route = route,
            .model = model,
            .source = source,
            .findings = findings,
            .now = WallTime{}};
  }
};

}  // namespace sally::policy
