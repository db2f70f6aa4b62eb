#include "content/anonymise/format_preserving.h"

#include <algorithm>
#include <array>
#include <span>

namespace sally::content::anonymise {
namespace {

constexpr std::string_view kNumerals = "0123456789abcdefghijklmnopqrstuvwxyz";

// The letters and digits of a value as numerals, and their case.
struct Shape {
  std::array<uint8_t, crypto::Ff1::kMostNumerals> numerals{};
  size_t size = 0;
  bool lower = false;
  bool upper = false;

  [[nodiscard]] bool has_letters() const { return lower || upper; }
  [[nodiscard]] std::span<uint8_t> all() { return std::span(numerals).first(size); }
};

std::optional<Shape> shape_of(std::string_view value) {
  Shape out;
  for (const char c : value) {
    uint8_t numeral = 0;
    if (c >= '0' && c <= '9') {
      numeral = static_cast<uint8_t>(c - '0');
    } else if (c >= 'a' && c <= 'z') {
      numeral = static_cast<uint8_t>(c - 'a' + 10);
      out.lower = true;
    } else if (c >= 'A' && c <= 'Z') {
      numeral = static_cast<uint8_t>(c - 'A' + 10);
      out.upper = true;
    } else if ((static_cast<unsigned char>(c) & 0x80U) != 0) {
      return std::nullopt;
    } else {
      continue;
    }
    if (out.size == out.numerals.size()) {
      return std::nullopt;
    }
    out.numerals[out.size++] = numeral;
  }
  if (out.lower && out.upper) {
    return std::nullopt;
  }
  return out;
}

bool has_letter(std::span<const uint8_t> numerals) {
  return std::ranges::any_of(numerals, [](uint8_t x) { return x >= 10; });
}

std::optional<std::string> transform(const Keys& keys, std::string_view type,
                                     std::string_view value, bool forward) {
  std::optional<Shape> shape = shape_of(value);
  if (!shape) {
    return std::nullopt;
  }
  const crypto::Ff1& ff1 = shape->has_letters() ? keys.letters : keys.digits;
  if (!ff1.fits(shape->size)) {
    return std::nullopt;
  }
  const crypto::Sha256Digest tweak = keys.tweaks.sign(as_bytes(type));
  // A value with letters is walked on until there are letters again, so that its shape tells how it
  // was encrypted: at most once more in a hundred.
  do {
    const auto done = forward ? ff1.encrypt(shape->all(), tweak) : ff1.decrypt(shape->all(), tweak);
    if (!done.ok()) {
      return std::nullopt;
    }
  } while (shape->has_letters() && !has_letter(shape->all()));

  std::string out(value);
  const uint8_t* numeral = shape->numerals.data();
  for (char& c : out) {
    const bool part = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (part) {
      c = kNumerals[*numeral++];
      if (shape->upper && c >= 'a') {
        c = static_cast<char>(c - 0x20);
      }
    }
  }
  return out;
}

}  // namespace

std::optional<std::string> encrypt_format(const Keys& keys, std::string_view type,
                                          std::string_view value) {
  return transform(keys, type, value, true);
}
std::optional<std::string> decrypt_format(const Keys& keys, std::string_view type,
                                          std::string_view text) {
  return transform(keys, type, text, false);
}

}  // namespace sally::content::anonymise
