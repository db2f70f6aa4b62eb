// What readers of code share: the text, what may be shown of it, and what its owner allows.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "vet/examination.h"

namespace sally::vet::code {

// What a file of code may be.
inline constexpr uint64_t kMostCode = uint64_t{16} << 20;

class SourceText {
 public:
  // Both outlive it.
  SourceText(std::string_view text, Examination& examination);

  // [begin, end) on one line, cut, without the secrets in it.
  [[nodiscard]] std::string shown(uint64_t begin, uint64_t end) const;
  // The line that begins at `offset` or holds it, without its end.
  [[nodiscard]] std::string_view line_at(uint64_t offset) const;
  [[nodiscard]] uint32_t line_number(uint64_t offset) const;

  // Adds a finding, once for each rule and line. A weakness is passed over where a comment on the
  // line says `sallyport:allow`: it is its owner's; an attack never.
  void add(RuleId rule, uint64_t begin, uint64_t end, std::string message) {
    add(rule, row_of(rule).severity, begin, end, std::move(message));
  }
  void add(RuleId rule, Severity severity, uint64_t begin, uint64_t end, std::string message);

 private:
  std::string_view text_;
  Examination& examination_;
  std::vector<uint64_t> lines_;  // where each begins
  std::vector<std::pair<RuleId, uint32_t>> told_;
};

}  // namespace sally::vet::code
