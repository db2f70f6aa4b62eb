#include "content/attack/features.h"

namespace sally::content::attack::internal {
namespace {

constexpr AsciiSign ascii_sign(uint8_t c) {
  if (c <= ' ' || c == 0x7F) {
    return {' ', SignKind::kSpace};
  }
  if (c >= '0' && c <= '9') {
    return {'0', SignKind::kWord};
  }
  if (c >= 'A' && c <= 'Z') {
    return {static_cast<uint8_t>(c + ('a' - 'A')), SignKind::kWord};
  }
  if ((c >= 'a' && c <= 'z')) {
    return {c, SignKind::kWord};
  }
  return {c, SignKind::kMark};
}

}  // namespace

constexpr std::array<AsciiSign, 128> kAsciiSigns = [] {
  std::array<AsciiSign, 128> out{};
  for (uint8_t c = 0; c < 128; ++c) {
    out[c] = ascii_sign(c);
  }
  return out;
}();

Sign other_sign(std::string_view text, size_t at) {
  const names::Character c = names::character_at(text, at);
  const auto with = [&](char32_t code, SignKind kind) { return Sign{code, c.length, kind}; };
  switch (names::class_of(c.value)) {
    case names::CharClass::kSpace:
      return with(' ', SignKind::kSpace);
    case names::CharClass::kDigit:
      return with('0', SignKind::kWord);
    case names::CharClass::kUpper:
    case names::CharClass::kLower:
      return with(names::lower_of(c.value), SignKind::kWord);
    case names::CharClass::kUncased:
      return with(c.value, SignKind::kWord);
    case names::CharClass::kIdeo:
      return with(c.value, SignKind::kIdeograph);
    case names::CharClass::kOther:
      return with(c.value, SignKind::kMark);
  }
  return with(c.value, SignKind::kMark);
}

}  // namespace sally::content::attack::internal

namespace sally::content::attack {
namespace {

struct Collected {
  std::vector<uint32_t>& out;
  void feature(uint32_t hash, unsigned /*words*/) const { out.push_back(hash); }
  void known(uint32_t /*place*/) const {}
  void token(size_t /*begin*/, size_t /*end*/) const {}
};
using Reader = FeatureReader<const Collected>;

}  // namespace

uint32_t key_of_word(std::string_view word) {
  std::vector<uint32_t> none;
  const Collected sink{none};
  const Vocabulary vocabulary;
  Reader reader(word, vocabulary, sink);
  reader.take_word(0);
  return reader.key_;
}

void own_features_of(std::string_view word, std::vector<uint32_t>& out) {
  const Collected sink{out};
  const Vocabulary vocabulary;
  Reader reader(word, vocabulary, sink);
  reader.take_word(0);
  reader.emit_pieces();
}

uint32_t feature_of_meaning(uint8_t meaning) {
  return internal::spread(meaning, Reader::kMeaning);
}

}  // namespace sally::content::attack
