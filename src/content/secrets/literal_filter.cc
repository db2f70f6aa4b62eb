#include "content/secrets/literal_filter.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace sally::content {
namespace {

constexpr size_t kBlock = 32;
constexpr uint8_t kFold = 0x20;
constexpr unsigned kGroups = 8;

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
    : fold_(letters == Case::kFolded ? kFold : 0), tokens_(false) {
  fast_ = engine == Engine::kFastest && has_avx2();
  build(std::move(keys));
}

LiteralFilter::LiteralFilter(std::vector<Key> tokens, std::vector<Key> anywhere, Engine engine)
    : fold_(0), tokens_(true) {
  fast_ = engine == Engine::kFastest && has_avx2();
  std::ranges::for_each(tokens, [this](const Key& key) { note(key); });
  build(std::move(anywhere));
}

void LiteralFilter::note(const Key& key) {
  const size_t hash = hash_of(key[0], key[1], key[2]);
  hashes_[hash / 64] |= uint64_t{1} << (hash % 64);
}

// Spreads the keys over the groups.
void LiteralFilter::build(std::vector<Key> keys) {
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
  size_t beginnings = 1;
  for (size_t i = 0; i < keys.size(); ++i) {
    beginnings += begins_anew(i) ? 1 : 0;
  }
  for (size_t i = 0, beginning = 0; i < keys.size(); ++i) {
    beginning += begins_anew(i) ? 1 : 0;
    const auto group = static_cast<uint8_t>(1U << (beginning * kGroups / beginnings));
    note(keys[i]);
    for (size_t place = 0; place < kWidth; ++place) {
      const uint8_t here = keys[i][place];
      halves_[place].low[here & 15] |= group;
      halves_[place].high[here >> 4] |= group;
    }
  }
}

bool LiteralFilter::begins_token(std::string_view text, size_t at) {
  const std::string_view token = text.substr(at, kToken);
  return (at < 2 || !is_word(text[at - 1]) || text[at - 2] == '\\') &&
         std::ranges::all_of(token, is_visible);
}

bool LiteralFilter::passes(std::string_view text, size_t at) const {
  unsigned groups = ~0U;
  for (size_t place = 0; place < kWidth; ++place) {
    const uint8_t here = octet(text[at + place]);
    groups &= halves_[place].low[here & 15] & halves_[place].high[here >> 4];
  }
  return groups != 0 || (tokens_ && begins_token(text, at));
}

size_t LiteralFilter::find_by_octets(std::string_view text, size_t from, size_t to,
                                     Hits& hits) const {
  for (; from < to && from + kWidth <= text.size() && hits.count < Hits::kEnough; ++from) {
    if (is_key(text.data() + from) && passes(text, from)) {
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
  // Letters, digits, `_`: an octet belongs where the tables of its halves share a bit.
  const __m256i word_low =
      _mm256_setr_epi8(26, 30, 30, 30, 30, 30, 30, 30, 30, 30, 28, 4, 4, 4, 4, 12,  //
                       26, 30, 30, 30, 30, 30, 30, 30, 30, 30, 28, 4, 4, 4, 4, 12);
  const __m256i word_high = _mm256_setr_epi8(0, 0, 0, 2, 4, 8, 4, 16, 0, 0, 0, 0, 0, 0, 0, 0,  //
                                             0, 0, 0, 2, 4, 8, 4, 16, 0, 0, 0, 0, 0, 0, 0, 0);
  const __m256i zero = _mm256_setzero_si256();
  const __m256i backslash = _mm256_set1_epi8('\\');
  const __m256i space = _mm256_set1_epi8(' ');
  const auto bits_of = [](__m256i octets) __attribute__((target("avx2"))) -> uint32_t {
    return static_cast<uint32_t>(_mm256_movemask_epi8(octets));
  };
  // Where tokens that are long enough begin. Octets from 0x80 on are negative here.
  const auto tokens = [&](const char* at) __attribute__((target("avx2"))) -> uint32_t {
    uint64_t visible = bits_of(_mm256_cmpgt_epi8(load(at), space)) |
                       uint64_t{bits_of(_mm256_cmpgt_epi8(load(at + kBlock), space))} << kBlock;
    visible &= visible >> 1;
    visible &= visible >> 2;
    visible &= visible >> 4;
    visible &= visible >> (kToken - 8);
    if (static_cast<uint32_t>(visible) == 0) {
      return 0;
    }
    const __m256i outside = _mm256_cmpeq_epi8(look_up(load(at - 1), word_low, word_high), zero);
    const __m256i escaped = _mm256_cmpeq_epi8(load(at - 2), backslash);
    return static_cast<uint32_t>(visible) & bits_of(_mm256_or_si256(outside, escaped));
  };
  // The octets at `at` are those at `from` of the text.
  const auto scan = [&](const char* at, uint32_t wanted) __attribute__((target("avx2"))) -> void {
    const __m256i left = _mm256_and_si256(
        groups(at, low0, high0),
        _mm256_and_si256(groups(at + 1, low1, high1), groups(at + 2, low2, high2)));
    uint32_t bits = ~bits_of(_mm256_cmpeq_epi8(left, zero));
    if (tokens_) {
      bits |= tokens(at);
    }
    for (bits &= wanted; bits != 0; bits &= bits - 1) {
      const auto i = static_cast<size_t>(std::countr_zero(bits));
      if (is_key(at + i)) {
        hits.at[hits.count++] = from + i;
      }
    }
  };

  constexpr size_t kBefore = 2;
  constexpr size_t kReach = 2 * kBlock;  // octets that are looked at for a block
  if (tokens_) {
    from = find_by_octets(text, from, kBefore, hits);
  }
  for (; from + kReach <= text.size() && hits.count < Hits::kEnough; from += kBlock) {
    scan(text.data() + from, ~uint32_t{0});
  }
  // The rest, with visible octets behind it.
  for (; from + kWidth <= text.size() && hits.count < Hits::kEnough; from += kBlock) {
    std::array<char, kBefore + kReach> rest;
    const size_t before = std::min(from, kBefore);
    const size_t size = std::min(text.size() - from, kReach);
    rest.fill('x');
    std::memcpy(&rest[kBefore - before], text.data() + from - before, before + size);
    const size_t positions = std::min(size + 1 - kWidth, kBlock);
    scan(&rest[kBefore], ~uint32_t{0} >> (kBlock - positions));
  }
  return from;
}
#endif

size_t LiteralFilter::find(std::string_view text, size_t from, Hits& hits) const {
  hits.count = 0;
#if defined(__x86_64__)
  constexpr size_t kWorthIt = 16;  // setting the tables up costs as much as so many octets
  if (fast_ && text.size() - from > kWorthIt) {
    from = find_by_avx2(text, from, hits);
    return from + kWidth > text.size() ? text.size() : from;
  }
#endif
  from = find_by_octets(text, from, text.size(), hits);
  return from + kWidth > text.size() ? text.size() : from;
}

}  // namespace sally::content
