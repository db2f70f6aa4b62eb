// The words of address_words.def.
#pragma once

#include <cstdint>
#include <string_view>

namespace sally::content::names {

// What a word may be in an address; the .def file says more.
enum class AddressPart : uint8_t { kBehind, kBefore, kFrench, kAfter, kUnit, kParticle };

// Whether the word with this hash (Token::word) may be that.
[[nodiscard]] bool is_address_word(uint64_t word, AddressPart part);
// Whether `word` ends as names of streets do: Hauptstraße.
[[nodiscard]] bool is_street_name(std::string_view word);

}  // namespace sally::content::names
