// Restorer: puts values back into an answer, whole or in pieces.
//
//   Restorer restorer(exchange, Writing::kText);
//   restorer.feed(delta, out);   // for every piece
//   restorer.finish(out);
//
// The same comes out however the text is cut. Held back is only what can still become a placeholder
// or a surrogate, at most kMostHeld octets. What is put back is not looked at again.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "content/anonymise/exchange.h"

namespace sally::content::anonymise {

// Belongs to one thread.
class Restorer {
 public:
  static constexpr size_t kMostHeld = 200;

  // `exchange` outlives it, and gets no more surrogates. With Writing::kJsonString the text is what
  // stands between the quotes of a JSON string, or a JSON text as a whole (the arguments of a tool
  // call), and values are escaped as such.
  Restorer(Exchange& exchange, Writing writing);

  // Appends to `out` what can be told of the text so far.
  void feed(std::string_view piece, std::string& out);
  // Appends what was held back. The restorer can be used for another text then.
  void finish(std::string& out);

  [[nodiscard]] size_t held() const { return held_.size(); }
  // How many values were put back so far.
  [[nodiscard]] size_t restored() const { return restored_; }

 private:
  // What stands at a place: octets that go out as they are, or something else instead of them.
  struct Step {
    enum class Kind : uint8_t { kPlain, kWait, kReplace } kind = Kind::kPlain;
    size_t length = 0;
    std::string_view value{};
  };
  // Works on `text` and gives how much of it is done.
  size_t work(std::string_view text, bool last, std::string& out);
  Step look(std::string_view text, size_t at, bool last);
  [[nodiscard]] Step look_for_surrogate(std::string_view text, size_t at, bool last) const;
  void append(std::string_view value, std::string& out) const;

  Exchange& exchange_;
  const Writing writing_;
  std::array<bool, 256> starts_{};            // octets with which something may begin
  std::vector<const Surrogate*> surrogates_;  // in the order of their text
  std::string held_;
  char before_ = ' ';  // the octet before what is held
  Secret value_;       // of the last placeholder
  size_t restored_ = 0;
};

// The whole text at once.
[[nodiscard]] std::string restore(Exchange& exchange, std::string_view text, Writing writing);

}  // namespace sally::content::anonymise
