#include "formats/json/lookalike.h"

#include "base/encoding.h"

namespace sally::formats {
namespace {

constexpr std::string_view kLongS = "\xC5\xBF";
constexpr std::string_view kKelvin = "\xE2\x84\xAA";

}  // namespace

std::string fold_name(std::string_view name) {
  std::string out;
  for (size_t i = 0; i < name.size();) {
    if (name.substr(i).starts_with(kLongS)) {
      out += 's';
      i += kLongS.size();
    } else if (name.substr(i).starts_with(kKelvin)) {
      out += 'k';
      i += kKelvin.size();
    } else {
      out += to_lower(name[i++]);
    }
  }
  return out;
}

}  // namespace sally::formats
