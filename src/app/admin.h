// Admin: the gate's own small API on a unix socket that only its user can open. The command line
// uses it to put a change in force in the running gate, and to be told when it is.
#pragma once

#include <functional>
#include <string>

#include "app/housekeeper.h"
#include "base/result.h"
#include "net/http.h"

namespace sally::app {

class Admin final : public net::Handler {
 public:
  // Called on the housekeeper's thread. What they return is the answer's text.
  struct Actions {
    std::function<Result<std::string>()> refresh_keys;    // POST /v1/keys/refresh
    std::function<Result<std::string>()> reload_config;   // POST /v1/config/reload
    std::function<Result<std::string>()> deliver_outbox;  // POST /v1/outbox/deliver
    std::function<std::string()> status;                  // GET /v1/status
  };
  Admin(net::Loop& loop, Housekeeper& keeper, Actions actions)
      : loop_(loop), keeper_(keeper), actions_(std::move(actions)) {}
  Task<void> serve(net::ServerExchange& http) override;
  PlainAnswer refuse_malformed(const ProtocolRefusal& refusal) override;

 private:
  net::Loop& loop_;
  Housekeeper& keeper_;
  Actions actions_;
};

}  // namespace sally::app
