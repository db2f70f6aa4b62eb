#include "content/personal/context.h"

#include <string_view>

#include "base/check.h"

namespace sally::content::personal {
namespace {

struct Row {
  ContextGroup group;
  std::string_view words;
};

constexpr Row kRows[] = {
#define SALLY_CONTEXT(group, words) {ContextGroup::group, words},
#include "content/personal/context.def"
#undef SALLY_CONTEXT
};

uint32_t hash_of(std::string_view word) {
  uint32_t hash = kWordStart;
  for (const char c : word) {
    hash = extend_word(hash, static_cast<unsigned char>(c));
  }
  return hash;
}

}  // namespace

ContextWords::Meaning& ContextWords::slot_of(uint32_t hash) {
  seen_[hash >> 19 & (kSeenWords - 1)] |= uint64_t{1} << (hash >> 13 & 63U);
  size_t at = hash & (kSlots - 1);
  while (slots_[at].hash != 0 && slots_[at].hash != hash) {
    at = (at + 1) & (kSlots - 1);
  }
  slots_[at].hash = hash;
  return slots_[at];
}

ContextWords::ContextWords() : slots_(kSlots) {
  for (const Row& row : kRows) {
    std::string_view rest = row.words;
    while (!rest.empty()) {
      const std::string_view phrase = rest.substr(0, rest.find('|'));
      rest.remove_prefix(phrase.size() == rest.size() ? rest.size() : phrase.size() + 1);
      // The last two words of a phrase are looked for.
      const size_t last = phrase.rfind(' ');
      uint32_t hash = hash_of(phrase.substr(last == std::string_view::npos ? 0 : last + 1));
      if (last != std::string_view::npos) {
        const std::string_view before = phrase.substr(0, last);
        const size_t first = before.rfind(' ');
        slot_of(hash).ends_pair = true;
        hash =
            pair_of(hash_of(before.substr(first == std::string_view::npos ? 0 : first + 1)), hash);
      }
      Meaning& meaning = slot_of(hash);
      meaning.groups.add(row.group);
      meaning.month = row.group == ContextGroup::kMonth ? 1 : meaning.month;
    }
  }
}

}  // namespace sally::content::personal
