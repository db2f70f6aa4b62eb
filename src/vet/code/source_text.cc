#include "vet/code/source_text.h"

#include <algorithm>
#include <utility>

#include "vet/secret_search.h"

namespace sally::vet::code {
namespace {

constexpr size_t kMostShown = 160;
constexpr size_t kMostTold = 10'000;

}  // namespace

SourceText::SourceText(std::string_view text, Examination& examination)
    : text_(text), examination_(examination), lines_{0} {
  for (size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) {
    lines_.push_back(at + 1);
  }
}

uint32_t SourceText::line_number(uint64_t offset) const {
  return static_cast<uint32_t>(std::ranges::upper_bound(lines_, offset) - lines_.begin());
}

std::string_view SourceText::line_at(uint64_t offset) const {
  const uint64_t begin = lines_[line_number(offset) - 1];
  const size_t end = std::min(text_.find_first_of("\r\n", begin), text_.size());
  return text_.substr(begin, end - begin);
}

std::string SourceText::shown(uint64_t begin, uint64_t end) const {
  begin = std::min<uint64_t>(begin, text_.size());
  end = std::clamp<uint64_t>(end, begin, text_.size());
  std::string part(text_.substr(begin, std::min<uint64_t>(end - begin, 4 * kMostShown)));
  if (const SecretSearch* search = examination_.services().secrets) {
    const std::vector<FoundSecret> found = search->find(part);
    for (auto secret = found.rbegin(); secret != found.rend(); ++secret) {
      part.replace(secret->offset, secret->length, "***");
    }
  }
  std::string out;
  for (const char c : part) {
    const bool space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (!space) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  if (out.size() > kMostShown) {
    out.resize(kMostShown);
    out += "...";
  }
  return out;
}

void SourceText::add(RuleId rule, Severity severity, uint64_t begin, uint64_t end,
                     std::string message) {
  const uint32_t line = line_number(begin);
  if (row_of(rule).nature == Nature::kWeakness &&
      line_at(begin).find("sallyport:allow") != std::string_view::npos) {
    return;
  }
  const std::pair key{rule, line};
  if (told_.size() >= kMostTold || std::ranges::find(told_, key) != told_.end()) {
    return;
  }
  told_.push_back(key);
  examination_.add({.rule = rule,
                    .severity = severity,
                    .offset = begin,
                    .line = line,
                    .message = std::move(message),
                    .evidence = shown(begin, end)});
}

}  // namespace sally::vet::code
