#include "content/names/address_words.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/encoding.h"
#include "content/names/token.h"

namespace sally::content::names {
namespace {

using Word = std::pair<uint64_t, AddressPart>;

const auto& sorted_words() {
  static const auto made = [] {
    auto out = std::to_array<Word>({
#define SALLY_STREET_BEHIND(word) {word_hash(word), AddressPart::kBehind},
#define SALLY_STREET_BEFORE(word) {word_hash(word), AddressPart::kBefore},
#define SALLY_STREET_FRENCH(word) {word_hash(word), AddressPart::kFrench},
#define SALLY_STREET_AFTER(word) {word_hash(word), AddressPart::kAfter},
#define SALLY_ADDRESS_UNIT(word) {word_hash(word), AddressPart::kUnit},
#define SALLY_ADDRESS_PARTICLE(word) {word_hash(word), AddressPart::kParticle},
#include "content/names/address_words.def"
#undef SALLY_STREET_BEHIND
#undef SALLY_STREET_BEFORE
#undef SALLY_STREET_FRENCH
#undef SALLY_STREET_AFTER
#undef SALLY_ADDRESS_UNIT
#undef SALLY_ADDRESS_PARTICLE
    });
    std::ranges::sort(out);
    return out;
  }();
  return made;
}

constexpr auto kEndings = std::to_array<std::string_view>({
#define SALLY_STREET_ENDING(text) text,
#include "content/names/address_words.def"
#undef SALLY_STREET_ENDING
});
constexpr size_t kLeastBeforeEnding = 3;  // octets: `Verlaan`, but not `Laan`

}  // namespace

bool is_address_word(uint64_t word, AddressPart part) {
  return std::ranges::binary_search(sorted_words(), Word(word, part));
}

bool is_street_name(std::string_view word) {
  return std::ranges::any_of(kEndings, [&](std::string_view ending) {
    return word.size() >= ending.size() + kLeastBeforeEnding &&
           equal_ignoring_case(word.substr(word.size() - ending.size()), ending);
  });
}

}  // namespace sally::content::names
