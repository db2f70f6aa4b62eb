// The answers of guard models: any octets give an opinion between 0 and 1, or an error.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "content/guard/guard_api.h"
#include "formats/json/document.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally;
  using namespace sally::content;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const GuardApi api :
       {GuardApi::kChat, GuardApi::kModeration, GuardApi::kClassify, GuardApi::kShields}) {
    const auto opinion = read_guard_answer(api, text);
    if (opinion.ok()) {
      SALLY_CHECK(opinion->score >= 0 && opinion->score <= 1);
    } else {
      SALLY_CHECK(opinion.error().kind() == ErrorKind::kUpstream);
    }
    GuardSettings settings;
    settings.api = api;
    const Secret question = guard_question(settings, {std::string(text), Provenance::kTool});
    SALLY_CHECK(formats::JsonDocument::parse(question.reveal()).ok());
  }
  return 0;
}
