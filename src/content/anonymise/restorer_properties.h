// What holds of every text that is restored: for the tests and the fuzz target.
#pragma once

#include <string>
#include <string_view>

#include "base/check.h"
#include "content/anonymise/restorer.h"

namespace sally::content::anonymise {

// Restores `text` in pieces that end at each of `cuts` (ascending) and checks what is held back.
inline std::string restore_in_pieces(Exchange& exchange, std::string_view text, Writing writing,
                                     std::span<const size_t> cuts) {
  Restorer restorer(exchange, writing);
  std::string out;
  size_t begin = 0;
  for (const size_t cut : cuts) {
    restorer.feed(text.substr(begin, cut - begin), out);
    SALLY_CHECK(restorer.held() <= Restorer::kMostHeld);
    begin = cut;
  }
  restorer.feed(text.substr(begin), out);
  restorer.finish(out);
  SALLY_CHECK(restorer.held() == 0);
  return out;
}

}  // namespace sally::content::anonymise
