// Telemetry: `/metrics`, `/healthz` and `/readyz` on a listener of their own.
#pragma once

#include <functional>
#include <string>

#include "net/http.h"

namespace sally::gateway {

class Telemetry final : public net::Handler {
 public:
  struct Sources {
    std::function<std::string()> metrics;  // the Prometheus text
    // Empty when the gate can serve; otherwise what is missing, one reason a line.
    std::function<std::string()> not_ready;
  };
  explicit Telemetry(Sources sources) : sources_(std::move(sources)) {}
  Task<void> serve(net::ServerExchange& http) override;
  PlainAnswer refuse_malformed(const ProtocolRefusal& refusal) override;

 private:
  Sources sources_;
};

// Answers with `text` as text/plain.
Task<void> respond_text(net::ServerExchange& http, uint16_t status, std::string text);

}  // namespace sally::gateway
