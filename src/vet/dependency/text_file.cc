#include "vet/dependency/text_file.h"

#include <algorithm>

namespace sally::vet::dependency {

Result<std::string> read_text(const formats::Input& input) {
  TRY(std::string text, formats::read_all(input, kMostLock));
  if (text.starts_with("\xEF\xBB\xBF")) {
    text.erase(0, 3);
  }
  return text;
}

std::vector<TextLine> lines_of(std::string_view text) {
  std::vector<TextLine> out;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    out.push_back({.text = line, .number = static_cast<uint32_t>(out.size() + 1), .offset = at});
    at = end + 1;
  }
  return out;
}

}  // namespace sally::vet::dependency
