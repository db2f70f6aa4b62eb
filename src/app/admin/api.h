// AdminApi: the gate's own API, on one listener. The command line uses it to put a change in force
// in the running gate, programs to administer it.
//
// On the gate's own unix socket whoever may open it is trusted. Everywhere else every call is
// identified as calls of the gate are, and allowed by a policy that names its action on
// Gate::"this"; none is by default.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/admin/endpoint.h"
#include "app/admin/router.h"
#include "app/housekeeper.h"
#include "core/decision.h"
#include "net/http.h"

namespace sally::app {

class AdminApi final : public net::Handler {
 public:
  enum class Trust : uint8_t { kWhoeverConnects, kNobody };
  // Those that are in force when they are asked for. From the loop's thread.
  struct Deciders {
    std::function<std::shared_ptr<const Identifier>()> identifier;
    std::function<std::shared_ptr<const Authorizer>()> authorizer;
    // Asks the issuer of a token for its keys; calls `done` once, on any thread.
    std::function<void(std::string_view token, WallTime now, std::function<void()> done)>
        ask_issuer;
  };
  // All outlive the API, which belongs to `loop`.
  AdminApi(net::Loop& loop, Housekeeper& keeper, const AdminParts& parts, Trust trust,
           Deciders deciders);
  Task<void> serve(net::ServerExchange& http) override;
  PlainAnswer refuse_malformed(const ProtocolRefusal& refusal) override;

 private:
  // What is known of a call by and by.
  struct Pending;

  Task<Result<AdminAnswer>> answer(net::ServerExchange& http, Pending& pending);
  Task<Result<>> identify(net::ServerExchange& http, Pending& pending);
  Result<> authorize(const net::ServerExchange& http, const Pending& pending) const;
  // A change that was asked for and not made, where it is known by whom.
  void note_refusal(const Pending& pending, const Error& error) const;

  net::Loop& loop_;
  Housekeeper& keeper_;
  const AdminParts& parts_;
  const Trust trust_;
  const Deciders deciders_;
  const std::vector<Endpoint> endpoints_ = all_endpoints();
};

// What an answer of the API with this error is: `{"status":"error","detail":...,"hint":...}`.
[[nodiscard]] AdminAnswer answer_of(const Error& error);

// `key:key_...`, `user:ISSUER/SUBJECT`: how records name who changed something.
[[nodiscard]] std::string author_of(const Principal& principal);

}  // namespace sally::app
