// Any bytes as policies to format: the formatted text means the same, keeps every comment, and is
// formatted.
#include <string>
#include <string_view>

#include "base/check.h"
#include "cedar/syntax/format.h"
#include "cedar/syntax/lexer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally::cedar;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto formatted = format_policies(text);
  const auto before = parse_policies(text);
  SALLY_CHECK(formatted.ok() == before.ok());
  if (!formatted.ok()) {
    return 0;
  }
  const auto after = parse_policies(*formatted);
  SALLY_CHECK(after.ok());
  SALLY_CHECK(after->policies().size() == before->policies().size());
  SALLY_CHECK(after->templates().size() == before->templates().size());
  for (size_t i = 0; i < before->policies().size(); ++i) {
    SALLY_CHECK(same_policy(before->policies()[i], after->policies()[i]));
  }
  for (size_t i = 0; i < before->templates().size(); ++i) {
    SALLY_CHECK(same_policy(before->templates()[i], after->templates()[i]));
  }
  SALLY_CHECK(tokenize(text, size)->comments.size() ==
              tokenize(*formatted, formatted->size())->comments.size());
  const auto again = format_policies(*formatted);
  SALLY_CHECK(again.ok() && *again == *formatted);
  return 0;
}
