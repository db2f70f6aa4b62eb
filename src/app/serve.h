// `sallyport serve`: runs the gate until a signal ends it.
#pragma once

#include <string>

#include "base/result.h"

namespace sally::app {

struct ServeOptions {
  std::string config;  // the path of the configuration
};

// SIGHUP reads the configuration again; SIGTERM and SIGINT drain. Returns the exit status: 0, or 3
// when somebody was cut off. kUsage for a configuration that is refused, with its problems on
// standard error.
Result<int> run_serve(const ServeOptions& options);

}  // namespace sally::app
