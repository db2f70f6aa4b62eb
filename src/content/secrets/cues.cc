#include "content/secrets/cues.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "content/secrets/literal_filter.h"

namespace sally::content {
namespace {

using internal::CueRow;
using internal::CueRows;

constexpr CueRow kCues[] = {
#define SALLY_CUE(text, kind, key) {text, CueKind::kind, key},
#include "content/secrets/cues.def"
#undef SALLY_CUE
};

constexpr size_t kKey = LiteralFilter::kWidth;
constexpr unsigned kBits = 10;

constexpr bool cues_fit() {
  return std::ranges::all_of(kCues,
                             [](const CueRow& row) { return row.key + kKey <= row.text.size(); });
}
static_assert(cues_fit(), "cues.def: the key's octets stand in the text");

LiteralFilter::Key key_at(std::string_view text, size_t at) {
  LiteralFilter::Key key{};
  for (size_t i = 0; i < kKey; ++i) {
    key[i] = static_cast<uint8_t>(text[at + i]) | 0x20;
  }
  return key;
}

size_t hash(const LiteralFilter::Key& key) {
  const uint32_t octets = key[0] | uint32_t{key[1]} << 8 | uint32_t{key[2]} << 16;
  return (octets * 0x9E3779B1U) >> (32 - kBits);
}

struct Index {
  Index()
      : rows(std::begin(kCues), std::end(kCues)),
        filter(keys(), LiteralFilter::Engine::kFastest, LiteralFilter::Case::kFolded) {
    std::ranges::sort(rows, {}, [](const CueRow& row) {
      return std::pair(hash(key_at(row.text, row.key)), row.text);
    });
    for (size_t i = 0; i < rows.size(); ++i) {
      auto& [begin, end] = buckets[hash(key_at(rows[i].text, rows[i].key))];
      begin = end == 0 ? i : begin;
      end = i + 1;
    }
  }
  static std::vector<LiteralFilter::Key> keys() {
    std::vector<LiteralFilter::Key> out;
    for (const CueRow& row : kCues) {
      out.push_back(key_at(row.text, row.key));
    }
    return out;
  }
  std::vector<CueRow> rows;
  LiteralFilter filter;
  std::array<std::pair<size_t, size_t>, 1U << kBits> buckets{};
};

const Index& index() {
  static const Index made;
  return made;
}

}  // namespace

const LiteralFilter& internal::cue_keys() {
  return index().filter;
}

CueRows internal::all_cues() {
  return {std::begin(kCues), std::end(kCues)};
}

CueRows internal::cues_with_key(std::string_view text, size_t at) {
  const auto [begin, end] = index().buckets[hash(key_at(text, at))];
  return {index().rows.data() + begin, index().rows.data() + end};
}

bool internal::stands_at(const CueRow& row, std::string_view text, size_t at) {
  return equal_ignoring_case(text.substr(at, row.text.size()), row.text);
}

}  // namespace sally::content
