// Processors: where this process may run, and keeping a thread in one place.
#pragma once

#include <thread>
#include <vector>

namespace sally::app {

// The processors this process may run on, in the system's numbers; one at least. A container's
// limit of processor time does not show here.
[[nodiscard]] std::vector<int> allowed_processors();

// The thread runs nowhere else from now on. False where the system does not let it.
[[nodiscard]] bool keep_on(std::thread& thread, int processor);

}  // namespace sally::app
