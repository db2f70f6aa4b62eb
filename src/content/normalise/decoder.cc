#include "content/normalise/decoder.h"

#include <algorithm>

#include "content/normalise/utf8.h"

namespace sally::content {

size_t DecodedText::character_at(size_t at) const {
  for (size_t i = 0;
       i < 3 && at < text_.size() && (static_cast<uint8_t>(text_[at]) & 0xC0U) == 0x80; ++i) {
    ++at;
  }
  return at;
}

void DecodedText::copy(size_t begin, size_t end) {
  const size_t room = limit_ - std::min(limit_, made_.size());
  if (end - begin > room) {
    full_ = true;
    end = begin + room;
  }
  made_.append(text_, begin, end - begin);
  map_.append(begin, 1, 1, end - begin);
}

void DecodedText::go_to(size_t at) {
  if (at - at_ <= kBefore + kBehind) {
    copy(at_, at);
  } else {
    if (parts_ > 0) {
      copy(at_, std::min(at, character_at(at_ + kBehind)));
      if (made_.size() < limit_) {
        made_.push_back('\n');
        map_.append(at_, 0, 1);
      }
    }
    copy(std::min(at, character_at(at - kBefore)), at);
  }
  at_ = at;
}

void DecodedText::put(size_t taken, std::string_view made) {
  ++parts_;
  if (made.size() > limit_ - std::min(limit_, made_.size())) {
    full_ = true;
  } else if (!made.empty()) {
    made_.append(made);
    map_.append(at_, taken, made.size());
  }
  at_ += taken;
}

void DecodedText::finish() {
  copy(at_, std::min(text_.size(), character_at(at_ + kBehind)));
}

void DecodedText::put_all_same(std::string_view made) {
  ++parts_;
  const size_t size = std::min(made.size(), limit_);
  full_ = size < made.size();
  made_.assign(made.substr(0, size));
  map_.append(0, 1, 1, size);
  at_ = text_.size();
}

void DecodedText::put_all_backwards() {
  ++parts_;
  for (size_t end = text_.size(); end > 0;) {
    size_t begin = end - 1;
    while (begin > 0 && end - begin < 4 && (static_cast<uint8_t>(text_[begin]) & 0xC0U) == 0x80) {
      --begin;
    }
    if (decode_utf8(text_, begin).length != end - begin) {
      begin = end - 1;
    }
    if (made_.size() + (end - begin) > limit_) {
      full_ = true;
      break;
    }
    made_.append(text_, begin, end - begin);
    map_.append_backwards(end, end - begin);
    end = begin;
  }
  at_ = text_.size();
}

bool is_printable_text(std::string_view text) {
  size_t odd = 0;
  for (size_t at = 0; at < text.size();) {
    const Decoded it = decode_utf8(text, at);
    const bool control = it.code < 0x20 && it.code != '\n' && it.code != '\t' && it.code != '\r';
    if (it.code == kInvalid || control || it.code == 0x7F || (it.code >= 0x80 && it.code < 0xA0)) {
      odd += it.length;
    }
    at += it.length;
  }
  return !text.empty() && odd * 10 <= text.size();
}

}  // namespace sally::content
