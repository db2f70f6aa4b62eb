// Whether a change that a command made in the state is in force in the running gate.
#pragma once

#include <string>

#include "app/config.h"

namespace sally::app {

struct InForce {
  std::string word;  // `yes`, `no gate running`, `not told`
  std::string note;  // the same as a sentence
};

// Lets the running gate read the state again, and waits until it has.
InForce put_in_force(const Config& config);

}  // namespace sally::app
