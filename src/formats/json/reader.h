// JsonReader: strict JSON (RFC 8259) in one pass, as a walk that calls a handler.
//
//   JsonReader reader;
//   TRY_OK(reader.walk(body, JsonLimits{}, handler));
//
// What is refused, so that the gate and a model server cannot read different things:
//   a byte order mark, invalid UTF-8, control characters in strings, lone surrogates, `\u0000` in
//   the name of a member (unless JsonLimits allows it), duplicate members (compared decoded),
//   anything after the document, numbers that are no RFC 8259 numbers or lie beyond a double
//   (|x| > 1.8e308), NaN, Infinity, comments, trailing commas; more bytes, depth or members than
//   the limits say.
// Integers of any length below that are passed as they were written: the handler gets the raw text.
//
// The handler is any class with these members (offsets count from the start of the body; the walk
// may still fail after events were given, so act on them only when it succeeded):
//   void begin_object(size_t offset);  void end_object(size_t offset);   // of the bracket
//   void begin_array(size_t offset);   void end_array(size_t offset);
//   void key(const JsonText&);         void string(const JsonText&);
//   void number(const JsonNumber&);    void boolean(bool, size_t offset);  void null(size_t
//   offset);
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/equal_names.h"
#include "base/result.h"

namespace sally::formats {

struct JsonLimits {
  size_t bytes = size_t{64} << 20;  // at most 4 GiB - 1
  size_t depth = 64;                // of nested objects and arrays
  size_t members = 100'000;         // of all objects together
  bool nul_in_names = false;        // takes `\u0000` in the name of a member
};

// A string. `text` is decoded and valid until the reader walks again (and while the body lives).
struct JsonText {
  std::string_view text;
  size_t offset;  // of the opening quote
  size_t length;  // raw, with both quotes
};

// A number as it was written.
struct JsonNumber {
  std::string_view raw;
  size_t offset;
};

// The exact integer, where `raw` has neither fraction nor exponent and fits.
[[nodiscard]] std::optional<int64_t> json_int64(std::string_view raw);
[[nodiscard]] std::optional<uint64_t> json_uint64(std::string_view raw);
// The nearest double of a number that the reader accepted.
[[nodiscard]] double json_double(std::string_view raw);

namespace detail {

// What a walk needs besides the body; one per thread, reused.
struct JsonWorkspace {
  struct Frame {
    uint64_t seen;       // one bit per member name seen, by a cheap hash: clear means new
    uint32_t first_key;  // of this object in `keys`
    bool is_object;
  };
  struct Key {
    const char* data;
    uint32_t size;
    uint32_t offset;  // in the body
    [[nodiscard]] std::string_view text() const { return {data, size}; }
  };
  const uint32_t* index = nullptr;  // offsets of brackets, colons, commas and the starts of scalars
  size_t count = 0;
  std::vector<Frame> frames;
  std::vector<Key> keys;  // of the open objects, innermost last
};

// Borrows the thread's workspace, or a fresh one where a handler walks inside a walk.
class JsonLease {
 public:
  JsonLease();
  ~JsonLease();
  JsonLease(const JsonLease&) = delete;
  JsonLease& operator=(const JsonLease&) = delete;
  JsonWorkspace& operator*() const { return *workspace_; }
  // Checks size and encoding, fills `index` and `count`.
  Result<> prepare(std::string_view body, const JsonLimits& limits);

 private:
  struct Slot;
  static Slot& slot();
  Slot* slot_;
  std::unique_ptr<Slot> own_;
  JsonWorkspace* workspace_;
};

[[gnu::cold]] Error json_error(size_t offset, std::string_view what, std::string_view hint = {});
[[gnu::cold]] Error json_duplicate(std::string_view name, size_t offset);
// nullopt when valid; otherwise what is wrong.
std::optional<std::string_view> check_number(std::string_view raw);
// Decodes `raw` (without quotes) to `out`, which has room for raw.size() bytes. Returns the end; on
// failure nullptr with `what` set.
char* decode_string(std::string_view raw, char* out, std::string_view& what);
// Sorts by name; the later one of two members of the same name.
const JsonWorkspace::Key* find_duplicate(JsonWorkspace::Key* first, JsonWorkspace::Key* last);

// One of 64 bits for a name: names of different bits differ.
inline uint64_t name_bit(std::string_view name) {
  if (name.empty()) {
    return 1;
  }
  const auto front = static_cast<unsigned char>(name.front());
  const auto back = static_cast<unsigned char>(name.back());
  return uint64_t{1} << ((front * 7U + back * 3U + static_cast<unsigned>(name.size())) % 64U);
}

constexpr bool is_json_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

}  // namespace detail

// Holds the decoded text of the last walk; cheap when no string needed decoding. Not shared between
// threads. Handlers may walk another document with another reader.
class JsonReader {
 public:
  // kInvalidInput with the byte offset; kTooLarge beyond `limits.bytes`. `body` needs no slack.
  template <typename Handler>
  Result<> walk(std::string_view body, const JsonLimits& limits, Handler& handler);

 private:
  // Objects up to this many members are checked for duplicates as they come, larger ones when they
  // close, by sorting: no hash that an attacker could fill with collisions.
  static constexpr size_t kFewKeys = 16;

  Result<std::string_view> decode_escaped(std::string_view raw, size_t offset, size_t body_size);

  // Decoded text is never longer than its source, so the body's size is always enough and what was
  // decoded never moves during a walk.
  std::unique_ptr<char[]> decoded_;
  size_t decoded_capacity_ = 0;
  size_t decoded_used_ = 0;
};

template <typename Handler>
Result<> JsonReader::walk(std::string_view body, const JsonLimits& limits, Handler& handler) {
  using detail::json_error;
  detail::JsonLease lease;
  TRY_OK(lease.prepare(body, limits));
  detail::JsonWorkspace& work = *lease;
  auto& frames = work.frames;
  auto& keys = work.keys;
  frames.clear();
  keys.clear();
  decoded_used_ = 0;

  const char* const data = body.data();
  const uint32_t* at = work.index;
  const uint32_t* const last = at + work.count;
  size_t members = 0;
  std::optional<Error> wrong;  // set by the readers below where they return false

  // The scalar at `at` ends where the next structural character begins, less white space.
  const auto scalar = [&]() __attribute__((always_inline)) {
    size_t end = at + 1 < last ? at[1] : body.size();
    while (detail::is_json_space(data[end - 1])) {
      --end;  // stops at the scalar itself
    }
    return body.substr(*at, end - *at);
  };
  // No backslash stands between here and `escape`: most strings are told apart without a look.
  const auto find_escape = [&](size_t from) {
    const auto* found =
        static_cast<const char*>(std::memchr(data + from, '\\', body.size() - from));
    return found == nullptr ? body.size() : static_cast<size_t>(found - data);
  };
  size_t escape = find_escape(0);
  const auto read_string = [&](JsonText& out) __attribute__((always_inline)) {
    const std::string_view raw = scalar();
    out = {raw.substr(1), *at, raw.size()};
    if (raw.size() < 2 || raw.back() != '"') [[unlikely]] {
      wrong = json_error(*at, "malformed string");
      return false;
    }
    out.text.remove_suffix(1);
    const size_t end = *at + raw.size();
    if (escape < end) {
      auto decoded = decode_escaped(out.text, *at + size_t{1}, body.size());
      if (!decoded.ok()) [[unlikely]] {
        wrong = std::move(decoded).error();
        return false;
      }
      out.text = *decoded;
      escape = find_escape(end);
    }
    return true;
  };
  // A member's name and colon, from `at` on; then `at` is at the value.
  const auto read_key = [&]() __attribute__((always_inline)) {
    if (at == last || data[*at] != '"') [[unlikely]] {
      wrong = json_error(at == last ? body.size() : *at,
                         "expected the name of a member in double quotes");
      return false;
    }
    JsonText key;
    if (!read_string(key)) [[unlikely]] {
      return false;
    }
    if (++members > limits.members) [[unlikely]] {
      wrong = json_error(key.offset, "too many members", "see limits.json.members");
      return false;
    }
    const std::string_view text = key.text;
    if (text.size() != key.length - 2 && !limits.nul_in_names &&
        text.find('\0') != std::string_view::npos) [[unlikely]] {
      wrong = json_error(key.offset, "the name of a member holds `\\u0000`");
      return false;
    }
    auto& frame = frames.back();
    const uint64_t bit = detail::name_bit(text);
    if ((frame.seen & bit) != 0 && keys.size() - frame.first_key < kFewKeys) {
      for (size_t i = frame.first_key; i < keys.size(); ++i) {
        if (equal_names(keys[i].text(), text)) [[unlikely]] {
          wrong = detail::json_duplicate(text, key.offset);
          return false;
        }
      }
    }
    frame.seen |= bit;
    // Member by member: a copy of a struct just built would wait for its parts to be stored.
    auto& kept = keys.emplace_back();
    kept.data = text.data();
    kept.size = static_cast<uint32_t>(text.size());
    kept.offset = static_cast<uint32_t>(key.offset);
    ++at;
    if (at == last || data[*at] != ':') [[unlikely]] {
      wrong = json_error(at == last ? body.size() : *at, "expected `:` after the name of a member");
      return false;
    }
    handler.key(key);
    ++at;
    return true;
  };
  const auto close_object = [&]() __attribute__((always_inline)) {
    const uint32_t first = frames.back().first_key;
    if (keys.size() - first > kFewKeys) [[unlikely]] {
      const auto* again = detail::find_duplicate(keys.data() + first, keys.data() + keys.size());
      if (again != nullptr) {
        wrong = detail::json_duplicate(again->text(), again->offset);
        return false;
      }
    }
    keys.resize(first);
    frames.pop_back();
    handler.end_object(*at);
    return true;
  };

  for (;;) {
    // A value stands at `at`.
    if (at == last) [[unlikely]] {
      return json_error(body.size(), "the document ends early");
    }
    const size_t offset = *at;
    const char c = data[offset];
    if (c == '"') {
      JsonText text;
      if (!read_string(text)) [[unlikely]] {
        return *std::move(wrong);
      }
      handler.string(text);
    } else if (c == '{' || c == '[') {
      if (frames.size() >= limits.depth) [[unlikely]] {
        return json_error(offset, "nested too deeply", "see limits.json.depth");
      }
      const bool is_object = c == '{';
      auto& frame = frames.emplace_back();
      frame.seen = 0;
      frame.first_key = static_cast<uint32_t>(keys.size());
      frame.is_object = is_object;
      is_object ? handler.begin_object(offset) : handler.begin_array(offset);
      ++at;
      if (at == last) [[unlikely]] {
        return json_error(body.size(), "the document ends early");
      }
      if (data[*at] != (is_object ? '}' : ']')) {
        if (is_object && !read_key()) [[unlikely]] {
          return *std::move(wrong);
        }
        continue;
      }
      frames.pop_back();
      is_object ? handler.end_object(*at) : handler.end_array(*at);
    } else if (c == '-' || (c >= '0' && c <= '9')) {
      const std::string_view raw = scalar();
      if (const auto reason = detail::check_number(raw)) [[unlikely]] {
        return json_error(offset, *reason);
      }
      handler.number(JsonNumber{raw, offset});
    } else {
      const std::string_view raw = scalar();
      if (raw == "true" || raw == "false") {
        handler.boolean(c == 't', offset);
      } else if (raw == "null") {
        handler.null(offset);
      } else {
        return json_error(offset, "expected a value");
      }
    }
    // Behind a value: what closes with it, then a comma, or the end.
    for (;;) {
      ++at;
      if (frames.empty()) {
        if (at != last) [[unlikely]] {
          return json_error(*at, "something follows the document");
        }
        return ok();
      }
      if (at == last) [[unlikely]] {
        return json_error(body.size(), "the document ends early");
      }
      const bool is_object = frames.back().is_object;
      const char next = data[*at];
      if (next == ',') {
        ++at;
        if (is_object && !read_key()) [[unlikely]] {
          return *std::move(wrong);
        }
        break;
      }
      if (next != (is_object ? '}' : ']')) [[unlikely]] {
        return json_error(*at, is_object ? "expected `,` or `}`" : "expected `,` or `]`");
      }
      if (!is_object) {
        frames.pop_back();
        handler.end_array(*at);
      } else if (!close_object()) [[unlikely]] {
        return *std::move(wrong);
      }
    }
  }
}

}  // namespace sally::formats
