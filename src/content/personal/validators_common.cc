// Cards, devices, vehicles, dates, and what the English-speaking countries issue.
#include "content/personal/checksum.h"
#include "content/personal/validators.h"

namespace sally::content::personal::check {

bool shape_only(const Shaped& /*shaped*/) {
  return true;
}

bool luhn_number(const Shaped& shaped) {
  return luhn(shaped.compact) && !all_same(shaped.compact);
}

// Ranges and lengths that issuers use (ISO/IEC 7812).
bool credit_card(const Shaped& shaped) {
  const std::string_view card = shaped.compact;
  const auto four = number_of(card.substr(0, 4));
  const size_t size = card.size();
  const auto in = [four](uint64_t low, uint64_t high) { return four >= low && four <= high; };
  const bool issued = (in(4000, 4999) && (size == 13 || size == 16 || size == 19)) ||  // Visa
                      ((in(5100, 5599) || in(2221, 2720)) && size == 16) ||            // Mastercard
                      ((in(3400, 3499) || in(3700, 3799)) && size == 15) ||  // American Express
                      ((in(6011, 6011) || in(6440, 6599)) && size >= 16) ||  // Discover
                      ((in(3000, 3059) || in(3095, 3095) || in(3600, 3699) || in(3800, 3999)) &&
                       (size == 14 || size == 16 || size == 19)) ||          // Diners Club
                      (in(3528, 3589) && size >= 16) ||                      // JCB
                      ((in(6200, 6299) || in(8100, 8171)) && size >= 16) ||  // UnionPay
                      ((in(5018, 5018) || in(5020, 5020) || in(5038, 5038) || in(5893, 5893) ||
                        in(6304, 6304) || in(6759, 6759) || in(6761, 6763)) &&
                       size >= 12) ||  // Maestro
                      ((in(2200, 2205) || in(6500, 6599) || in(6521, 6522) || in(5080, 5089) ||
                        in(6060, 6099) || in(9792, 9792)) &&
                       size == 16);  // Mir, RuPay, Troy
  return issued && luhn(card);
}

bool imei(const Shaped& shaped) {
  return luhn(shaped.compact) && number_of(shaped.compact.substr(0, 2)) != 0 &&
         !all_same(shaped.compact);
}

// ISO 3779: no I, O, Q.
bool vin_shape(const Shaped& shaped) {
  return shaped.compact.find_first_of("IOQ") == std::string_view::npos;
}

// The check digit of 49 CFR 565, in the ninth place.
bool vin_proved(const Shaped& shaped) {
  constexpr std::string_view kValues = "12345678012345070923456789";  // A to Z
  constexpr unsigned kWeights[] = {8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2};
  if (!vin_shape(shaped)) {
    return false;
  }
  unsigned sum = 0;
  size_t letters = 0;
  for (size_t i = 0; i < 17; ++i) {
    const char c = shaped.compact[i];
    letters += is_digit(c) ? 0 : 1;
    sum += kWeights[i] * digit_of(is_digit(c) ? c : kValues[static_cast<size_t>(c - 'A')]);
  }
  const char check = sum % 11 == 10 ? 'X' : static_cast<char>('0' + sum % 11);
  // The serial number ends in digits.
  return check == shaped.compact[8] && letters >= 2 && is_digit(shaped.compact[14]) &&
         is_digit(shaped.compact[15]) && is_digit(shaped.compact[16]);
}

bool starts_with_mrn(const Shaped& shaped) {
  return shaped.compact.starts_with("MRN");
}

bool icd10(const Shaped& shaped) {
  return shaped.compact[0] != 'U' || shaped.compact.starts_with("U0");
}

namespace {
bool is_year(uint64_t year) {
  return year >= 1900 && year <= 2035;
}
// The numbers of a date, whatever parts them.
struct Parts {
  uint64_t part[3] = {0, 0, 0};
  explicit Parts(std::string_view raw) {
    size_t at = 0;
    for (const char c : raw) {
      if (!is_digit(c)) {
        ++at;
      } else if (at < 3) {
        part[at] = part[at] * 10 + digit_of(c);
      }
    }
  }
};
bool is_date(uint64_t month, uint64_t day) {
  return is_day(static_cast<unsigned>(month), static_cast<unsigned>(day));
}
}  // namespace

bool date_ymd(const Shaped& shaped) {
  const Parts date(shaped.raw);
  return is_year(date.part[0]) && is_date(date.part[1], date.part[2]);
}

bool date_dmy(const Shaped& shaped) {
  const Parts date(shaped.raw);
  return is_year(date.part[2]) &&
         (is_date(date.part[1], date.part[0]) || is_date(date.part[0], date.part[1]));
}

bool date_short(const Shaped& shaped) {
  const Parts date(shaped.raw);
  return is_date(date.part[1], date.part[0]) || is_date(date.part[0], date.part[1]) ||
         is_date(date.part[1], date.part[2]);
}

bool date_compact(const Shaped& shaped) {
  const std::string_view text = shaped.compact;
  return (is_year(number_of(text.substr(0, 4))) &&
          is_date(two_digits(text, 4), two_digits(text, 6))) ||
         (is_year(number_of(text.substr(4))) &&
          (is_date(two_digits(text, 2), two_digits(text, 0)) ||
           is_date(two_digits(text, 0), two_digits(text, 2))));
}

// American Bankers Association: weights 3, 7, 1; the first two digits name a district or a use.
bool aba_routing(const Shaped& shaped) {
  const unsigned prefix = two_digits(shaped.compact, 0);
  const bool used = (prefix <= 12 || (prefix >= 21 && prefix <= 32) ||
                     (prefix >= 61 && prefix <= 72) || prefix == 80);
  return used && number_of(shaped.compact) != 0 &&
         weighted(shaped.compact, {3, 7, 1, 3, 7, 1, 3, 7, 1}) % 10 == 0;
}

// SSA: no area 000, 666 or from 900 (those are ITINs), no group 00, no serial number 0000.
bool us_ssn(const Shaped& shaped) {
  const auto area = number_of(shaped.compact.substr(0, 3));
  return area != 0 && area != 666 && area < 900 && two_digits(shaped.compact, 3) != 0 &&
         number_of(shaped.compact.substr(5)) != 0;
}

// IRS: begins with 9, and the fourth and fifth digits are in certain ranges.
bool us_itin(const Shaped& shaped) {
  const unsigned group = two_digits(shaped.compact, 3);
  return shaped.compact[0] == '9' &&
         ((group >= 50 && group <= 65) || (group >= 70 && group <= 88) ||
          (group >= 90 && group <= 92) || (group >= 94 && group <= 99));
}

// CMS: Luhn with 80840 before, which adds 24.
bool us_npi(const Shaped& shaped) {
  return (shaped.compact[0] == '1' || shaped.compact[0] == '2') && luhn(shaped.compact, 24);
}

// CMS, "Understanding the MBI Format": no S, L, O, I, B, Z; the first digit is no 0.
bool us_mbi(const Shaped& shaped) {
  return shaped.compact[0] != '0' &&
         shaped.compact.find_first_of("SLOIBZ") == std::string_view::npos;
}

// 21 CFR 1301: the letter names the kind of registrant; the last digit is a sum.
bool us_dea(const Shaped& shaped) {
  const std::string_view text = shaped.compact;
  if (std::string_view("ABCDEFGHJKLMPRSTUX").find(text[0]) == std::string_view::npos ||
      (is_digit(text[1]) && text[1] != '9')) {
    return false;
  }
  const std::string_view digits = text.substr(2);
  return (weighted(digits, {1, 2, 1, 2, 1, 2})) % 10 == digit_of(digits[6]);
}

// NHS data dictionary: weights 10 to 2, modulus 11.
bool uk_nhs(const Shaped& shaped) {
  const unsigned check = (11 - weighted(shaped.compact, {10, 9, 8, 7, 6, 5, 4, 3, 2}) % 11) % 11;
  return check == digit_of(shaped.compact[9]) && !all_same(shaped.compact);
}

// HMRC NIM39110.
bool uk_nino(const Shaped& shaped) {
  const std::string_view text = shaped.compact;
  const std::string_view prefix = text.substr(0, 2);
  constexpr std::string_view kNever[] = {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"};
  for (const std::string_view never : kNever) {
    if (prefix == never) {
      return false;
    }
  }
  constexpr std::string_view kNone = "DFIQUV";
  return kNone.find(text[0]) == std::string_view::npos &&
         kNone.find(text[1]) == std::string_view::npos && text[1] != 'O' && text[8] >= 'A' &&
         text[8] <= 'D';
}

// DVLA: five of the surname, then year, month (50 more for women) and day, initials, check.
bool uk_driving_licence(const Shaped& shaped) {
  const std::string_view text = shaped.compact;
  const size_t digit = text.find_first_of("0123456789");
  if (text.substr(digit, 5 - digit).find_first_not_of('9') != std::string_view::npos) {
    return false;
  }
  const unsigned month = two_digits(text, 6);
  return is_day(month > 50 ? month - 50 : month, two_digits(text, 8)) &&
         (!is_digit(text[12]) || text[12] == '9');
}

// DVLA: since 2001; I and Q are in no area code, the two digits are 02 to 29 or 51 to 79.
bool uk_plate(const Shaped& shaped) {
  const unsigned age = two_digits(shaped.compact, 2);
  return shaped.compact.find_first_of("IQ") == std::string_view::npos &&
         ((age >= 2 && age <= 29) || (age >= 51 && age <= 79));
}

// Revenue and Social Welfare (Ireland): weights 8 to 2, the second letter times 9, modulus 23.
bool ie_pps(const Shaped& shaped) {
  unsigned sum = weighted(shaped.compact, {8, 7, 6, 5, 4, 3, 2});
  if (shaped.compact.size() == 9) {
    const char second = shaped.compact[8];
    if (second > 'I' && second != 'W') {
      return false;
    }
    sum += second == 'W' ? 0 : static_cast<unsigned>(second - 'A' + 1) * 9;
  }
  const char check = sum % 23 == 0 ? 'W' : static_cast<char>('A' + sum % 23 - 1);
  return check == shaped.compact[7];
}

// ATO: a weighted sum modulus 11; eight or nine digits.
bool au_tfn(const Shaped& shaped) {
  if (all_same(shaped.compact)) {
    return false;
  }
  return shaped.compact.size() == 9
             ? weighted(shaped.compact, {1, 4, 3, 7, 5, 8, 6, 9, 10}) % 11 == 0
             : weighted(shaped.compact, {10, 7, 8, 4, 6, 3, 5, 1}) % 11 == 0;
}

// ABR: one off the first digit, modulus 89.
bool au_abn(const Shaped& shaped) {
  return shaped.compact[0] != '0' &&
         (weighted(shaped.compact, {10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19}) - 10) % 89 == 0;
}

// ASIC: weights 8 to 1, modulus 10.
bool au_acn(const Shaped& shaped) {
  return (10 - weighted(shaped.compact, {8, 7, 6, 5, 4, 3, 2, 1}) % 10) % 10 ==
             digit_of(shaped.compact[8]) &&
         !all_same(shaped.compact);
}

// Services Australia: begins with 2 to 6; the ninth digit is the check, the tenth the issue.
bool au_medicare(const Shaped& shaped) {
  const char first = shaped.compact[0];
  return first >= '2' && first <= '6' &&
         weighted(shaped.compact, {1, 3, 7, 9, 1, 3, 7, 9}) % 10 == digit_of(shaped.compact[8]);
}

// Inland Revenue (New Zealand): two sets of weights, modulus 11; 10-000-000 to 150-000-000.
bool nz_ird(const Shaped& shaped) {
  const uint64_t number = number_of(shaped.compact);
  if (number < 10'000'000 || number > 150'000'000) {
    return false;
  }
  const char filled[8] = {static_cast<char>('0' + number / 100'000'000 % 10),
                          static_cast<char>('0' + number / 10'000'000 % 10),
                          static_cast<char>('0' + number / 1'000'000 % 10),
                          static_cast<char>('0' + number / 100'000 % 10),
                          static_cast<char>('0' + number / 10'000 % 10),
                          static_cast<char>('0' + number / 1'000 % 10),
                          static_cast<char>('0' + number / 100 % 10),
                          static_cast<char>('0' + number / 10 % 10)};
  const std::string_view digits(filled, 8);
  unsigned check = (11 - weighted(digits, {3, 2, 7, 6, 5, 4, 3, 2}) % 11) % 11;
  if (check == 10) {
    check = (11 - weighted(digits, {7, 4, 3, 2, 5, 2, 7, 6}) % 11) % 11;
  }
  return check == number % 10;
}

// Service Canada: Luhn; no number begins with 0 or 8.
bool ca_sin(const Shaped& shaped) {
  return shaped.compact[0] != '0' && shaped.compact[0] != '8' && luhn(shaped.compact);
}

// ISO 9362: four letters, a country (ISO 3166-1), a place, perhaps a branch; in upper case.
bool swift_code(const Shaped& shaped) {
  constexpr std::string_view kCountries =
      "AD AE AF AG AI AL AM AO AR AS AT AU AW AZ BA BB BD BE BF BG BH BI BJ BM BN BO BR BS BT BW "
      "BY "
      "BZ CA CD CF CG CH CI CL CM CN CO CR CU CV CW CY CZ DE DJ DK DM DO DZ EC EE EG ES ET FI FJ "
      "FO "
      "FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GT GU GW GY HK HN HR HT HU ID IE IL IM IN IQ "
      "IR "
      "IS IT JE JM JO JP KE KG KH KM KN KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME "
      "MG "
      "MK ML MM MN MO MR MT MU MV MW MX MY MZ NA NC NE NG NI NL NO NP NZ OM PA PE PF PG PH PK PL "
      "PM "
      "PR PS PT PY QA RE RO RS RU RW SA SB SC SD SE SG SI SK SL SM SN SO SR SS ST SV SX SY SZ TC "
      "TD "
      "TG TH TJ TL TM TN TO TR TT TW TZ UA UG US UY UZ VA VC VE VG VN VU WF WS XK YE ZA ZM ZW";
  if (shaped.raw != shaped.compact) {
    return false;
  }
  for (size_t i = 0; i < kCountries.size(); i += 3) {
    if (kCountries.substr(i, 2) == shaped.compact.substr(4, 2)) {
      return true;
    }
  }
  return false;
}

// HMRC: the first digit checks the others, modulus 11.
bool uk_utr(const Shaped& shaped) {
  return "21987654321"[weighted(shaped.compact.substr(1), {6, 7, 8, 9, 10, 5, 4, 3, 2}) % 11] ==
         shaped.compact[0];
}

// Royal Mail: the letters behind the digit are none of C, I, K, M, O, V; none begins with Q, V, X.
bool uk_postcode(const Shaped& shaped) {
  const std::string_view text = shaped.compact;
  constexpr std::string_view kNone = "CIKMOV";
  return std::string_view("QVX").find(text[0]) == std::string_view::npos &&
         kNone.find(text[text.size() - 1]) == std::string_view::npos &&
         kNone.find(text[text.size() - 2]) == std::string_view::npos;
}

// HISO 10046: letters without I and O, weights 7 to 2, modulus 11.
bool nz_nhi(const Shaped& shaped) {
  constexpr std::string_view kLetters = "?ABCDEFGHJKLMNPQRSTUVWXYZ";
  size_t sum = 0;
  for (size_t i = 0; i < 6; ++i) {
    const char c = shaped.compact[i];
    const size_t value = is_digit(c) ? digit_of(c) : kLetters.find(c);
    if (value == std::string_view::npos) {
      return false;
    }
    sum += value * (7 - i);
  }
  return sum % 11 != 0 && (11 - sum % 11) % 10 == digit_of(shaped.compact[6]);
}

// ITU-T E.212: a mobile country code from 201 to 750.
bool imsi(const Shaped& shaped) {
  const uint64_t country = number_of(shaped.compact.substr(0, 3));
  return country >= 201 && country <= 750;
}

// ITU-T E.118: 89 for telecommunications; Luhn.
bool iccid(const Shaped& shaped) {
  return shaped.compact.starts_with("89") && luhn(shaped.compact);
}

// EUI-48 without what parts it.
bool mac_digits(const Shaped& shaped) {
  return shaped.compact.find_first_not_of("0123456789ABCDEF") == std::string_view::npos &&
         !all_same(shaped.compact);
}

}  // namespace sally::content::personal::check
