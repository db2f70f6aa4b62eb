#include "app/in_force.h"

#include <fmt/format.h>

#include "app/gate_client.h"

namespace sally::app {

InForce put_in_force(const Config& config) {
  const auto told = ask_gate(config.admin_socket, "/v1/keys/refresh");
  if (!told.ok()) {
    return {"not told", fmt::format("{}; it reads the state by itself within a second",
                                    told.error().message())};
  }
  if (!*told) {
    return {"no gate running", "no gate is running here; one that starts has it in force"};
  }
  return {"yes", "the running gate has it in force"};
}

}  // namespace sally::app
