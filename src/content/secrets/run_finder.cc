#include "content/secrets/run_finder.h"

#include <bit>
#include <cstdint>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace sally::content {
namespace {

constexpr size_t kBlock = 64;
// Blocks overlap, so that each run of the asked length stands wholly in one of them.
constexpr size_t kStride = kBlock - 16;
static_assert(kRunLength == 10 && kStride + kRunLength <= kBlock);

// Bit i: the bits i to i + 9 of `mask` are set.
[[maybe_unused]] constexpr uint64_t ten_in_a_row(uint64_t mask) {
  mask &= mask >> 1;  // two
  mask &= mask >> 2;  // four
  mask &= mask >> 4;  // eight
  return mask & mask >> 2;
}
static_assert(ten_in_a_row(0x3FF) == 1 && ten_in_a_row(0x1FF) == 0);

#if defined(__x86_64__)
// An octet belongs where the tables of its lower and its upper half share a bit.
__attribute__((target("avx2"))) uint64_t members(const char* at) {
  const __m256i low = _mm256_setr_epi8(26, 30, 30, 30, 30, 30, 30, 30, 30, 30, 28, 4, 4, 5, 4, 12,
                                       26, 30, 30, 30, 30, 30, 30, 30, 30, 30, 28, 4, 4, 5, 4, 12);
  const __m256i high = _mm256_setr_epi8(0, 0, 1, 2, 4, 8, 4, 16, 0, 0, 0, 0, 0, 0, 0, 0,  //
                                        0, 0, 1, 2, 4, 8, 4, 16, 0, 0, 0, 0, 0, 0, 0, 0);
  const __m256i nibble = _mm256_set1_epi8(0x0F);
  const auto half = [&](const char* from) __attribute__((target("avx2"))) -> uint64_t {
    const __m256i octets = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
    const __m256i found = _mm256_and_si256(
        _mm256_shuffle_epi8(low, _mm256_and_si256(octets, nibble)),
        _mm256_shuffle_epi8(high, _mm256_and_si256(_mm256_srli_epi16(octets, 4), nibble)));
    const __m256i none = _mm256_cmpeq_epi8(found, _mm256_setzero_si256());
    return ~static_cast<uint32_t>(_mm256_movemask_epi8(none));
  };
  return half(at) | half(at + kBlock / 2) << (kBlock / 2);
}

size_t next_run_avx2(std::string_view text, size_t from) {
  for (; from + kBlock <= text.size(); from += kStride) {
    const uint64_t hits = ten_in_a_row(members(text.data() + from));
    if (hits != 0) {
      return from + static_cast<size_t>(std::countr_zero(hits));
    }
  }
  char rest[kBlock] = {};  // no NUL belongs to a run
  for (; from + kRunLength <= text.size(); from += kStride) {
    std::memcpy(rest, text.data() + from, text.size() - from);
    std::memset(rest + (text.size() - from), 0, kBlock - (text.size() - from));
    const uint64_t hits = ten_in_a_row(members(rest));
    if (hits != 0) {
      return from + static_cast<size_t>(std::countr_zero(hits));
    }
  }
  return text.size();
}

bool has_avx2() {
  static const bool has = __builtin_cpu_supports("avx2") != 0;
  return has;
}
#endif

}  // namespace

size_t next_run_portable(std::string_view text, size_t from) {
  size_t length = 0;
  for (size_t i = from; i < text.size(); ++i) {
    length = is_run(text[i]) ? length + 1 : 0;
    if (length == kRunLength) {
      return i + 1 - kRunLength;
    }
  }
  return text.size();
}

size_t next_run(std::string_view text, size_t from) {
#if defined(__x86_64__)
  if (has_avx2()) {
    return next_run_avx2(text, from);
  }
#endif
  return next_run_portable(text, from);
}

}  // namespace sally::content
