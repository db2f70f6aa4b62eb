#include "content/names/train/augment.h"

#include <algorithm>
#include <array>
#include <string>

#include "content/names/characters.h"

namespace sally::content::names {
namespace {

constexpr double kSwapText = 0.35;  // of the texts ...
constexpr double kSwapName = 0.6;   // ... and of the names in them
constexpr double kLower = 0.09;
constexpr double kUpper = 0.04;

void append(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | c >> 6);
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    if (c < 0x10000) {
      out += static_cast<char>(0xE0 | c >> 12);
    } else {
      out += static_cast<char>(0xF0 | c >> 18);
      out += static_cast<char>(0x80 | (c >> 12 & 0x3F));
    }
    out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

constexpr char32_t kFolded = 0x600;  // below it upper case is known

char32_t upper_of(char32_t c) {
  static const auto table = [] {
    std::array<char32_t, kFolded> out{};
    for (char32_t i = 0; i < kFolded; ++i) {
      out[i] = i;
    }
    for (char32_t i = 0; i < kFolded; ++i) {
      const char32_t lower = lower_of(i);
      if (lower != i && lower < kFolded) {
        out[lower] = i;
      }
    }
    return out;
  }();
  return c < kFolded ? table[c] : c;
}

template <typename Change>
void change_letters(Example& example, const Change& change) {
  std::string out;
  std::vector<size_t> place(example.text.size() + 1);
  for (size_t at = 0; at < example.text.size();) {
    const Character c = character_at(example.text, at);
    place[at] = out.size();
    const char32_t changed = change(c.value);
    if (changed == c.value) {
      out.append(example.text, at, c.length);
    } else {
      append(out, changed);
    }
    at += c.length;
  }
  place.back() = out.size();
  for (std::vector<Entity>* list : {&example.gold, &example.others}) {
    for (Entity& entity : *list) {
      entity.begin = place[entity.begin];
      entity.end = place[entity.end];
    }
  }
  example.text = std::move(out);
}

const std::string& any_of(const std::vector<std::string>& list, Dice& dice) {
  static const std::string kNone;
  return list.empty() ? kNone : list[dice.below(list.size())];
}

bool is_latin(std::string_view name) {
  constexpr char32_t kLatinEnd = 0x250;
  for (size_t at = 0; at < name.size();) {
    const Character c = character_at(name, at);
    if (c.value >= kLatinEnd) {
      return false;
    }
    at += c.length;
  }
  return true;
}

// Another name of the same kind; empty where the name is better left alone.
std::string swapped(std::string_view name, EntityType type, const Lists& lists, Dice& dice) {
  if (!is_latin(name)) {
    return {};
  }
  if (type == EntityType::kPerson) {
    const auto words = 1 + std::ranges::count(name, ' ');
    const bool by_given = dice.chance(0.5);
    const std::string& given = any_of(lists.given, dice);
    const std::string& surname = any_of(lists.surnames, dice);
    return words == 1 ? (by_given ? given : surname) : words == 2 ? given + " " + surname : "";
  }
  if (type == EntityType::kLocation) {
    return any_of(lists.places, dice);
  }
  // Organisations say much by their words: seldom.
  return type == EntityType::kOrganization && dice.chance(0.4) ? any_of(lists.organizations, dice)
                                                               : "";
}

void swap_names(Example& example, const Lists& lists, Dice& dice) {
  std::string out;
  size_t done = 0;
  for (Entity& entity : example.gold) {
    out.append(example.text, done, entity.begin - done);
    const std::string_view name =
        std::string_view(example.text).substr(entity.begin, entity.end - entity.begin);
    done = entity.end;
    const std::string other =
        dice.chance(kSwapName) ? swapped(name, entity.type, lists, dice) : std::string();
    entity.begin = out.size();
    out += other.empty() ? name : other;
    entity.end = out.size();
  }
  out.append(example.text, done);
  example.text = std::move(out);
  example.others.clear();
}

}  // namespace

uint64_t Dice::next() {
  state_ += 0x9E3779B97F4A7C15U;
  uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31);
}

void augment(Example& example, const Lists& lists, Dice& dice) {
  if (!example.gold.empty() && dice.chance(kSwapText)) {
    swap_names(example, lists, dice);
  }
  if (dice.chance(kLower)) {
    change_letters(example, lower_of);
  } else if (dice.chance(kUpper)) {
    change_letters(example, upper_of);
  }
}

}  // namespace sally::content::names
