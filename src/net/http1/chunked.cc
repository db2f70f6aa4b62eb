#include "net/http1/chunked.h"

#include <algorithm>

#include "net/http1/syntax.h"

namespace sally::net::http1 {
namespace {

constexpr uint64_t kMostChunk = uint64_t{1} << 48;  // larger than any body that is let through

int hex_value(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool is_space(char c) {
  return c == ' ' || c == '\t';
}
bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

}  // namespace

ChunkedDecoder::At ChunkedDecoder::broken(const char* problem) {
  problem_ = problem;
  return At::kBroken;
}

// Between the parts of an extension: `;` begins the next, CR ends the line.
ChunkedDecoder::At ChunkedDecoder::after_extension_part(char c) {
  if (c == ';') {
    return At::kExtensionName;
  }
  if (c == '\r') {
    return At::kSizeLf;
  }
  return is_space(c) ? At::kExtensionEnd : broken("a chunk extension is malformed");
}

ChunkedDecoder::At ChunkedDecoder::advance(char c) {
  switch (at_) {
    case At::kSizeFirst: {
      const int digit = hex_value(c);
      if (digit < 0) {
        return broken("a chunk does not begin with its size in hexadecimal");
      }
      left_ = static_cast<uint64_t>(digit);
      return At::kSize;
    }
    case At::kSize: {
      const int digit = hex_value(c);
      if (digit >= 0) {
        left_ = left_ * 16 + static_cast<uint64_t>(digit);
        return left_ > kMostChunk ? broken("a chunk is too large") : At::kSize;
      }
      if (c == '\r') {
        return At::kSizeLf;
      }
      if (c == ';') {
        return At::kExtensionName;
      }
      return is_space(c) ? At::kExtensionStart : broken("a chunk's size is malformed");
    }
    case At::kExtensionStart:
      if (c == ';') {
        return At::kExtensionName;
      }
      return is_space(c) ? At::kExtensionStart
                         : broken("a chunk's size is followed by white space");
    case At::kExtensionName:
      if (is_space(c)) {
        return At::kExtensionName;
      }
      return name_byte(c) != '\0' ? At::kExtensionNameEnd : broken("a chunk extension has no name");
    case At::kExtensionNameEnd:
      if (name_byte(c) != '\0') {
        return At::kExtensionNameEnd;
      }
      return c == '=' ? At::kExtensionValue : after_extension_part(c);
    case At::kExtensionValue:
      if (is_space(c)) {
        return At::kExtensionValue;
      }
      if (c == '"') {
        return At::kExtensionQuoted;
      }
      return name_byte(c) != '\0' ? At::kExtensionToken : broken("a chunk extension has no value");
    case At::kExtensionToken:
      return name_byte(c) != '\0' ? At::kExtensionToken : after_extension_part(c);
    case At::kExtensionQuoted:
      if (c == '"') {
        return At::kExtensionEnd;
      }
      if (c == '\\') {
        return At::kExtensionEscape;
      }
      return is_control(c) ? broken("a chunk extension holds a control character")
                           : At::kExtensionQuoted;
    case At::kExtensionEscape:
      return is_control(c) ? broken("a chunk extension holds a control character")
                           : At::kExtensionQuoted;
    case At::kExtensionEnd:
      return c == '=' ? broken("a chunk extension is malformed") : after_extension_part(c);
    case At::kSizeLf:
      if (c != '\n') {
        return broken("a chunk's line does not end with CRLF");
      }
      line_ = 0;
      last_ = left_ == 0;
      return last_ ? At::kTrailerFirst : At::kData;
    case At::kDataCr:
      return c == '\r' ? At::kDataLf : broken("a chunk is longer than its size says");
    case At::kDataLf:
      return c == '\n' ? At::kSizeFirst : broken("a chunk does not end with CRLF");
    case At::kTrailerFirst:
      if (c == '\r') {
        return At::kLastLf;
      }
      return name_byte(c) != '\0' ? At::kTrailerName : broken("a trailer field has no name");
    case At::kTrailerName:
      if (c == ':') {
        return At::kTrailerValue;
      }
      return name_byte(c) != '\0'
                 ? At::kTrailerName
                 : broken("a trailer field's name holds a character that none can");
    case At::kTrailerValue:
      if (c == '\r') {
        return At::kTrailerLf;
      }
      return is_control(c) ? broken("a trailer field holds a control character")
                           : At::kTrailerValue;
    case At::kTrailerLf:
      return c == '\n' ? At::kTrailerFirst : broken("a trailer field does not end with CRLF");
    case At::kLastLf:
      return c == '\n' ? At::kEnd : broken("the body does not end with CRLF");
    case At::kData:
    case At::kEnd:
    case At::kBroken:
      break;
  }
  return at_;
}

// Takes the line of a chunk in one go where it is as nearly everybody writes it, digits and CRLF,
// with the CRLF of the chunk before it. The bytes it has; 0: it is none of those, or not whole.
size_t ChunkedDecoder::take_plain_line(std::string_view input) {
  constexpr size_t kDigits = 8;
  constexpr std::string_view kEndOfLine = "\r\n";
  size_t at = 0;
  if (at_ == At::kDataCr) {
    if (!input.starts_with(kEndOfLine)) {
      return 0;
    }
    at = kEndOfLine.size();
  }
  const size_t most = std::min(input.size(), at + kDigits);
  uint64_t size = 0;
  for (; at < most; ++at) {
    const int digit = hex_value(input[at]);
    if (digit < 0) {
      break;
    }
    size = size * 16 + static_cast<uint64_t>(digit);
  }
  if (size == 0 || !input.substr(at).starts_with(kEndOfLine)) {
    return 0;
  }
  left_ = size;
  at_ = At::kData;
  return at + kEndOfLine.size();
}

ChunkedDecoder::Step ChunkedDecoder::step(ByteView input) {
  size_t used = 0;
  if (at_ == At::kDataCr || at_ == At::kSizeFirst) {
    used = take_plain_line(as_text(input));
  }
  for (;;) {
    if (at_ == At::kEnd) {
      return {State::kEnd, used, {}};
    }
    if (at_ == At::kBroken) {
      return {State::kBroken, used, {}};
    }
    if (used == input.size()) {
      return {State::kMore, used, {}};
    }
    if (at_ == At::kData) {
      const auto size = static_cast<size_t>(std::min<uint64_t>(left_, input.size() - used));
      const ByteView data = input.subspan(used, size);
      left_ -= size;
      at_ = left_ == 0 ? At::kDataCr : At::kData;
      return {State::kData, used + size, data};
    }
    at_ = advance(static_cast<char>(input[used++]));
    if (at_ >= At::kExtensionStart && at_ <= At::kExtensionEnd) {
      ++extensions_;
    }
    if (at_ <= At::kExtensionEnd && at_ != At::kSizeFirst && ++line_ > kMostLineBytes) {
      at_ = broken("a chunk's line is too long");
    } else if (extensions_ > kMostExtensionBytes) {
      at_ = broken("the chunk extensions are too long");
    } else if (last_ && at_ != At::kBroken && ++trailers_ > kMostTrailerBytes) {
      at_ = broken("the trailer section is too long");
    }
  }
}

}  // namespace sally::net::http1
