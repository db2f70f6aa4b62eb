#include "base/ids.h"

#include <cstdint>

namespace sally {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

int value_of(char c) {
  if (c >= 'a' && c <= 'z') {
    c = static_cast<char>(c - 'a' + 'A');
  }
  const size_t at = kAlphabet.find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

}  // namespace

Ulid Ulid::make(WallTime now, Random& random) {
  Ulid id;
  auto millis =
      static_cast<uint64_t>(std::chrono::duration_cast<Millis>(now.time_since_epoch()).count());
  for (size_t i = 10; i-- > 0;) {
    id.text_[i] = kAlphabet[millis & 31];
    millis >>= 5;
  }
  std::array<std::byte, 16> noise;
  random.fill(noise);
  for (size_t i = 0; i < 16; ++i) {
    id.text_[10 + i] = kAlphabet[std::to_integer<size_t>(noise[i]) & 31];
  }
  return id;
}

Result<Ulid> Ulid::parse(std::string_view text) {
  Ulid id;
  bool good = text.size() == id.text_.size() && value_of(text[0]) >= 0 && value_of(text[0]) <= 7;
  for (size_t i = 0; good && i < text.size(); ++i) {
    const int value = value_of(text[i]);
    good = value >= 0;
    id.text_[i] = good ? kAlphabet[static_cast<size_t>(value)] : '0';
  }
  if (!good) {
    return Error(ErrorKind::kInvalidInput, "`" + std::string(text.substr(0, 40)) + "` is no id",
                 "an id has 26 characters, as in the answer to a refused request");
  }
  return id;
}

WallTime Ulid::time() const {
  int64_t millis = 0;
  for (size_t i = 0; i < 10; ++i) {
    millis = millis * 32 + value_of(text_[i]);
  }
  return WallTime{Millis{millis}};
}

}  // namespace sally
