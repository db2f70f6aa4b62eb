// What the countries of the European continent issue.
#include "content/personal/checksum.h"
#include "content/personal/validators.h"

namespace sally::content::personal::check {

// BZSt: ISO 7064 MOD 11,10; of the first ten digits one stands twice or three times, the others
// once.
bool de_tax_id(const Shaped& shaped) {
  unsigned times[10] = {};
  for (const char c : shaped.compact.substr(0, 10)) {
    ++times[digit_of(c)];
  }
  unsigned repeated = 0;
  for (const unsigned count : times) {
    if (count > 3) {
      return false;
    }
    repeated += count > 1 ? 1 : 0;
  }
  return repeated == 1 && shaped.compact[0] != '0' && iso7064_mod11_10(shaped.compact);
}

// VKVV: the letter is two digits; cross sums of the products, modulus 10.
bool de_social_security(const Shaped& shaped) {
  constexpr unsigned kWeights[] = {2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1};
  const std::string_view text = shaped.compact;
  const unsigned letter = static_cast<unsigned>(text[8] - 'A') + 1;
  unsigned digits[12] = {};
  for (size_t i = 0; i < 8; ++i) {
    digits[i] = digit_of(text[i]);
  }
  digits[8] = letter / 10;
  digits[9] = letter % 10;
  digits[10] = digit_of(text[9]);
  digits[11] = digit_of(text[10]);
  unsigned sum = 0;
  for (size_t i = 0; i < 12; ++i) {
    const unsigned product = digits[i] * kWeights[i];
    sum += product / 10 + product % 10;
  }
  const unsigned day = two_digits(text, 2);
  const unsigned month = two_digits(text, 4);
  return sum % 10 == digit_of(text[11]) && month <= 12 && day % 50 <= 31;
}

// ICAO 9303 weights 7, 3, 1 where the check digit is written; no vowels in the serial number.
bool de_document(const Shaped& shaped) {
  const std::string_view text = shaped.compact;
  constexpr std::string_view kUsed = "CFGHJKLMNPRTVWXYZ0123456789";
  if (text.find_first_not_of(kUsed) != std::string_view::npos || is_digit(text[0])) {
    return false;
  }
  return text.size() == 9 || weighted(text, {7, 3, 1, 7, 3, 1, 7, 3, 1}) % 10 == value_of(text[9]);
}

// SVNr: the fourth digit checks the serial number and the date of birth, modulus 11.
bool at_svnr(const Shaped& shaped) {
  const unsigned month = two_digits(shaped.compact, 6);
  const unsigned day = two_digits(shaped.compact, 4);
  return shaped.compact[0] != '0' && day >= 1 && day <= 31 && month >= 1 && month <= 15 &&
         weighted(shaped.compact, {3, 7, 9, 0, 5, 8, 4, 2, 1, 6}) % 11 ==
             digit_of(shaped.compact[3]);
}

// EAN-13 with the country's 756.
bool ch_ahv(const Shaped& shaped) {
  return shaped.compact.starts_with("756") &&
         (10 - weighted(shaped.compact, {1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3}) % 10) % 10 ==
             digit_of(shaped.compact[12]);
}

// INSEE: 97 less the rest by 97; 2A counts as 19 and 2B as 18. Without the key nothing is proved.
bool fr_nir(const Shaped& shaped) {
  const std::string_view text = shaped.compact;
  if (text.size() < 15 || std::string_view("123478").find(text[0]) == std::string_view::npos) {
    return false;
  }
  const unsigned month = two_digits(text, 3);
  if (month == 0 || (month > 12 && month < 20) || (month > 42 && month < 50)) {
    return false;
  }
  uint64_t number = 0;
  for (size_t i = 0; i < 13; ++i) {
    unsigned digit = digit_of(text[i]);
    if (!is_digit(text[i])) {
      if (i != 6 || text[5] != '2' || (text[6] != 'A' && text[6] != 'B')) {
        return false;
      }
      // 2A: 19 is one less than 20; 2B: 18.
      number -= 1;
      digit = text[6] == 'A' ? 9 : 8;
    }
    number = number * 10 + digit;
  }
  return 97 - number % 97 == two_digits(text, 13);
}

// The first nine digits by 97; with a 2 before for who was born from 2000 on.
bool be_national(const Shaped& shaped) {
  const unsigned month = two_digits(shaped.compact, 2);
  const uint64_t number = number_of(shaped.compact.substr(0, 9));
  const unsigned check = two_digits(shaped.compact, 9);
  return month % 20 <= 12 && two_digits(shaped.compact, 4) <= 31 &&
         (97 - number % 97 == check || 97 - (2'000'000'000 + number) % 97 == check);
}

// The "11 test": weights 9 to 2, less the last digit.
bool nl_bsn(const Shaped& shaped) {
  const std::string_view text = shaped.compact;
  return !all_same(text) && weighted(text, {9, 8, 7, 6, 5, 4, 3, 2, 10}) % 11 == 0;
}

namespace {
constexpr std::string_view kSpanishLetters = "TRWAGMYFPDXBNJZSQVHLCKE";
}  // namespace

// Real Decreto 1553/2005: the rest by 23 names the letter.
bool es_nif(const Shaped& shaped) {
  return kSpanishLetters[number_of(shaped.compact.substr(0, 8)) % 23] == shaped.compact[8];
}

// The same with X, Y, Z for 0, 1, 2.
bool es_nie(const Shaped& shaped) {
  const char first = shaped.compact[0];
  return first >= 'X' && first <= 'Z' &&
         kSpanishLetters[(static_cast<unsigned>(first - 'X') * 10'000'000 +
                          number_of(shaped.compact.substr(1, 7))) %
                         23] == shaped.compact[8];
}

// Orden EHA/451/2008: Luhn over seven digits; a digit or a letter by the kind of the body.
bool es_cif(const Shaped& shaped) {
  constexpr std::string_view kKinds = "ABCDEFGHJNPQRSUVW";
  if (kKinds.find(shaped.compact[0]) == std::string_view::npos) {
    return false;
  }
  unsigned sum = 0;
  for (size_t i = 1; i < 8; ++i) {
    const unsigned digit = digit_of(shaped.compact[i]) * (i % 2 == 1 ? 2 : 1);
    sum += digit / 10 + digit % 10;
  }
  const unsigned check = (10 - sum % 10) % 10;
  const char last = shaped.compact[8];
  return is_digit(last) ? digit_of(last) == check : last == "JABCDEFGHI"[check];
}

// Decreto-Lei 14/2013: weights 9 to 2, modulus 11.
bool pt_nif(const Shaped& shaped) {
  const unsigned rest = weighted(shaped.compact, {9, 8, 7, 6, 5, 4, 3, 2}) % 11;
  const char first = shaped.compact[0];
  return (rest < 2 ? 0 : 11 - rest) == digit_of(shaped.compact[8]) && first != '0' &&
         first != '4' && first != '7';
}

// Decreto ministeriale 23.12.1976; letters for digits where two people would have the same code.
bool it_fiscal_code(const Shaped& shaped) {
  constexpr unsigned kOdd[] = {1,  0,  5, 7, 9, 13, 15, 17, 19, 21, 2,  4,  18,
                               20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23};
  constexpr std::string_view kMonths = "ABCDEHLMPRST";
  constexpr std::string_view kForDigits = "LMNPQRSTUV";
  const std::string_view text = shaped.compact;
  unsigned sum = 0;
  for (size_t i = 0; i < 15; ++i) {
    const char c = text[i];
    const bool place_of_digit = i == 6 || i == 7 || i == 9 || i == 10 || i >= 12;
    if (place_of_digit && !is_digit(c) && kForDigits.find(c) == std::string_view::npos) {
      return false;
    }
    const unsigned value = is_digit(c) ? digit_of(c) : static_cast<unsigned>(c - 'A');
    sum += i % 2 == 0 ? kOdd[value] : value;
  }
  return kMonths.find(text[8]) != std::string_view::npos &&
         static_cast<char>('A' + sum % 26) == text[15];
}

bool it_vat(const Shaped& shaped) {
  std::string_view text = shaped.compact;
  if (text.size() == 13) {
    if (!text.starts_with("IT")) {
      return false;
    }
    text.remove_prefix(2);
  }
  return luhn(text) && !all_same(text);
}

bool gr_amka(const Shaped& shaped) {
  return is_ddmmyy(shaped.compact) && luhn(shaped.compact);
}

// PESEL: weights 1, 3, 7, 9; the century is added to the month.
bool pl_pesel(const Shaped& shaped) {
  const std::string_view text = shaped.compact;
  return is_day(two_digits(text, 2) % 20, two_digits(text, 4)) &&
         (10 - weighted(text, {1, 3, 7, 9, 1, 3, 7, 9, 1, 3}) % 10) % 10 == digit_of(text[10]);
}

bool pl_nip(const Shaped& shaped) {
  return weighted(shaped.compact, {6, 5, 7, 2, 3, 4, 5, 6, 7}) % 11 ==
             digit_of(shaped.compact[9]) &&
         !all_same(shaped.compact);
}

bool pl_regon(const Shaped& shaped) {
  return weighted(shaped.compact, {8, 9, 2, 3, 4, 5, 6, 7}) % 11 % 10 ==
             digit_of(shaped.compact[8]) &&
         !all_same(shaped.compact);
}

// ICAO 9303 weights; the check digit stands fourth.
bool pl_id_card(const Shaped& shaped) {
  return weighted(shaped.compact, {7, 3, 1, 0, 7, 3, 1, 7, 3}) % 10 == digit_of(shaped.compact[3]);
}

// Zakon 133/2000: a multiple of 11; 50 more on the month for women, 20 where the day was used up.
bool cz_birth_number(const Shaped& shaped) {
  const uint64_t number = number_of(shaped.compact);
  const unsigned month = two_digits(shaped.compact, 2) % 50;
  return is_day(month > 20 ? month - 20 : month, two_digits(shaped.compact, 4)) &&
         (number % 11 == 0 || (number / 10 % 11 == 10 && number % 10 == 0)) && number != 0;
}

// Adóazonosító jel: begins with 8; each digit times its place, modulus 11.
bool hu_tax_id(const Shaped& shaped) {
  return shaped.compact[0] == '8' &&
         weighted(shaped.compact, {1, 2, 3, 4, 5, 6, 7, 8, 9}) % 11 == digit_of(shaped.compact[9]);
}

// TAJ: weights 3 and 7, modulus 10.
bool hu_taj(const Shaped& shaped) {
  return weighted(shaped.compact, {3, 7, 3, 7, 3, 7, 3, 7}) % 10 == digit_of(shaped.compact[8]) &&
         !all_same(shaped.compact);
}

// OUG 97/2005: weights 279146358279, modulus 11, 10 counts as 1.
bool ro_cnp(const Shaped& shaped) {
  const std::string_view text = shaped.compact;
  const unsigned rest = weighted(text, {2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9}) % 11;
  const unsigned county = two_digits(text, 7);
  return text[0] != '0' && is_yymmdd(text.substr(1)) && county >= 1 && county <= 70 &&
         (rest == 10 ? 1 : rest) == digit_of(text[12]);
}

// EGN: weights modulus 11, 10 counts as 0; the century is added to the month.
bool bg_egn(const Shaped& shaped) {
  const std::string_view text = shaped.compact;
  const unsigned month = two_digits(text, 2);
  return is_day(month > 40   ? month - 40
                : month > 20 ? month - 20
                             : month,
                two_digits(text, 4)) &&
         weighted(text, {2, 4, 8, 5, 10, 9, 7, 3, 6}) % 11 % 10 == digit_of(text[9]);
}

bool hr_oib(const Shaped& shaped) {
  return iso7064_mod11_10(shaped.compact) && !all_same(shaped.compact);
}

// JMBG: day, month, the last three digits of the year, region, serial number; modulus 11.
bool jmbg(const Shaped& shaped) {
  const std::string_view text = shaped.compact;
  const unsigned rest = weighted(text, {7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2}) % 11;
  return is_ddmmyy(text) && (text[4] == '9' || text[4] == '0') && rest != 1 &&
         (rest == 0 ? 0 : 11 - rest) == digit_of(text[12]);
}

bool ua_tax_number(const Shaped& shaped) {
  // 10 stands for -1, which is the same modulus 11.
  return weighted(shaped.compact, {10, 5, 7, 9, 4, 6, 10, 5, 7}) % 11 % 10 ==
             digit_of(shaped.compact[9]) &&
         !all_same(shaped.compact);
}

// FNS: ten digits for bodies, twelve with two check digits for people.
bool ru_inn(const Shaped& shaped) {
  const std::string_view text = shaped.compact;
  if (all_same(text)) {
    return false;
  }
  if (text.size() == 10) {
    return weighted(text, {2, 4, 10, 3, 5, 9, 4, 6, 8}) % 11 % 10 == digit_of(text[9]);
  }
  return weighted(text, {7, 2, 4, 10, 3, 5, 9, 4, 6, 8}) % 11 % 10 == digit_of(text[10]) &&
         weighted(text, {3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8}) % 11 % 10 == digit_of(text[11]);
}

// SNILS: weights 9 to 1, modulus 101, 100 counts as 0.
bool ru_snils(const Shaped& shaped) {
  return weighted(shaped.compact, {9, 8, 7, 6, 5, 4, 3, 2, 1}) % 101 % 100 ==
             two_digits(shaped.compact, 9) &&
         number_of(shaped.compact.substr(0, 9)) > 1'001'998;
}

// ZDavP-2: weights 8 to 2, modulus 11.
bool si_tax_id(const Shaped& shaped) {
  const unsigned check = 11 - weighted(shaped.compact, {8, 7, 6, 5, 4, 3, 2}) % 11;
  return shaped.compact[0] != '0' && check < 11 && check % 10 == digit_of(shaped.compact[7]);
}

// BZSt: the country, then ISO 7064 MOD 11,10.
bool de_vat_id(const Shaped& shaped) {
  return shaped.compact.starts_with("DE") && iso7064_mod11_10(shaped.compact.substr(2));
}

// Paragraph 290 SGB V: the letter is two digits; weights 1 and 2, cross sums, modulus 10.
bool de_health_insurance(const Shaped& shaped) {
  const std::string_view text = shaped.compact;
  const unsigned letter = value_of(text[0]) - 9;
  unsigned sum = letter / 10 + (letter % 10 * 2) / 10 + letter % 10 * 2 % 10;
  for (size_t i = 1; i < 9; ++i) {
    const unsigned product = digit_of(text[i]) * (i % 2 == 1 ? 1 : 2);
    sum += product / 10 + product % 10;
  }
  return sum % 10 == digit_of(text[9]);
}

// CCSS: date of birth, a serial number, a Luhn digit and a Verhoeff digit, both over the first
// eleven digits.
bool lu_national_id(const Shaped& shaped) {
  const std::string_view text = shaped.compact;
  const auto year = number_of(text.substr(0, 4));
  char twelve[12];
  for (size_t i = 0; i < 11; ++i) {
    twelve[i] = text[i];
  }
  twelve[11] = text[12];
  return year >= 1850 && year <= 2035 && is_day(two_digits(text, 4), two_digits(text, 6)) &&
         luhn(text.substr(0, 12)) && verhoeff({twelve, 12});
}

// TGSS: province, number, the rest by 97 of both.
bool es_ssn(const Shaped& shaped) {
  const std::string_view text = shaped.compact;
  const uint64_t province = two_digits(text, 0);
  const uint64_t number = number_of(text.substr(2, 8));
  constexpr uint64_t kSeven = 10'000'000;  // numbers of up to seven digits are not filled up
  const uint64_t joined =
      number < kSeven ? province * kSeven + number : number_of(text.substr(0, 10));
  return province >= 1 && province <= 66 && number != 0 && joined % 97 == two_digits(text, 10);
}

// TIC (Cyprus): digits in odd places by a table; modulus 26 names the letter.
bool cy_tic(const Shaped& shaped) {
  constexpr unsigned kOdd[] = {1, 0, 5, 7, 9, 13, 15, 17, 19, 21};
  unsigned sum = 0;
  for (size_t i = 0; i < 8; ++i) {
    const unsigned digit = digit_of(shaped.compact[i]);
    sum += i % 2 == 0 ? kOdd[digit] : digit;
  }
  return static_cast<char>('A' + sum % 26) == shaped.compact[8];
}

}  // namespace sally::content::personal::check
