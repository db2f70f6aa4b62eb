#include "vet/secret/secret_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "base/encoding.h"
#include "vet/secret_search.h"

namespace sally::vet::secret {
namespace {

constexpr uint64_t kMostText = uint64_t{16} << 20;
constexpr size_t kMostShown = 4;  // characters of a secret

// The line of `text` that holds `offset`.
std::string_view line_of(std::string_view text, size_t offset) {
  const size_t before = offset == 0 ? std::string_view::npos : text.rfind('\n', offset - 1);
  const size_t begin = before == std::string_view::npos ? 0 : before + 1;
  return text.substr(begin, std::min(text.find('\n', offset), text.size()) - begin);
}

// What the owner of a file says is none.
bool is_allowed(std::string_view line) {
  return line.find("sallyport:allow") != std::string_view::npos ||
         line.find("gitleaks:allow") != std::string_view::npos;
}

}  // namespace

bool may_be_text(const Look& look) {
  if (look.head.empty() || look.input.size() > kMostText) {
    return false;
  }
  std::string_view head = as_text(look.head);
  if (head.find('\0') != std::string_view::npos) {
    return false;
  }
  // The last character may be cut.
  for (int i = 0; i < 3 && head.size() == Look::kHead && !is_utf8(head); ++i) {
    head.remove_suffix(1);
  }
  return is_utf8(head);
}

Result<> examine_secrets(const formats::Input& input, Examination& examination) {
  const SecretSearch* search = examination.services().secrets;
  if (search == nullptr) {
    return ok();
  }
  TRY(const std::string text, formats::read_all(input, kMostText));
  size_t counted = 0;
  uint32_t line = 1;
  for (const FoundSecret& found : search->find(text)) {
    line += static_cast<uint32_t>(
        std::count(text.begin() + static_cast<std::ptrdiff_t>(counted),
                   text.begin() + static_cast<std::ptrdiff_t>(found.offset), '\n'));
    counted = found.offset;
    if (is_allowed(line_of(text, found.offset))) {
      continue;
    }
    const RuleId rule = found.sure ? RuleId::kSecret : RuleId::kLikelySecret;
    const size_t shown = std::min(kMostShown, found.length / 4);
    examination.add({.rule = rule,
                     .severity = row_of(rule).severity,
                     .offset = found.offset,
                     .line = line,
                     .message = fmt::format("`{}`", found.kind),
                     .evidence = text.substr(found.offset, shown) + "***"});
  }
  return ok();
}

}  // namespace sally::vet::secret
