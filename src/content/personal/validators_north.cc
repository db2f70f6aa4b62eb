// What the Nordic and Baltic countries issue.
#include <algorithm>
#include <array>

#include "content/personal/checksum.h"
#include "content/personal/validators.h"

namespace sally::content::personal::check {

// DVV: the rest by 31 of the date and the serial number names the last character.
bool fi_hetu_without_century(const Shaped& shaped) {
  const std::string_view text = shaped.compact;
  return is_ddmmyy(text) &&
         "0123456789ABCDEFHJKLMNPRSTUVWXY"[number_of(text.substr(0, 9)) % 31] == text[9];
}

// The same with a sign for the century behind the date.
bool fi_hetu(const Shaped& shaped) {
  constexpr std::string_view kCentury = "-+ABCDEFUVWXY";
  if (shaped.raw.size() != 11 || kCentury.find(to_upper(shaped.raw[6])) == std::string_view::npos) {
    return false;
  }
  std::array<char, 10> rest{};
  std::ranges::copy(shaped.raw.substr(0, 6), rest.begin());
  std::ranges::copy(shaped.raw.substr(7), rest.begin() + 6);
  rest[9] = to_upper(rest[9]);
  const std::string_view text(rest.data(), rest.size());
  return fi_hetu_without_century({text, text});
}

// Skatteverket: Luhn over the last ten digits; 60 more on the day for coordination numbers.
bool se_personnummer(const Shaped& shaped) {
  const std::string_view ten = shaped.compact.substr(shaped.compact.size() - 10);
  const unsigned day = two_digits(ten, 4);
  const unsigned century = two_digits(shaped.compact, 0);
  return (shaped.compact.size() == 10 || (century >= 18 && century <= 20)) &&
         is_day(two_digits(ten, 2), day > 60 ? day - 60 : day) && luhn(ten);
}

// Skatteetaten: two check digits modulus 11; 40 more on the day for D numbers.
bool no_fodselsnummer(const Shaped& shaped) {
  const std::string_view text = shaped.compact;
  const unsigned day = two_digits(text, 0);
  const unsigned month = two_digits(text, 2);
  return is_day(month > 40 ? month - 40 : month, day > 40 ? day - 40 : day) &&
         (11 - weighted(text, {3, 7, 6, 1, 8, 9, 4, 5, 2}) % 11) % 11 == digit_of(text[9]) &&
         (11 - weighted(text, {5, 4, 3, 2, 7, 6, 5, 4, 3, 2}) % 11) % 11 == digit_of(text[10]);
}

// CPR: since 2007 numbers are issued that no checksum fits; the date is what can be checked.
bool dk_cpr(const Shaped& shaped) {
  return is_ddmmyy(shaped.compact);
}

// Estonia and Lithuania: two sets of weights, modulus 11.
bool ee_isikukood(const Shaped& shaped) {
  const std::string_view text = shaped.compact;
  unsigned check = weighted(text, {1, 2, 3, 4, 5, 6, 7, 8, 9, 1}) % 11;
  if (check == 10) {
    check = weighted(text, {3, 4, 5, 6, 7, 8, 9, 1, 2, 3}) % 11 % 10;
  }
  return text[0] >= '1' && text[0] <= '8' && is_yymmdd(text.substr(1)) &&
         check == digit_of(text[10]);
}

// PMLP: weights, modulus 11; since 2017 codes begin with 32 and have no date.
bool lv_personal_code(const Shaped& shaped) {
  const std::string_view text = shaped.compact;
  const unsigned sum = weighted(text, {1, 6, 3, 7, 9, 10, 5, 8, 4, 2});
  return text.starts_with("32") ||
         (is_ddmmyy(text) && (1101 - sum) % 11 % 10 == digit_of(text[10]));
}

// Registers Iceland: day (40 more for bodies), month, year; the ninth digit checks, the tenth is
// the century.
bool is_kennitala(const Shaped& shaped) {
  const std::string_view text = shaped.compact;
  const unsigned day = two_digits(text, 0);
  const unsigned check = (11 - weighted(text, {3, 2, 7, 6, 5, 4, 3, 2}) % 11) % 11;
  return is_day(two_digits(text, 2), day > 40 ? day - 40 : day) && check == digit_of(text[8]) &&
         (text[9] == '0' || text[9] >= '8');
}

// Skatteverket: Luhn; the third digit is 2 or more, so that it is no date.
bool se_organisationsnummer(const Shaped& shaped) {
  return shaped.compact[2] >= '2' && luhn(shaped.compact);
}

}  // namespace sally::content::personal::check
