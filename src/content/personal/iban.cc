#include "content/personal/iban.h"

#include <array>

#include "content/personal/checksum.h"
#include "content/personal/token.h"

namespace sally::content::personal {
namespace {

struct Country {
  std::string_view code;
  size_t length;
};
constexpr Country kCountries[] = {
#define SALLY_IBAN(code, length) {code, length},
#include "content/personal/iban.def"
#undef SALLY_IBAN
};
constexpr size_t kLongest = 34;
constexpr size_t kWidestGap = 2;  // octets between two groups

size_t length_of(char first, char second) {
  for (const Country& country : kCountries) {
    if (country.code[0] == first && country.code[1] == second) {
      return country.length;
    }
  }
  return 0;
}

}  // namespace

std::optional<Span> iban_at(std::string_view text, size_t begin) {
  if (text.size() - begin < 4 || !is_digit(text[begin + 2]) || !is_digit(text[begin + 3])) {
    return std::nullopt;
  }
  const size_t length = length_of(to_upper(text[begin]), to_upper(text[begin + 1]));
  if (length == 0) {
    return std::nullopt;
  }
  std::array<char, kLongest> buffer{};
  size_t size = 0;
  size_t at = begin;
  size_t gap = 0;
  while (size < length && at < text.size()) {
    if (is_alnum(text[at])) {
      buffer[size++] = to_upper(text[at]);
      gap = 0;
    } else if (std::string_view(" -._/\n").find(text[at]) == std::string_view::npos ||
               ++gap > kWidestGap) {
      break;
    }
    ++at;
  }
  if (size != length || (at < text.size() && is_alnum(text[at]))) {
    return std::nullopt;
  }
  const std::string_view iban(buffer.data(), length);
  return mod97(iban.substr(0, 4), mod97(iban.substr(4))) == 1 ? std::optional(Span{begin, at})
                                                              : std::nullopt;
}

}  // namespace sally::content::personal
