// SALLY_CHECK: an invariant that no peer can break. Aborts in every build.
#pragma once

#include <source_location>

namespace sally {

[[noreturn]] void check_failed(const char* what, std::source_location where);

}  // namespace sally

#define SALLY_CHECK(condition)                                            \
  do {                                                                    \
    if (!(condition)) [[unlikely]] {                                      \
      ::sally::check_failed(#condition, std::source_location::current()); \
    }                                                                     \
  } while (false)
