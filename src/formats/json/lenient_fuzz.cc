// Any text as lenient JSON; what the strict reader takes, this one reads to its end and alike.
#include <string_view>

#include "base/check.h"
#include "formats/json/document.h"
#include "formats/json/lenient.h"

namespace {

using sally::formats::JsonType;
using sally::formats::JsonValue;
using sally::formats::LenientJson;

void compare(const JsonValue& strict, const LenientJson::Value& lenient) {
  SALLY_CHECK(static_cast<int>(strict.type()) == static_cast<int>(lenient.type()));
  SALLY_CHECK(strict.size() == lenient.size());
  if (strict.is_string()) {
    SALLY_CHECK(*strict.as_string() == lenient.text());
  }
  if (strict.is_object() || strict.is_array()) {
    auto other = lenient.begin();
    for (const JsonValue member : strict) {
      SALLY_CHECK(member.name() == (*other).name());
      compare(member, *other);
      ++other;
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const LenientJson lenient = LenientJson::parse(text);
  const auto strict = sally::formats::JsonDocument::parse(text);
  if (strict.ok()) {
    SALLY_CHECK(!lenient.fault() && lenient.documents().size() == 1 && !lenient.duplicate());
    compare(strict->root(), lenient.root());
  }
  return 0;
}
