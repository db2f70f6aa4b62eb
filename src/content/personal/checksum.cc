#include "content/personal/checksum.h"

namespace sally::content::personal {

bool verhoeff(std::string_view digits) {
  // In the dihedral group: five rotations, five reflections.
  constexpr auto kTimes = [](unsigned a, unsigned b) {
    if (a < 5) {
      return b < 5 ? (a + b) % 5 : (a + b - 5) % 5 + 5;
    }
    return b < 5 ? (a - 5 + 5 - b) % 5 + 5 : (a - 5 + 5 - (b - 5)) % 5;
  };
  constexpr unsigned kPermutation[8][10] = {
      {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 5, 7, 6, 2, 8, 3, 0, 9, 4},
      {5, 8, 0, 3, 7, 9, 6, 1, 4, 2}, {8, 9, 1, 6, 0, 4, 3, 5, 2, 7},
      {9, 4, 5, 3, 1, 2, 6, 8, 7, 0}, {4, 2, 8, 6, 5, 7, 3, 9, 0, 1},
      {2, 7, 9, 3, 8, 0, 6, 4, 1, 5}, {7, 0, 4, 6, 9, 1, 3, 2, 5, 8}};
  unsigned state = 0;
  for (size_t i = 0; i < digits.size(); ++i) {
    state = kTimes(state, kPermutation[i % 8][digit_of(digits[digits.size() - 1 - i])]);
  }
  return state == 0;
}

}  // namespace sally::content::personal
