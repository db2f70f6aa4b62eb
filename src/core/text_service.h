// TextService: answers those who ask what texts hold, and to have it replaced. A port.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace sally {

// Immutable and shared by all threads.
class TextService {
 public:
  TextService() = default;
  TextService(const TextService&) = delete;
  TextService& operator=(const TextService&) = delete;
  virtual ~TextService() = default;

  // Whether the answer takes microseconds; else it is not for the thread of a loop.
  [[nodiscard]] virtual bool is_quick(ByteView body) const = 0;
  // The answer, in JSON, to `action` (`privacy:analyze`). `tenant`: whose keys values are replaced
  // with. kInvalidInput with a message for the caller where the question is none.
  [[nodiscard]] virtual Result<std::string> answer(std::string_view action, std::string_view tenant,
                                                   ByteView body) const = 0;
};

}  // namespace sally
