// What a usual allowed chat request leaves behind: for documents, tests and benches.
#pragma once

#include "base/random.h"
#include "core/event.h"

namespace sally {

inline AccessEvent example_chat(WallTime time, Random& random) {
  AccessEvent event{.id = Ulid::make(time, random), .time = time};
  event.outcome = Outcome::kAllowed;
  event.status = 200;
  event.method = "POST";
  event.path = "/v1/chat/completions";
  event.http = "1.1";
  event.source = "10.1.2.3";
  event.principal_kind = PrincipalKind::kApiKey;
  event.principal = "k7f3a9";
  event.principal_name = "demo";
  event.team = "research";
  event.route = "main";
  event.protocol = "openai";
  event.action = "openai:chat.completions";
  event.model = "large";
  event.upstream = "vllm-1";
  event.upstream_model = "meta/large-70b";
  event.upstream_status = 200;
  event.attempts = 1;
  event.policy = PolicyVerdict{.set = {.version = 7, .entities = 0x3f9c'01d2'77aa'b6e4},
                               .allowed = true,
                               .determining = {"research-large"},
                               .failed = {}};
  event.policy->set.hash.fill(std::byte{0x5a});
  event.request_coverage = Coverage::kFull;
  event.response_coverage = Coverage::kFull;
  event.request_bytes = 1'028;
  event.response_bytes = 13'402;
  event.input_tokens = 211;
  event.output_tokens = 640;
  event.duration_us = 1'204'311;
  event.upstream_us = 1'203'900;
  event.first_byte_us = 88'120;
  return event;
}

}  // namespace sally
