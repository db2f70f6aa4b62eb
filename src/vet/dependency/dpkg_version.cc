#include "vet/dependency/dpkg_version.h"

#include <algorithm>

namespace sally::vet::dependency {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// `~` before the end, the end before letters, letters before everything else.
int weight(std::string_view text, size_t at) {
  if (at >= text.size() || is_digit(text[at])) {
    return 0;
  }
  const char c = text[at];
  if (is_letter(c)) {
    return c;
  }
  return c == '~' ? -1 : static_cast<unsigned char>(c) + 256;
}

// dpkg's verrevcmp.
std::strong_ordering compare_parts(std::string_view a, std::string_view b) {
  size_t i = 0;
  size_t j = 0;
  while (i < a.size() || j < b.size()) {
    while ((i < a.size() && !is_digit(a[i])) || (j < b.size() && !is_digit(b[j]))) {
      if (const auto order = weight(a, i) <=> weight(b, j); order != 0) {
        return order;
      }
      ++i;
      ++j;
    }
    const auto digits = [](std::string_view text, size_t& at) {
      const size_t begin = std::min(at, text.size());
      while (at < text.size() && is_digit(text[at])) {
        ++at;
      }
      return Digits(text.substr(begin, std::min(at, text.size()) - begin));
    };
    if (const auto order = digits(a, i) <=> digits(b, j); order != 0) {
      return order;
    }
  }
  return std::strong_ordering::equal;
}

bool all_among(std::string_view text, std::string_view signs) {
  return std::ranges::all_of(text, [&](char c) {
    return is_digit(c) || is_letter(c) || signs.find(c) != std::string_view::npos;
  });
}

}  // namespace

std::optional<DpkgVersion> DpkgVersion::parse(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
    text.remove_prefix(1);
  }
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
    text.remove_suffix(1);
  }
  DpkgVersion out;
  if (const size_t colon = text.find(':'); colon != std::string_view::npos) {
    const std::string_view epoch = text.substr(0, colon);
    constexpr size_t kMostEpoch = 10;  // digits of an int
    if (epoch.empty() || !std::ranges::all_of(epoch, is_digit) ||
        Digits(epoch).to_string().size() > kMostEpoch) {
      return std::nullopt;
    }
    out.epoch_ = Digits(epoch);
    text.remove_prefix(colon + 1);
  }
  if (const size_t dash = text.rfind('-'); dash != std::string_view::npos) {
    out.revision_ = text.substr(dash + 1);
    text = text.substr(0, dash);
    if (out.revision_.empty()) {
      return std::nullopt;
    }
  }
  out.upstream_ = text;
  if (text.empty() || !all_among(out.upstream_, ".-+~:") || !all_among(out.revision_, ".+~")) {
    return std::nullopt;
  }
  return out;
}

std::strong_ordering operator<=>(const DpkgVersion& a, const DpkgVersion& b) {
  if (const auto order = a.epoch_ <=> b.epoch_; order != 0) {
    return order;
  }
  if (const auto order = compare_parts(a.upstream_, b.upstream_); order != 0) {
    return order;
  }
  return compare_parts(a.revision_, b.revision_);
}

}  // namespace sally::vet::dependency
