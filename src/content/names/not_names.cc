#include "content/names/not_names.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "content/names/token.h"

namespace sally::content::names {
namespace {

template <size_t kCount>
std::array<uint64_t, kCount> sorted_hashes(const std::array<std::string_view, kCount>& words) {
  std::array<uint64_t, kCount> out{};
  std::ranges::transform(words, out.begin(), word_hash);
  std::ranges::sort(out);
  return out;
}

constexpr auto kNotNames = std::to_array<std::string_view>({
#define SALLY_NOT_NAME(word) word,
#include "content/names/not_names.def"
#undef SALLY_NOT_NAME
});
constexpr auto kEponymHeads = std::to_array<std::string_view>({
#define SALLY_EPONYM_HEAD(word) word,
#include "content/names/not_names.def"
#undef SALLY_EPONYM_HEAD
});

}  // namespace

bool is_no_name(uint64_t word) {
  static const auto sorted = sorted_hashes(kNotNames);
  return std::ranges::binary_search(sorted, word);
}

bool is_eponym_head(uint64_t word) {
  static const auto sorted = sorted_hashes(kEponymHeads);
  return std::ranges::binary_search(sorted, word);
}

}  // namespace sally::content::names
