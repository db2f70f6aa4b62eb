// JsonWriter: appends one JSON document (RFC 8259) to a string.
//
//   std::string out;
//   JsonWriter json(out);
//   json.begin_object();
//   json.member("id", id).member("status", 403);
//   json.key("tags").begin_array();
//   json.string("a").end_array();
//   json.end_object();
//   json.finish();
//
// A misuse that would give an invalid document (a value without a key in an object, a key in an
// array, unbalanced ends, a second root) aborts: the order of calls is ours, never a peer's. Names
// of members are not checked for duplicates. Nests up to 64 levels.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace sally::formats {

// Appends `text` with quotes as a JSON string. Invalid UTF-8 becomes U+FFFD. Plain ASCII, the usual
// case, is copied 8 bytes at a time.
void append_json_string(std::string& out, std::string_view text);

class JsonWriter {
 public:
  static constexpr unsigned kMaxDepth = 64;

  // Appends to `out`, which outlives the writer; what stands there already is left alone.
  explicit JsonWriter(std::string& out) : out_(out) {}
  JsonWriter(const JsonWriter&) = delete;
  JsonWriter& operator=(const JsonWriter&) = delete;

  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();

  // The name of the next member of the current object.
  JsonWriter& key(std::string_view name);

  // Values: the root, an element, or what belongs to the last key.
  JsonWriter& string(std::string_view text);
  template <std::integral Int>
  JsonWriter& number(Int value) {
    static_assert(!std::is_same_v<Int, bool>, "a flag is written by boolean()");
    if constexpr (std::is_signed_v<Int>) {
      return signed_number(static_cast<int64_t>(value));
    } else {
      return unsigned_number(static_cast<uint64_t>(value));
    }
  }
  // The shortest text that reads back as the same number; null where it is not finite.
  JsonWriter& number(double value);
  JsonWriter& boolean(bool value);
  JsonWriter& null();
  // One value that is JSON already. Trusted: a caller passes only what a writer or the strict
  // reader vouched for. Not empty.
  JsonWriter& raw(std::string_view json);

  // A key and its value in one call.
  template <typename T>
  JsonWriter& member(std::string_view name, const T& value) {
    key(name);
    if constexpr (std::is_same_v<T, bool>) {
      return boolean(value);
    } else if constexpr (std::is_arithmetic_v<T>) {
      return number(value);
    } else {
      return string(std::string_view(value));
    }
  }

  // Declares the document whole; aborts when it is not. A writer that is not finished wrote a
  // fragment that its owner throws away.
  void finish();

 private:
  enum class Frame : bool { kArray, kObject };

  JsonWriter& signed_number(int64_t value);
  JsonWriter& unsigned_number(uint64_t value);
  void before_value();
  void open(Frame frame, char bracket);
  void close(Frame frame, char bracket);
  [[nodiscard]] Frame frame() const { return Frame{((objects_ >> (depth_ - 1)) & 1) != 0}; }

  std::string& out_;
  uint64_t objects_ = 0;  // bit d: level d+1 is an object
  unsigned depth_ = 0;
  bool comma_ = false;      // something stands before in the current level
  bool after_key_ = false;  // a key waits for its value
};

}  // namespace sally::formats
