// The texts of a body that was kept, as inspectors saw them when it passed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/event.h"
#include "core/finding.h"
#include "core/provenance.h"

namespace sally::app {

struct CapturedText {
  std::string place;  // as in a finding
  std::string text;   // of a stream: all of it
  Provenance provenance = Provenance::kUnknown;
};

// Those of `body`, which `event` committed to. kInvalidInput where it cannot be read: it was cut,
// or sent compressed, or is of a protocol that says more in its head.
Result<std::vector<CapturedText>> captured_texts(const AccessEvent& event, Direction direction,
                                                 std::string_view body);

}  // namespace sally::app
