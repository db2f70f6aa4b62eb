#include "content/outflow/canary_channels.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "content/normalise/code_points.h"
#include "content/normalise/utf8.h"
#include "content/outflow/hidden_canary.h"

namespace sally::content {
namespace {

constexpr uint64_t kMaxGap = HiddenCanary::kMaxGap;
// So many digits of base64 hold all of the longest canary.
constexpr uint64_t kLongestBase64 = CanaryNeedles::kMaxLetters * 4 / 3 + 4;

constexpr uint8_t kNone = 0xFF;
constexpr uint8_t kSmall = 0x40;  // a small letter
constexpr uint8_t kSign = 0x80;   // - _ + /
constexpr auto kDigits = [] {
  std::array<uint8_t, 256> digits{};
  digits.fill(kNone);
  for (uint8_t i = 0; i < 26; ++i) {
    digits[static_cast<size_t>('A' + i)] = i;
    digits[static_cast<size_t>('a' + i)] = static_cast<uint8_t>((26 + i) | kSmall);
  }
  for (uint8_t i = 0; i < 10; ++i) {
    digits[static_cast<size_t>('0' + i)] = static_cast<uint8_t>(52 + i);
  }
  digits['+'] = digits['-'] = 62 | kSign;
  digits['/'] = digits['_'] = 63 | kSign;
  return digits;
}();

// The letter, digit or nothing that an octet of ASCII is compared as.
constexpr auto kLetters = [] {
  std::array<uint8_t, 128> letters{};
  for (uint32_t c = 0; c < 128; ++c) {
    if (is_ascii_alnum(c)) {
      letters[c] = static_cast<uint8_t>(to_lower(static_cast<char>(c)));
    }
  }
  return letters;
}();

// Calls `letter` with every octet that a code point beyond ASCII is compared as.
template <typename Letter>
void for_each_letter(std::string_view character, Letter letter) {
  const Decoded it = decode_utf8(character, 0);
  if (it.code == kInvalid || it.length != character.size()) {
    return;
  }
  const CodePoint point = CodePoints::get()[it.code];
  switch (point.action) {
    case Action::kFold:
    case Action::kLookalike:
    case Action::kLooseLookalike:
    case Action::kDigit:
      for (const char c : CodePoints::text_of(point)) {
        const auto octet = static_cast<uint8_t>(c);
        if (octet < 0x80 && kLetters[octet] != 0) {
          letter(kLetters[octet]);
        }
      }
      return;
    case Action::kKeep:
      if (point.group != Group::kOther && point.group != Group::kMark &&
          point.group != Group::kPictograph) {
        for (const char c : character) {
          letter(static_cast<uint8_t>(c));
        }
      }
      return;
    case Action::kPunctuation:
    case Action::kDigitPunctuation:
    case Action::kIgnorable:
    case Action::kJoiner:
    case Action::kTag:
    case Action::kSelector:
      return;
  }
}

size_t length_of(uint8_t first) {
  return first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1;
}

}  // namespace

std::string letters_of(std::string_view text) {
  std::string out;
  const auto add = [&](uint8_t octet) { out.push_back(static_cast<char>(octet)); };
  for (size_t at = 0; at < text.size();) {
    const auto octet = static_cast<uint8_t>(text[at]);
    const size_t length = decode_utf8(text, at).length;
    if (octet >= 0x80) {
      for_each_letter(text.substr(at, length), add);
    } else if (kLetters[octet] != 0) {
      add(kLetters[octet]);
    }
    at += length;
  }
  return out;
}

void CanaryNeedles::add(std::string letters, uint32_t canary, CanaryWriting writing) {
  uint64_t key = 0;
  for (const char c : std::string_view(letters).substr(letters.size() - kKey)) {
    key = key << 8U | static_cast<uint8_t>(c);
  }
  std::vector<Needle>& same = by_key[key];
  // A number is its own rot13.
  if (std::ranges::any_of(same, [&](const Needle& one) { return one.letters == letters; })) {
    return;
  }
  same.push_back({std::move(letters), canary, writing});
  const uint64_t hash = key * 0x9E3779B97F4A7C15U;
  filter[hash >> 54U] |= uint64_t{1} << (hash >> 48U & 63U);
}

void LetterChannel::push_ascii(uint8_t octet, uint64_t begin, uint64_t end,
                               std::vector<CanaryHit>& out) {
  if (const uint8_t one = kLetters[octet]; one != 0) {
    letter(one, begin, end, out);
  }
}

void LetterChannel::push_wide(uint8_t octet, uint64_t begin, uint64_t end,
                              std::vector<CanaryHit>& out) {
  const bool follows = (octet & 0xC0U) == 0x80U;
  if (pending_size_ == 0 || !follows) {
    pending_size_ = 0;
    if (octet < 0x80) {
      push_ascii(octet, begin, end, out);
      return;
    }
    if (length_of(octet) == 1) {
      return;
    }
    pending_begin_ = begin;
  }
  pending_[pending_size_++] = static_cast<char>(octet);
  const std::string_view whole(pending_.data(), pending_size_);
  if (whole.size() == length_of(static_cast<uint8_t>(whole[0]))) {
    for_each_letter(whole, [&](uint8_t one) { letter(one, pending_begin_, end, out); });
    pending_size_ = 0;
  }
}

void LetterChannel::letter(uint8_t octet, uint64_t begin, uint64_t end,
                           std::vector<CanaryHit>& out) {
  if (begin > last_end_ + kMaxGap) {
    count_ = 0;
  }
  last_end_ = end;
  const size_t slot = count_++ % letters_.size();
  letters_[slot] = octet;
  begins_[slot] = begin;
  key_ = key_ << 8U | octet;
  if (count_ >= CanaryNeedles::kKey && needles_->may_end(key_)) [[unlikely]] {
    compare(end, out);
  }
}

void LetterChannel::compare(uint64_t end, std::vector<CanaryHit>& out) const {
  const auto same = needles_->by_key.find(key_);
  if (same == needles_->by_key.end()) {
    return;
  }
  for (const CanaryNeedles::Needle& needle : same->second) {
    const size_t size = needle.letters.size();
    if (size > count_) {
      continue;
    }
    bool equal = true;
    for (size_t i = 0; i < size && equal; ++i) {
      equal = letters_[(count_ - size + i) % letters_.size()] ==
              static_cast<uint8_t>(needle.letters[i]);
    }
    if (equal) {
      out.push_back(
          {begins_[(count_ - size) % letters_.size()], end, needle.canary, needle.writing});
    }
  }
}

void Base64Channel::Phases::digit(uint32_t value, uint64_t at, std::vector<CanaryHit>& out) {
  bits = bits << 6U | value;
  places[count % 4] = at;
  ++count;
  // Behind digit n of a group, n > 0, one octet more is known: it ends in this digit and began in
  // the one before. Groups of phase p begin with the digits whose number is p modulo 4.
  for (uint64_t phase = 0; phase < 4; ++phase) {
    const uint64_t in_group = (count - 1 + 4 - phase) % 4;
    if (in_group == 0 || count < in_group + 1) {
      continue;
    }
    const auto octet = static_cast<uint8_t>(bits >> (6 - 2 * in_group) & 0xFFU);
    letters[phase].push(octet, places[(count - 2) % 4], at + 1, out);
  }
}

void Base64Channel::Phases::reset() {
  count = 0;
  for (LetterChannel& one : letters) {
    one.reset();
  }
}

void Base64Channel::reset() {
  signs_.reset();
  bare_left_ = 0;
  small_ = 0;
  any_ = false;
}

void Base64Channel::push(uint8_t octet, uint64_t at, std::vector<CanaryHit>& out) {
  const uint8_t digit = kDigits[octet];
  if (digit == kNone) {
    if (octet == '=' && any_) {
      reset();
    }
    return;
  }
  if (any_ && at > last_ + kMaxGap) {
    reset();
  }
  last_ = at;
  any_ = true;
  if (skips_words_ && (digit & (kSmall | kSign)) == kSmall) {
    held_[small_ % held_.size()] = {digit, at};
    if (++small_ > CanaryNeedles::kSmallLetters) {
      return;
    }
    if (small_ == CanaryNeedles::kSmallLetters) {
      signs_.reset();
      bare_left_ = 0;
      return;
    }
  } else {
    if (small_ >= CanaryNeedles::kSmallLetters) {
      const size_t count = std::min(small_, held_.size());
      for (size_t i = small_ - count; i < small_; ++i) {
        const auto [value, place] = held_[i % held_.size()];
        take(value & 0x3FU, false, place, out);
      }
    }
    small_ = 0;
  }
  take(digit & 0x3FU, (digit & kSign) != 0, at, out);
}

void Base64Channel::take(uint32_t value, bool sign, uint64_t at, std::vector<CanaryHit>& out) {
  if (sign) {
    if (bare_left_ == 0) {
      bare_ = signs_;
    }
    bare_left_ = kLongestBase64;
  } else if (bare_left_ > 0) {
    bare_.digit(value, at, out);
    --bare_left_;
  }
  signs_.digit(value, at, out);
}

void HexChannel::reset() {
  count_ = 0;
  for (LetterChannel& one : letters_) {
    one.reset();
  }
}

void HexChannel::digit(uint32_t value, uint64_t at, std::vector<CanaryHit>& out) {
  if (count_ > 0 && at > last_ + kMaxGap) {
    reset();
  }
  last_ = at;
  bits_ = bits_ << 4U | value;
  if (++count_ >= 2) {
    letters_[count_ % 2].push(static_cast<uint8_t>(bits_ & 0xFFU), previous_, at + 1, out);
  }
  previous_ = at;
}

void HexChannel::push(uint8_t octet, uint64_t at, std::vector<CanaryHit>& out) {
  const uint8_t before = std::exchange(before_, octet);
  if (octet >= 0x80 || !is_ascii_alnum(octet)) {
    if (zero_) {
      digit(0, zero_at_, out);
    }
    in_word_ = zero_ = false;
    broken_ = octet >= 0x80;
    return;
  }
  const bool first = !std::exchange(in_word_, true);
  if (broken_) {
    return;
  }
  const auto low = static_cast<uint8_t>(octet | 0x20U);
  if (std::exchange(zero_, false)) {
    if (low == 'x') {
      return;
    }
    digit(0, zero_at_, out);
  } else if (first && octet == '0') {
    zero_ = true;
    zero_at_ = at;
    return;
  } else if (first && (low == 'x' || low == 'u') && (before == '\\' || before == '#')) {
    return;
  }
  const int value = hex_value(static_cast<char>(octet));
  if (value < 0) {
    broken_ = true;
    if (count_ > 0) {
      reset();
    }
    return;
  }
  digit(static_cast<uint32_t>(value), at, out);
}

}  // namespace sally::content
