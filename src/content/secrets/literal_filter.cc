#include "content/secrets/literal_filter.h"

#include <algorithm>
#include <bit>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace sally::content {
namespace {

constexpr size_t kGroups = 8;
constexpr size_t kBlock = 32;
constexpr uint8_t kFold = 0x20;

}  // namespace

LiteralFilter::LiteralFilter(std::vector<Key> keys, [[maybe_unused]] Engine engine, Case letters)
    : fold_(letters == Case::kFolded ? kFold : 0) {
#if defined(__x86_64__)
  avx2_ = engine == Engine::kFastest && __builtin_cpu_supports("avx2") != 0;
#endif
  for (Key& key : keys) {
    for (uint8_t& octet : key) {
      octet |= fold_;
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
  size_t beginnings = 1;
  for (size_t i = 0; i < keys.size(); ++i) {
    beginnings += begins_anew(i) ? 1 : 0;
  }
  for (size_t i = 0, beginning = 0; i < keys.size(); ++i) {
    beginning += begins_anew(i) ? 1 : 0;
    const auto group = static_cast<uint8_t>(1U << (beginning * kGroups / beginnings));
    const size_t hash = hash_of(keys[i][0], keys[i][1], keys[i][2]);
    hashes_[hash / 64] |= uint64_t{1} << (hash % 64);
    for (size_t place = 0; place < kWidth; ++place) {
      const uint8_t here = keys[i][place];
      halves_[place].low[here & 15] |= group;
      halves_[place].high[here >> 4] |= group;
    }
  }
}

bool LiteralFilter::passes(const char* at) const {
  unsigned groups = 0xFF;
  for (size_t place = 0; place < kWidth; ++place) {
    const uint8_t here = octet(at[place]);
    groups &= halves_[place].low[here & 15] & halves_[place].high[here >> 4];
  }
  return groups != 0;
}

size_t LiteralFilter::next_by_octets(std::string_view text, size_t from) const {
  for (; from + kWidth <= text.size(); ++from) {
    if (passes(text.data() + from) && is_key(text.data() + from)) {
      return from;
    }
  }
  return text.size();
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) size_t LiteralFilter::next_by_avx2(std::string_view text,
                                                                   size_t from) const {
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
  const auto groups = [nibble, fold](const char* at, __m256i low, __m256i high)
                          __attribute__((target("avx2"))) -> __m256i {
    const __m256i octets =
        _mm256_or_si256(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(at)), fold);
    return _mm256_and_si256(
        _mm256_shuffle_epi8(low, _mm256_and_si256(octets, nibble)),
        _mm256_shuffle_epi8(high, _mm256_and_si256(_mm256_srli_epi16(octets, 4), nibble)));
  };
  // Bit i: position i of the block passes.
  const auto passing = [&](const char* at) __attribute__((target("avx2"))) -> uint32_t {
    const __m256i left = _mm256_and_si256(
        groups(at, low0, high0),
        _mm256_and_si256(groups(at + 1, low1, high1), groups(at + 2, low2, high2)));
    const __m256i none = _mm256_cmpeq_epi8(left, _mm256_setzero_si256());
    return ~static_cast<uint32_t>(_mm256_movemask_epi8(none));
  };

  constexpr size_t kReach = kBlock + kWidth - 1;  // octets that one block looks at
  for (; from + kReach <= text.size(); from += kBlock) {
    for (uint32_t hits = passing(text.data() + from); hits != 0; hits &= hits - 1) {
      const size_t at = from + static_cast<size_t>(std::countr_zero(hits));
      if (is_key(text.data() + at)) {
        return at;
      }
    }
  }
  // What is left goes through a block of its own, of which only the whole keys count.
  if (from + kWidth <= text.size()) {
    const size_t left = text.size() - from;
    char rest[kReach] = {};
    std::memcpy(rest, text.data() + from, left);
    const uint64_t whole_keys = (uint64_t{1} << (left - (kWidth - 1))) - 1;
    for (uint64_t hits = passing(rest) & whole_keys; hits != 0; hits &= hits - 1) {
      const auto at = static_cast<size_t>(std::countr_zero(hits));
      if (is_key(rest + at)) {
        return from + at;
      }
    }
  }
  return text.size();
}
#endif

size_t LiteralFilter::next(std::string_view text, size_t from) const {
#if defined(__x86_64__)
  if (avx2_) {
    return next_by_avx2(text, from);
  }
#endif
  return next_by_octets(text, from);
}

}  // namespace sally::content
