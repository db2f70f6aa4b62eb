// The command line: from words to a command and its options, and from its result to an exit status.
//
//   0  fine
//   1  the answer is no: refused, not found, verification failed
//   2  wrong usage or configuration
//   3  it could not be done: input or output, network, a defect
#pragma once

#include "app/commands.h"

namespace sally::app {

int run_command_line(const World& world, int argc, const char* const* argv);

}  // namespace sally::app
