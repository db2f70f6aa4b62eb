// Requests that name a model in a JSON object: OpenAI and Anthropic.
#pragma once

#include "gateway/protocol/protocol.h"

namespace sally::gateway {

// The contract of read_request for bodies of BodyKind::kJson, and for those without a body.
Result<RequestFacts> read_model_request(const Operation& operation, const net::RequestHead& head,
                                        ByteView body, const JsonLimits& limits,
                                        TextVisitor& visitor);

}  // namespace sally::gateway
