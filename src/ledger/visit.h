// Visit: what a visitor answers when it was shown something.
#pragma once

#include <cstdint>

namespace sally::ledger {

enum class Visit : uint8_t { kContinue, kStop };

}  // namespace sally::ledger
