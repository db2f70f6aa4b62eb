// WitnessServer: the witness's one call, `POST add-checkpoint` (C2SP tlog-witness), on a socket.
#pragma once

#include <string>

#include "net/http.h"
#include "net/loop.h"
#include "net/work_pool.h"
#include "witness/witness.h"

namespace sally::app {

class WitnessServer final : public net::Handler {
 public:
  // All outlive the handler. The witness works on the pool's threads, as it waits for the disk.
  WitnessServer(net::Loop& loop, net::WorkPool& work, witness::Witness& witness)
      : loop_(loop), work_(work), witness_(witness) {}
  Task<void> serve(net::ServerExchange& http) override;
  PlainAnswer refuse_malformed(const ProtocolRefusal& refusal) override;

 private:
  Task<Result<witness::Answer>> answer(net::ServerExchange& http);

  net::Loop& loop_;
  net::WorkPool& work_;
  witness::Witness& witness_;
};

}  // namespace sally::app
