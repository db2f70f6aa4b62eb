#include "formats/pickle/python2.h"

#include <algorithm>
#include <iterator>
#include <string_view>

namespace sally::formats {
namespace {

struct Module {
  std::string_view from;
  std::string_view to;
};
struct Name {
  std::string_view module;
  std::string_view name;
  std::string_view to_module;
  std::string_view to_name;
};

constexpr Module kModules[] = {
#define SALLY_PYTHON2_MODULE(from, to) Module{from, to},
#define SALLY_PYTHON2_NAME(...)
#include "formats/pickle/python2_names.def"
#undef SALLY_PYTHON2_MODULE
#undef SALLY_PYTHON2_NAME
};
constexpr Name kNames[] = {
#define SALLY_PYTHON2_MODULE(...)
#define SALLY_PYTHON2_NAME(module, name, to_module, to_name) Name{module, name, to_module, to_name},
#include "formats/pickle/python2_names.def"
#undef SALLY_PYTHON2_MODULE
#undef SALLY_PYTHON2_NAME
};
static_assert(std::ranges::is_sorted(kModules, {}, &Module::from));

}  // namespace

void map_python2_name(std::string& module, std::string& name) {
  for (const Name& row : kNames) {
    if (row.module == module && row.name == name) {
      module = row.to_module;
      name = row.to_name;
      return;
    }
  }
  const auto row = std::ranges::lower_bound(kModules, std::string_view(module), {}, &Module::from);
  if (row != std::end(kModules) && row->from == module) {
    module = row->to;
  }
}

}  // namespace sally::formats
