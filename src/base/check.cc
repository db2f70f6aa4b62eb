#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace sally {

void check_failed(const char* what, std::source_location where) {
  std::fprintf(stderr, "sallyport: invariant broken: %s at %s:%u\n", what, where.file_name(),
               where.line());
  std::abort();
}

}  // namespace sally
