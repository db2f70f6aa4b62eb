#include "formats/json/writer.h"

#include <charconv>
#include <cmath>
#include <cstring>

#include "base/check.h"
#include "base/log.h"

namespace sally::formats {
namespace {

constexpr uint64_t kOnes = 0x0101010101010101U;
constexpr uint64_t kTops = 0x8080808080808080U;

// The top bit of every octet of `word` that is zero. Exact below the first such octet, which is all
// that is asked.
constexpr uint64_t zero_octets(uint64_t word) {
  return (word - kOnes) & ~word & kTops;
}

// Whether all 8 octets may stand in a JSON string as they are: 0x20..0x7E without `"` and `\`.
bool all_plain(const char* at) {
  uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  const uint64_t below_space = (word - kOnes * 0x20) & ~word;
  return (((word & kTops) | (below_space & kTops) | zero_octets(word ^ (kOnes * '"')) |
           zero_octets(word ^ (kOnes * '\\')) | zero_octets(word ^ (kOnes * 0x7F)))) == 0;
}

constexpr bool is_plain(char c) {
  return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
}

template <typename Number>
void append_number(std::string& out, Number value) {
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  out.append(buffer, static_cast<size_t>(end - buffer));
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  size_t clean = 0;
  while (clean + 8 <= text.size() && all_plain(text.data() + clean)) {
    clean += 8;
  }
  while (clean < text.size() && is_plain(text[clean])) {
    ++clean;
  }
  out += '"';
  out.append(text.data(), clean);
  if (clean < text.size()) {
    append_json_escaped(out, text.substr(clean));
  }
  out += '"';
}

void JsonWriter::before_value() {
  if (depth_ == 0) {
    SALLY_CHECK(!comma_);  // one root
  } else if (frame() == Frame::kObject) {
    SALLY_CHECK(after_key_);
    after_key_ = false;
    return;
  } else if (comma_) {
    out_ += ',';
  }
  comma_ = true;
}

void JsonWriter::open(Frame frame, char bracket) {
  before_value();
  SALLY_CHECK(depth_ < kMaxDepth);
  const uint64_t bit = uint64_t{1} << depth_;
  objects_ = frame == Frame::kObject ? objects_ | bit : objects_ & ~bit;
  ++depth_;
  comma_ = false;
  out_ += bracket;
}

void JsonWriter::close(Frame expected, char bracket) {
  SALLY_CHECK(depth_ > 0 && frame() == expected && !after_key_);
  --depth_;
  comma_ = true;
  out_ += bracket;
}

JsonWriter& JsonWriter::begin_object() {
  open(Frame::kObject, '{');
  return *this;
}

JsonWriter& JsonWriter::end_object() {
  close(Frame::kObject, '}');
  return *this;
}

JsonWriter& JsonWriter::begin_array() {
  open(Frame::kArray, '[');
  return *this;
}

JsonWriter& JsonWriter::end_array() {
  close(Frame::kArray, ']');
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  SALLY_CHECK(depth_ > 0 && frame() == Frame::kObject && !after_key_);
  if (comma_) {
    out_ += ',';
  }
  comma_ = true;
  after_key_ = true;
  append_json_string(out_, name);
  out_ += ':';
  return *this;
}

JsonWriter& JsonWriter::string(std::string_view text) {
  before_value();
  append_json_string(out_, text);
  return *this;
}

JsonWriter& JsonWriter::signed_number(int64_t value) {
  before_value();
  append_number(out_, value);
  return *this;
}

JsonWriter& JsonWriter::unsigned_number(uint64_t value) {
  before_value();
  append_number(out_, value);
  return *this;
}

JsonWriter& JsonWriter::number(double value) {
  if (!std::isfinite(value)) {
    return null();
  }
  before_value();
  append_number(out_, value);
  return *this;
}

JsonWriter& JsonWriter::boolean(bool value) {
  before_value();
  out_ += value ? "true" : "false";
  return *this;
}

JsonWriter& JsonWriter::null() {
  before_value();
  out_ += "null";
  return *this;
}

JsonWriter& JsonWriter::raw(std::string_view json) {
  SALLY_CHECK(!json.empty());
  before_value();
  out_ += json;
  return *this;
}

void JsonWriter::finish() {
  SALLY_CHECK(depth_ == 0 && comma_);
}

}  // namespace sally::formats
