// Any octets are looked through with recognisers of every kind.
#include <cstdint>

#include "content/custom/custom_properties.h"

using sally::content::CustomRecognizers;

namespace {
CustomRecognizers* make() {
  auto made = CustomRecognizers::create({
      {.type = "TICKET", .patterns = {{R"(\bTKT-\d{4,8}\b)", 0.8F}, {"T[A-Z]+", 0.5F}}},
      {.type = "BADGE", .patterns = {{R"(\d{3,6})", 0.3F}}, .context = {"badge", "工号"}},
      {.type = "CARD", .patterns = {{R"(\d[\d -]{2,20}\d)", 0.6F}}, .validator = "luhn"},
      {.type = "NHS", .patterns = {{R"([\d ]+)", 0.6F}}, .validator = "UK_NHS"},
      {.type = "IBAN", .patterns = {{R"([A-Za-z]{2}\d\d[\w ]+)", 0.6F}}, .validator = "iban"},
      {.type = "PROJECT", .deny_list = {"Blue Heron", "機密", "a"}},
      {.type = "LINE", .patterns = {{"^.*x.$", 0.5F}}},
  });
  SALLY_CHECK(made.ok());
  return new CustomRecognizers(std::move(*made));
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto* recognizers = make();
  std::vector<sally::content::CustomEntity> out;
  sally::content::check_properties(
      *recognizers, std::string_view(reinterpret_cast<const char*>(data), size), out);
  return 0;
}
