// The command line's side of a running gate's admin API: HTTP/1.1 on a unix socket, one blocking
// call. Bounded in time and size.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"

namespace sally::app {

// Sends `POST path` to the gate that listens on `socket_path` and waits until it has done it.
// nullopt: no gate is running there. kUnavailable when it does not answer, or answers that it could
// not.
Result<std::optional<std::string>> ask_gate(const std::string& socket_path,
                                            const std::string& path);

// The same with `GET path`: the body of the answer.
Result<std::optional<std::string>> get_from_gate(const std::string& socket_path,
                                                 const std::string& path);

}  // namespace sally::app
