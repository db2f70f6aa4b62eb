// What the countries of Asia, Africa and Latin America issue.
#include "content/personal/checksum.h"
#include "content/personal/validators.h"

namespace sally::content::personal::check {

// NVI: two check digits.
bool tr_national_id(const Shaped& shaped) {
  const std::string_view text = shaped.compact;
  const unsigned odd = weighted(text, {1, 0, 1, 0, 1, 0, 1, 0, 1});
  const unsigned even = weighted(text, {0, 1, 0, 1, 0, 1, 0, 1});
  return text[0] != '0' && (odd * 7 + 100 - even) % 10 == digit_of(text[9]) &&
         (odd + even + digit_of(text[9])) % 10 == digit_of(text[10]);
}

// Identification Act 68 of 1997: date, serial number, citizenship (0, 1, 2), Luhn.
bool za_id_number(const Shaped& shaped) {
  return is_yymmdd(shaped.compact) && shaped.compact[10] <= '2' && luhn(shaped.compact);
}

// Income Tax Department: the fourth letter is the kind of holder.
bool in_pan(const Shaped& shaped) {
  return std::string_view("ABCFGHJLPTE").find(shaped.compact[3]) != std::string_view::npos;
}

bool in_aadhaar(const Shaped& shaped) {
  return shaped.compact[0] >= '2' && verhoeff(shaped.compact) && !all_same(shaped.compact);
}

// GSTN: a state, a PAN, and a check character in base 36.
bool in_gstin(const Shaped& shaped) {
  const std::string_view text = shaped.compact;
  const unsigned state = two_digits(text, 0);
  if (state == 0 || (state > 38 && state < 96) || text[13] != 'Z') {
    return false;
  }
  unsigned sum = 0;
  for (size_t i = 0; i < 14; ++i) {
    const unsigned product = value_of(text[i]) * (i % 2 == 0 ? 1 : 2);
    sum += product / 36 + product % 36;
  }
  return (36 - sum % 36) % 36 == value_of(text[14]);
}

// Motor Vehicles Rules: the two letters of a state.
bool in_vehicle(const Shaped& shaped) {
  constexpr std::string_view kStates =
      "AN AP AR AS BR CH CG DD DL DN GA GJ HP HR JH JK KA KL LA LD MH ML MN MP MZ NL OD OR PB PY "
      "RJ SK TN TR TS UK UP WB";
  for (size_t i = 0; i < kStates.size(); i += 3) {
    if (kStates.substr(i, 2) == shaped.compact.substr(0, 2)) {
      return true;
    }
  }
  return false;
}

// ICA: a weighted sum modulus 11 names the letter, in another order for foreigners.
bool sg_nric(const Shaped& shaped) {
  const std::string_view text = shaped.compact;
  const unsigned sum = weighted(text.substr(1), {2, 7, 6, 5, 4, 3, 2});
  switch (text[0]) {
    case 'S':
      return "JZIHGFEDCBA"[sum % 11] == text[8];
    case 'T':
      return "JZIHGFEDCBA"[(sum + 4) % 11] == text[8];
    case 'F':
      return "XWUTRQPNMLK"[sum % 11] == text[8];
    case 'G':
      return "XWUTRQPNMLK"[(sum + 4) % 11] == text[8];
    case 'M':
      return "XWUTRQPNJLK"[(sum + 3) % 11] == text[8];
    default:
      return false;
  }
}

// ACRA: businesses, local companies by year, other entities by their kind; modulus 11.
bool sg_uen(const Shaped& shaped) {
  const std::string_view text = shaped.compact;
  if (text.size() == 9) {
    return "XMKECAWLJDB"[weighted(text, {10, 4, 9, 3, 8, 2, 7, 1}) % 11] == text[8];
  }
  if (is_digit(text[0])) {
    return "ZKCMDNERGWH"[weighted(text, {10, 8, 6, 4, 9, 7, 5, 3, 1}) % 11] == text[9];
  }
  constexpr std::string_view kAlphabet = "ABCDEFGHJKLMNPQRSTUVWX0123456789";
  constexpr unsigned kWeights[] = {4, 3, 5, 3, 10, 2, 2, 5, 7};
  size_t sum = 0;
  for (size_t i = 0; i < 9; ++i) {
    const size_t value = kAlphabet.find(text[i]);
    if (value == std::string_view::npos) {
      return false;
    }
    sum += value * kWeights[i];
  }
  const bool century = text[0] == 'T' || text[0] == 'S' || text[0] == 'R';
  return century && kAlphabet[(sum + 11 - 5) % 11] == text[9];
}

// MOIS: date, century and sex, and a checksum that numbers since October 2020 do without.
bool kr_rrn(const Shaped& shaped) {
  const std::string_view text = shaped.compact;
  const bool proved =
      (11 - weighted(text, {2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5}) % 11) % 10 == digit_of(text[12]);
  const bool hyphen = shaped.raw.size() == 14;
  return is_yymmdd(text) && text[6] >= '1' && text[6] <= '8' && (proved || hyphen) &&
         (proved || two_digits(text, 0) >= 20);
}

// Ordinance 85 of 2014 (MIC), article 5.
bool jp_my_number(const Shaped& shaped) {
  const unsigned rest = weighted(shaped.compact, {6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2}) % 11;
  return (rest <= 1 ? 0 : 11 - rest) == digit_of(shaped.compact[11]) && !all_same(shaped.compact);
}

// GB 11643: ISO 7064 MOD 11-2.
bool cn_resident_id(const Shaped& shaped) {
  const std::string_view text = shaped.compact;
  const auto year = number_of(text.substr(6, 4));
  const unsigned sum = weighted(text, {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2});
  return year >= 1880 && year <= 2035 && is_day(two_digits(text, 10), two_digits(text, 12)) &&
         text[0] >= '1' && text[0] <= '9' && "10X98765432"[sum % 11] == text[17];
}

// The letter is two digits, modulus 10.
bool tw_national_id(const Shaped& shaped) {
  constexpr std::string_view kLetters = "ABCDEFGHJKLMNPQRSTUVXYWZIO";
  const std::string_view text = shaped.compact;
  const auto letter = static_cast<unsigned>(kLetters.find(text[0])) + 10;
  const bool kind = text[1] == '1' || text[1] == '2' || text[1] == '8' || text[1] == '9';
  return kind &&
         (letter / 10 + letter % 10 * 9 + weighted(text.substr(1), {8, 7, 6, 5, 4, 3, 2, 1, 1})) %
                 10 ==
             0;
}

// One or two letters, six digits, and a check character modulus 11.
bool hk_id(const Shaped& shaped) {
  const std::string_view text = shaped.compact;
  const std::string_view body = text.substr(text.size() == 9 ? 1 : 0);
  unsigned sum = (text.size() == 9 ? value_of(text[0]) : 36) * 9;
  if (is_digit(body[0])) {
    return false;
  }
  sum += weighted(body, {8, 7, 6, 5, 4, 3, 2});
  const unsigned check = (11 - sum % 11) % 11;
  return body[7] == (check == 10 ? 'A' : static_cast<char>('0' + check));
}

// Department of Provincial Administration: weights 13 to 2, modulus 11.
bool th_tnin(const Shaped& shaped) {
  const unsigned sum = weighted(shaped.compact, {13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2});
  return (11 - sum % 11) % 10 == digit_of(shaped.compact[12]) && shaped.compact[0] != '0' &&
         !all_same(shaped.compact);
}

// JPN: date of birth, place of birth (none of 00, 17 to 20, 69, 70, 73, 80, 81, 94 to 97).
bool my_nric(const Shaped& shaped) {
  const unsigned place = two_digits(shaped.compact, 6);
  return is_yymmdd(shaped.compact) && place != 0 && (place < 17 || place > 20) && place != 69 &&
         place != 70 && place != 73 && place != 80 && place != 81 && (place < 94 || place > 97);
}

// Dukcapil: region, date of birth (40 more on the day for women), serial number.
bool id_nik(const Shaped& shaped) {
  const unsigned province = two_digits(shaped.compact, 0);
  const unsigned day = two_digits(shaped.compact, 6);
  return province >= 11 && province <= 96 &&
         is_day(two_digits(shaped.compact, 8), day > 40 ? day - 40 : day) &&
         number_of(shaped.compact.substr(12)) != 0;
}

namespace {
// Receita Federal and others: the rest by 11, of which 0 and 1 give 0.
unsigned check_by_11(unsigned sum) {
  return sum % 11 < 2 ? 0 : 11 - sum % 11;
}
}  // namespace

bool br_cpf(const Shaped& shaped) {
  const std::string_view text = shaped.compact;
  return !all_same(text) &&
         check_by_11(weighted(text, {10, 9, 8, 7, 6, 5, 4, 3, 2})) == digit_of(text[9]) &&
         check_by_11(weighted(text, {11, 10, 9, 8, 7, 6, 5, 4, 3, 2})) == digit_of(text[10]);
}

bool br_cnpj(const Shaped& shaped) {
  const std::string_view text = shaped.compact;
  return !all_same(text) &&
         check_by_11(weighted(text, {5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2})) == digit_of(text[12]) &&
         check_by_11(weighted(text, {6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2})) == digit_of(text[13]);
}

// RENAPO: base 37 with the letter Ñ between N and O, weights 18 to 2, modulus 10.
bool mx_curp(const Shaped& shaped) {
  const std::string_view text = shaped.compact;
  unsigned sum = 0;
  for (size_t i = 0; i < 17; ++i) {
    const unsigned value = value_of(text[i]);
    sum += (value > value_of('N') ? value + 1 : value) * static_cast<unsigned>(18 - i);
  }
  return is_yymmdd(text.substr(4)) && (text[10] == 'H' || text[10] == 'M' || text[10] == 'X') &&
         (10 - sum % 10) % 10 == digit_of(text[17]);
}

bool mx_rfc(const Shaped& shaped) {
  return is_yymmdd(shaped.compact.substr(4));
}

// AFIP: weights modulus 11; the first two digits are the kind of holder.
bool ar_cuit(const Shaped& shaped) {
  const std::string_view text = shaped.compact;
  const unsigned kind = two_digits(text, 0);
  const unsigned check = (11 - weighted(text, {5, 4, 3, 2, 7, 6, 5, 4, 3, 2}) % 11) % 11;
  return ((kind >= 20 && kind <= 27 && kind != 21 && kind != 22) || kind == 30 || kind == 33 ||
          kind == 34) &&
         check == digit_of(text[10]);
}

// Registro Civil: weights 2 to 7 from the right, modulus 11; 10 is K.
bool cl_rut(const Shaped& shaped) {
  const std::string_view body = shaped.compact.substr(0, shaped.compact.size() - 1);
  unsigned sum = 0;
  unsigned weight = 2;
  for (size_t i = body.size(); i-- > 0;) {
    sum += digit_of(body[i]) * weight;
    weight = weight == 7 ? 2 : weight + 1;
  }
  const unsigned check = (11 - sum % 11) % 11;
  return shaped.compact.back() == (check == 10 ? 'K' : static_cast<char>('0' + check));
}

// DIAN: primes as weights, modulus 11.
bool co_nit(const Shaped& shaped) {
  const unsigned rest = weighted(shaped.compact, {41, 37, 29, 23, 19, 17, 13, 7, 3}) % 11;
  return (rest < 2 ? rest : 11 - rest) == digit_of(shaped.compact[9]) && !all_same(shaped.compact);
}

// Absher: 1 for citizens, 2 for residents; Luhn.
bool sa_national_id(const Shaped& shaped) {
  return (shaped.compact[0] == '1' || shaped.compact[0] == '2') && luhn(shaped.compact);
}

// ICP: 784, year of birth, serial number, Luhn.
bool ae_emirates_id(const Shaped& shaped) {
  const auto year = number_of(shaped.compact.substr(3, 4));
  return shaped.compact.starts_with("784") && year >= 1900 && year <= 2035 && luhn(shaped.compact);
}

// Century, date of birth, governorate.
bool eg_national_id(const Shaped& shaped) {
  const std::string_view text = shaped.compact;
  const unsigned place = two_digits(text, 7);
  return (text[0] == '2' || text[0] == '3') && is_yymmdd(text.substr(1)) &&
         ((place >= 1 && place <= 35) || place == 88);
}

// NADRA: the first digit is the province.
bool pk_cnic(const Shaped& shaped) {
  return shaped.compact[0] >= '1' && shaped.compact[0] <= '7';
}

// Department for Registration of Persons: year, day of the year (500 more for women).
bool lk_nic(const Shaped& shaped) {
  const uint64_t day = number_of(shaped.compact.substr(2, 3)) % 500;
  return day >= 1 && day <= 366 && (shaped.compact[9] == 'V' || shaped.compact[9] == 'X');
}

// Decree 137/2015: province 001 to 096, century and sex, year.
bool vn_citizen_id(const Shaped& shaped) {
  const uint64_t province = number_of(shaped.compact.substr(0, 3));
  return province >= 1 && province <= 96;
}

// Two sets of weights, modulus 11; date of birth, century and sex.
bool kz_iin(const Shaped& shaped) {
  const std::string_view text = shaped.compact;
  unsigned check = weighted(text, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}) % 11;
  if (check == 10) {
    check = weighted(text, {3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2}) % 11;
  }
  return is_yymmdd(text) && text[6] <= '6' && check == digit_of(text[11]);
}

// NTS: weights 1, 3, 7; the tens of the last product count too.
bool kr_brn(const Shaped& shaped) {
  const std::string_view text = shaped.compact;
  const unsigned sum = weighted(text, {1, 3, 7, 1, 3, 7, 1, 3, 5}) + digit_of(text[8]) * 5 / 10;
  return (10 - sum % 10) % 10 == digit_of(text[9]) && !all_same(text);
}

// DNIC: weights 2987634, modulus 10.
bool uy_ci(const Shaped& shaped) {
  return (10 - weighted(shaped.compact, {2, 9, 8, 7, 6, 3, 4}) % 10) % 10 ==
             digit_of(shaped.compact[7]) &&
         !all_same(shaped.compact);
}

// SUNAT: kinds 10, 15, 16, 17 and 20; weights modulus 11.
bool pe_ruc(const Shaped& shaped) {
  const std::string_view text = shaped.compact;
  const unsigned kind = two_digits(text, 0);
  return (kind == 10 || (kind >= 15 && kind <= 17) || kind == 20) &&
         (11 - weighted(text, {5, 4, 3, 2, 7, 6, 5, 4, 3, 2}) % 11) % 10 == digit_of(text[10]);
}

// Registro Civil (Ecuador): province 01 to 24 or 30, third digit under 6, Luhn.
bool ec_cedula(const Shaped& shaped) {
  const unsigned province = two_digits(shaped.compact, 0);
  return ((province >= 1 && province <= 24) || province == 30) && shaped.compact[2] < '6' &&
         luhn(shaped.compact);
}

// SENIAT: the kind of holder counts four times; weights modulus 11.
bool ve_rif(const Shaped& shaped) {
  const std::string_view text = shaped.compact;
  const size_t kind = std::string_view("?VEJPG").find(text[0]);
  if (kind == std::string_view::npos || kind == 0) {
    return false;
  }
  const unsigned sum =
      static_cast<unsigned>(kind) * 4 + weighted(text.substr(1), {3, 2, 7, 6, 5, 4, 3, 2});
  const unsigned check = 11 - sum % 11;
  return (check >= 10 ? 0 : check) == digit_of(text[9]);
}

}  // namespace sally::content::personal::check
