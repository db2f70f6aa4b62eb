#include "content/secrets/literal_filter.h"

#include <algorithm>
#include <bit>
#include <utility>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace sally::content {
namespace {

constexpr size_t kBlock = 32;
constexpr uint8_t kFold = 0x20;
constexpr uint8_t kAllGroups = 0xFF;
constexpr uint8_t kAnywhere = 0x80;  // where the others begin only with a word

constexpr bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

bool has_avx2() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2") != 0;
#else
  return false;
#endif
}

}  // namespace

LiteralFilter::LiteralFilter(std::vector<Key> keys, Engine engine, Case letters)
    : fold_(letters == Case::kFolded ? kFold : 0), anywhere_(kAllGroups) {
  fast_ = engine == Engine::kFastest && has_avx2();
  build(std::move(keys), kAllGroups);
}

LiteralFilter::LiteralFilter(std::vector<Key> outside, std::vector<Key> anywhere, Engine engine)
    : fold_(0), anywhere_(kAnywhere) {
  fast_ = engine == Engine::kFastest && has_avx2();
  build(std::move(outside), kAllGroups & ~kAnywhere);
  build(std::move(anywhere), kAnywhere);
}

// Spreads the keys over `groups`.
void LiteralFilter::build(std::vector<Key> keys, uint8_t groups) {
  for (Key& key : keys) {
    for (uint8_t& here : key) {
      here |= fold_;
    }
  }
  // Neighbours in order share octets, so that a group of them lets little else through.
  std::ranges::sort(keys);
  const auto [last, end] = std::ranges::unique(keys);
  keys.erase(last, end);
  // Keys that differ in the third octet alone stay together: they count as one.
  const auto begins_anew = [&keys](size_t i) {
    return i > 0 && (keys[i][0] != keys[i - 1][0] || keys[i][1] != keys[i - 1][1]);
  };
  std::vector<uint8_t> bits;
  for (unsigned bit = 1; bit <= kAllGroups; bit <<= 1) {
    if ((groups & bit) != 0) {
      bits.push_back(static_cast<uint8_t>(bit));
    }
  }
  size_t beginnings = 1;
  for (size_t i = 0; i < keys.size(); ++i) {
    beginnings += begins_anew(i) ? 1 : 0;
  }
  for (size_t i = 0, beginning = 0; i < keys.size(); ++i) {
    beginning += begins_anew(i) ? 1 : 0;
    const uint8_t group = bits[beginning * bits.size() / beginnings];
    const size_t hash = hash_of(keys[i][0], keys[i][1], keys[i][2]);
    hashes_[hash / 64] |= uint64_t{1} << (hash % 64);
    for (size_t place = 0; place < kWidth; ++place) {
      const uint8_t here = keys[i][place];
      halves_[place].low[here & 15] |= group;
      halves_[place].high[here >> 4] |= group;
    }
  }
}

bool LiteralFilter::begins(std::string_view text, size_t at) const {
  return at < 2 || !is_word(text[at - 1]) || text[at - 2] == '\\';
}

bool LiteralFilter::passes(std::string_view text, size_t at) const {
  unsigned groups = begins(text, at) ? kAllGroups : anywhere_;
  for (size_t place = 0; place < kWidth; ++place) {
    const uint8_t here = octet(text[at + place]);
    groups &= halves_[place].low[here & 15] & halves_[place].high[here >> 4];
  }
  return groups != 0;
}

size_t LiteralFilter::find_by_octets(std::string_view text, size_t from, size_t to,
                                     Hits& hits) const {
  for (; from < to && from + kWidth <= text.size() && hits.count < Hits::kEnough; ++from) {
    if (passes(text, from) && is_key(text.data() + from)) {
      hits.at[hits.count++] = from;
    }
  }
  return from;
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) size_t LiteralFilter::find_by_avx2(std::string_view text,
                                                                   size_t from, Hits& hits) const {
  const auto table = [](const std::array<uint8_t, 16>& half)
                         __attribute__((target("avx2"))) -> __m256i {
    return _mm256_broadcastsi128_si256(
        _mm_load_si128(reinterpret_cast<const __m128i*>(half.data())));
  };
  const __m256i low0 = table(halves_[0].low);
  const __m256i high0 = table(halves_[0].high);
  const __m256i low1 = table(halves_[1].low);
  const __m256i high1 = table(halves_[1].high);
  const __m256i low2 = table(halves_[2].low);
  const __m256i high2 = table(halves_[2].high);
  const __m256i nibble = _mm256_set1_epi8(0x0F);
  const __m256i fold = _mm256_set1_epi8(static_cast<char>(fold_));
  const auto load = [](const char* at) __attribute__((target("avx2"))) -> __m256i {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
  };
  const auto look_up = [nibble](__m256i octets, __m256i low, __m256i high)
                           __attribute__((target("avx2"))) -> __m256i {
    return _mm256_and_si256(
        _mm256_shuffle_epi8(low, _mm256_and_si256(octets, nibble)),
        _mm256_shuffle_epi8(high, _mm256_and_si256(_mm256_srli_epi16(octets, 4), nibble)));
  };
  const auto groups = [&](const char* at, __m256i low, __m256i high)
                          __attribute__((target("avx2"))) -> __m256i {
    return look_up(_mm256_or_si256(load(at), fold), low, high);
  };
  const bool words = anywhere_ != kAllGroups;
  // Letters, digits, `_`: an octet belongs where the tables of its halves share a bit.
  const __m256i word_low =
      _mm256_setr_epi8(26, 30, 30, 30, 30, 30, 30, 30, 30, 30, 28, 4, 4, 4, 4, 12,  //
                       26, 30, 30, 30, 30, 30, 30, 30, 30, 30, 28, 4, 4, 4, 4, 12);
  const __m256i word_high = _mm256_setr_epi8(0, 0, 0, 2, 4, 8, 4, 16, 0, 0, 0, 0, 0, 0, 0, 0,  //
                                             0, 0, 0, 2, 4, 8, 4, 16, 0, 0, 0, 0, 0, 0, 0, 0);
  const __m256i zero = _mm256_setzero_si256();
  const __m256i anywhere = _mm256_set1_epi8(static_cast<char>(anywhere_));
  const __m256i backslash = _mm256_set1_epi8('\\');
  // The groups that may begin at each position.
  const auto allowed = [&](const char* at) __attribute__((target("avx2"))) -> __m256i {
    const __m256i outside = _mm256_cmpeq_epi8(look_up(load(at - 1), word_low, word_high), zero);
    const __m256i escaped = _mm256_cmpeq_epi8(load(at - 2), backslash);
    return _mm256_or_si256(anywhere, _mm256_or_si256(outside, escaped));
  };

  if (words) {
    from = find_by_octets(text, from, 2, hits);
  }
  const auto scan = [&](size_t block, uint32_t wanted) __attribute__((target("avx2"))) -> void {
    const char* const at = text.data() + block;
    __m256i left = _mm256_and_si256(
        groups(at, low0, high0),
        _mm256_and_si256(groups(at + 1, low1, high1), groups(at + 2, low2, high2)));
    if (words) {
      left = _mm256_and_si256(left, allowed(at));
    }
    const __m256i none = _mm256_cmpeq_epi8(left, zero);
    for (uint32_t bits = ~static_cast<uint32_t>(_mm256_movemask_epi8(none)) & wanted; bits != 0;
         bits &= bits - 1) {
      const auto i = static_cast<size_t>(std::countr_zero(bits));
      if (is_key(at + i)) {
        hits.at[hits.count++] = block + i;
      }
    }
  };
  constexpr size_t kReach = kBlock + kWidth - 1;  // octets that one block looks at
  for (; from + kReach <= text.size() && hits.count < Hits::kEnough; from += kBlock) {
    scan(from, ~uint32_t{0});
  }
  // The last block once more looks at what was seen, but counts only the rest.
  if (hits.count < Hits::kEnough && text.size() >= kReach + 2 && from + kWidth <= text.size()) {
    const size_t block = text.size() - kReach;
    scan(block, ~uint32_t{0} << (from - block));
    from = text.size();
  }
  return from;
}
#endif

size_t LiteralFilter::find(std::string_view text, size_t from, Hits& hits) const {
  hits.count = 0;
#if defined(__x86_64__)
  if (fast_) {
    from = find_by_avx2(text, from, hits);
  }
#endif
  if (hits.count < Hits::kEnough) {
    from = find_by_octets(text, from, text.size(), hits);
  }
  return from + kWidth > text.size() ? text.size() : from;
}

}  // namespace sally::content
