// Questions about texts: any octets are answered in JSON, or refused.
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/check.h"
#include "content/service/content_service.h"
#include "formats/json/document.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally;
  static const content::ContentService kService(
      std::make_shared<const content::TextFinder>(*content::TextFinder::create()),
      std::make_shared<const content::AttackDetector>(*content::AttackDetector::create()),
      Secret(std::string(32, 'r')));
  constexpr std::array<std::string_view, 4> kActions = {"privacy:inspect", "privacy:analyze",
                                                        "privacy:anonymize", "privacy:deanonymize"};
  const ByteView body(reinterpret_cast<const std::byte*>(data), size);
  for (const std::string_view action : kActions) {
    const auto answer = kService.answer(action, "team", body);
    if (answer.ok()) {
      SALLY_CHECK(formats::JsonDocument::parse(*answer).ok());
    } else {
      SALLY_CHECK(answer.error().kind() == ErrorKind::kInvalidInput);
    }
  }
  return 0;
}
