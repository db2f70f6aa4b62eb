// Decoders: each finds what its writing hides in a text and tells a DecodedText of it.
#pragma once

#include <string>
#include <string_view>

#include "content/normalise/offset_map.h"

namespace sally::content {

// A text in the making: decoded parts and their surroundings.
class DecodedText {
 public:
  // `text` outlives it. Holds at most `limit` octets; what comes then is left out.
  DecodedText(std::string_view text, size_t limit) : text_(text), limit_(limit) {}

  // Moves on to `at`: what lies between is copied, or where it is much, only its ends are.
  void go_to(size_t at);
  // Moves on to `at` and copies nothing.
  void skip_to(size_t at) { at_ = at; }
  // The next `taken` octets of the text stand for `made`.
  void put(size_t taken, std::string_view made);
  void put(size_t taken, char made) { put(taken, std::string_view(&made, 1)); }
  // Copies what follows the last part. Nothing is put afterwards.
  void finish();
  // A part that stands for the whole, mapped octet by octet, or code point by code point backwards.
  void put_all_same(std::string_view made);
  void put_all_backwards();

  // Where the next part may begin.
  [[nodiscard]] size_t at() const { return at_; }
  [[nodiscard]] bool is_full() const { return full_; }
  // Something was decoded.
  [[nodiscard]] bool has_parts() const { return parts_ > 0; }
  [[nodiscard]] std::string_view text() const { return text_; }
  [[nodiscard]] std::string& made() { return made_; }
  [[nodiscard]] OffsetMap& map() { return map_; }

 private:
  static constexpr size_t kBefore = 64;
  static constexpr size_t kBehind = 32;
  [[nodiscard]] size_t character_at(size_t at) const;
  void copy(size_t begin, size_t end);

  std::string_view text_;
  size_t limit_;
  size_t at_ = 0;
  size_t parts_ = 0;
  bool full_ = false;
  std::string made_;
  OffsetMap map_;
};

// Whether `text` is UTF-8 that people or programs write: 0.9 of its octets printable.
[[nodiscard]] bool is_printable_text(std::string_view text);

using Decoder = void (*)(DecodedText& out);

void decode_tags(DecodedText& out);       // out.text() is the text as it came
void decode_selectors(DecodedText& out);  // the same
void decode_base64(DecodedText& out);
void decode_hex(DecodedText& out);
void decode_percent(DecodedText& out);
void decode_entities(DecodedText& out);
void decode_escapes(DecodedText& out);
void decode_quoted_printable(DecodedText& out);
void decode_spaced(DecodedText& out);
void decode_leetspeak(DecodedText& out);
void decode_rot13(DecodedText& out);
void decode_reversed(DecodedText& out);

}  // namespace sally::content
