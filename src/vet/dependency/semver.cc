#include "vet/dependency/semver.h"

#include <algorithm>

namespace sally::vet::dependency {
namespace {

bool is_identifier(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
  });
}

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_digit);
}

// The text before the next `sign`, which is taken too.
std::string_view take_until(std::string_view& text, char sign) {
  const size_t end = std::min(text.find(sign), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

std::strong_ordering compare_identifiers(const std::string& a, const std::string& b) {
  const bool a_number = is_number(a);
  const bool b_number = is_number(b);
  if (a_number && b_number) {
    return Digits(a) <=> Digits(b);
  }
  if (a_number != b_number) {
    return b_number <=> a_number;  // numbers stand before texts
  }
  return a.compare(b) <=> 0;
}

}  // namespace

std::optional<Semver> Semver::parse(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '=')) {
    text.remove_prefix(1);
  }
  if (text.starts_with('v') || text.starts_with('V')) {
    text.remove_prefix(1);
  }
  const size_t plus = text.find('+');
  if (plus != std::string_view::npos) {
    std::string_view build = text.substr(plus + 1);
    if (build.empty() || build.back() == '.') {
      return std::nullopt;
    }
    while (!build.empty()) {
      if (!is_identifier(take_until(build, '.'))) {
        return std::nullopt;
      }
    }
    text = text.substr(0, plus);
  }
  Semver out;
  const size_t dash = text.find('-');
  if (dash != std::string_view::npos) {
    std::string_view pre = text.substr(dash + 1);
    if (pre.empty() || pre.back() == '.') {
      return std::nullopt;
    }
    while (!pre.empty()) {
      const std::string_view part = take_until(pre, '.');
      if (!is_identifier(part)) {
        return std::nullopt;
      }
      out.pre_.emplace_back(part);
    }
    text = text.substr(0, dash);
  }
  if (text.empty() || text.back() == '.') {
    return std::nullopt;
  }
  for (size_t i = 0; !text.empty(); ++i) {
    const std::string_view part = take_until(text, '.');
    if (i == 3 || !is_number(part)) {
      return std::nullopt;
    }
    out.numbers_[i] = Digits(part);
  }
  return out;
}

std::strong_ordering operator<=>(const Semver& a, const Semver& b) {
  for (size_t i = 0; i < a.numbers_.size(); ++i) {
    if (const auto order = a.numbers_[i] <=> b.numbers_[i]; order != 0) {
      return order;
    }
  }
  if (a.pre_.empty() != b.pre_.empty()) {
    return a.pre_.empty() <=> b.pre_.empty();
  }
  for (size_t i = 0; i < std::min(a.pre_.size(), b.pre_.size()); ++i) {
    if (const auto order = compare_identifiers(a.pre_[i], b.pre_[i]); order != 0) {
      return order;
    }
  }
  return a.pre_.size() <=> b.pre_.size();
}

}  // namespace sally::vet::dependency
