// Any bytes as Python: tokens lie in order within the text, and trees are no deeper than they say.
#include "base/bytes.h"
#include "base/check.h"
#include "formats/python/expression.h"
#include "formats/python/tokens.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally;
  using namespace sally::formats;
  const std::string_view text = as_text(std::as_bytes(std::span(data, size)));
  const PythonTokens all = tokenize_python(text);
  uint64_t at = 0;
  size_t begin = 0;
  PythonLine line;
  for (size_t i = 0; i < all.tokens.size(); ++i) {
    const PythonToken& token = all.tokens[i];
    SALLY_CHECK(token.offset >= at && token.offset + token.text.size() <= size);
    at = token.offset;
    (void)python_name(token.text);
    (void)python_string(token.text);
    if (token.kind == PythonToken::Kind::kNewline) {
      parse_python_line(std::span(all.tokens).subspan(begin, i - begin), line);
      begin = i + 1;
      for (const PythonExpression& node : line.nodes) {
        SALLY_CHECK(node.height <= PythonLine::kMostHeight);
        for (const uint32_t child : node.children) {
          SALLY_CHECK(line.at(child).height < node.height);
        }
      }
    }
  }
  return 0;
}
