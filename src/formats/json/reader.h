// JsonReader: strict JSON (RFC 8259) in one pass, as a walk that calls a handler.
//
//   JsonReader reader;
//   TRY_OK(reader.walk(body, JsonLimits{}, handler));
//
// What is refused, so that the gate and a model server cannot read different things:
//   a byte order mark, invalid UTF-8, control characters in strings, lone surrogates, `\u0000` in
//   the name of a member, duplicate members (compared decoded), anything after the document,
//   numbers that are no RFC 8259 numbers or lie beyond a double (|x| > 1.8e308), NaN, Infinity,
//   comments, trailing commas; more bytes, depth or members than the limits say.
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

#include "base/result.h"

namespace sally::formats {

struct JsonLimits {
  size_t bytes = size_t{64} << 20;  // at most 4 GiB - 1
  size_t depth = 64;                // of nested objects and arrays
  size_t members = 100'000;         // of all objects together
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
    std::string_view text;
    size_t offset;
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
[[gnu::cold]] Error json_duplicate(const JsonWorkspace::Key& key);
// nullopt when valid; otherwise what is wrong.
std::optional<std::string_view> check_number(std::string_view raw);
// Decodes `raw` (without quotes) to `out`, which has room for raw.size() bytes. Returns the end; on
// failure nullptr with `what` set.
char* decode_string(std::string_view raw, char* out, std::string_view& what);
// Sorts by name; the later one of two members of the same name.
const JsonWorkspace::Key* find_duplicate(JsonWorkspace::Key* first, JsonWorkspace::Key* last);

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

  Result<std::string_view> decode(std::string_view raw, size_t offset, size_t body_size) {
    if (std::memchr(raw.data(), '\\', raw.size()) == nullptr) [[likely]] {
      return raw;
    }
    return decode_escaped(raw, offset, body_size);
  }
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
  enum class Expect : uint8_t { kValue, kFirstElement, kKey, kFirstKey, kNext };

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
  // The scalar at `at` ends where the next structural character begins, less white space.
  const auto scalar_at = [&](const uint32_t* place) {
    size_t end = place + 1 < last ? place[1] : body.size();
    while (detail::is_json_space(data[end - 1])) {
      --end;  // stops at the scalar itself
    }
    return body.substr(*place, end - *place);
  };
  size_t members = 0;
  Expect expect = Expect::kValue;

  for (; at != last; ++at) {
    const size_t offset = *at;
    const char c = data[offset];
    switch (expect) {
      case Expect::kFirstElement:
        if (c == ']') {
          frames.pop_back();
          handler.end_array(offset);
          expect = Expect::kNext;
          continue;
        }
        [[fallthrough]];
      case Expect::kValue:
        expect = Expect::kNext;
        switch (c) {
          case '{':
          case '[':
            if (frames.size() >= limits.depth) [[unlikely]] {
              return json_error(offset, "nested too deeply", "see limits.json.depth");
            }
            frames.push_back({0, static_cast<uint32_t>(keys.size()), c == '{'});
            if (c == '{') {
              handler.begin_object(offset);
              expect = Expect::kFirstKey;
            } else {
              handler.begin_array(offset);
              expect = Expect::kFirstElement;
            }
            continue;
          case '"': {
            const std::string_view raw = scalar_at(at);
            if (raw.size() < 2 || raw.back() != '"') [[unlikely]] {
              return json_error(offset, "malformed string");
            }
            TRY(const std::string_view text,
                decode(raw.substr(1, raw.size() - 2), offset + 1, body.size()));
            handler.string(JsonText{text, offset, raw.size()});
            continue;
          }
          case 't':
          case 'f':
          case 'n': {
            const std::string_view raw = scalar_at(at);
            if (raw == "true" || raw == "false") {
              handler.boolean(c == 't', offset);
            } else if (raw == "null") {
              handler.null(offset);
            } else {
              return json_error(offset, "not a value");
            }
            continue;
          }
          default: {
            if (c != '-' && (c < '0' || c > '9')) [[unlikely]] {
              return json_error(offset, "expected a value");
            }
            const std::string_view raw = scalar_at(at);
            if (const auto wrong = detail::check_number(raw)) [[unlikely]] {
              return json_error(offset, *wrong);
            }
            handler.number(JsonNumber{raw, offset});
            continue;
          }
        }
      case Expect::kFirstKey:
        if (c == '}') {
          frames.pop_back();
          handler.end_object(offset);
          expect = Expect::kNext;
          continue;
        }
        [[fallthrough]];
      case Expect::kKey: {
        if (c != '"') [[unlikely]] {
          return json_error(offset, "expected the name of a member in double quotes");
        }
        const std::string_view raw = scalar_at(at);
        if (raw.size() < 2 || raw.back() != '"') [[unlikely]] {
          return json_error(offset, "malformed string");
        }
        if (++members > limits.members) [[unlikely]] {
          return json_error(offset, "too many members", "see limits.json.members");
        }
        TRY(const std::string_view text,
            decode(raw.substr(1, raw.size() - 2), offset + 1, body.size()));
        if (text.size() != raw.size() - 2 && text.find('\0') != std::string_view::npos)
            [[unlikely]] {
          return json_error(offset, "the name of a member holds `\\u0000`");
        }
        auto& frame = frames.back();
        const uint64_t bit = text.empty()
                                 ? 1
                                 : uint64_t{1} << ((static_cast<unsigned char>(text.front()) * 7U +
                                                    static_cast<unsigned char>(text.back()) * 3U +
                                                    static_cast<unsigned>(text.size())) %
                                                   64U);
        if ((frame.seen & bit) != 0 && keys.size() - frame.first_key < kFewKeys) {
          for (size_t i = frame.first_key; i < keys.size(); ++i) {
            if (keys[i].text == text) [[unlikely]] {
              return detail::json_duplicate({text, offset});
            }
          }
        }
        frame.seen |= bit;
        keys.push_back({text, offset});
        handler.key(JsonText{text, offset, raw.size()});
        ++at;
        if (at == last || data[*at] != ':') [[unlikely]] {
          return json_error(at == last ? body.size() : *at,
                            "expected `:` after the name of a member");
        }
        expect = Expect::kValue;
        continue;
      }
      case Expect::kNext: {
        if (frames.empty()) [[unlikely]] {
          return json_error(offset, "something follows the document");
        }
        const auto& frame = frames.back();
        if (c == ',') {
          expect = frame.is_object ? Expect::kKey : Expect::kValue;
        } else if (c == '}' && frame.is_object) {
          if (keys.size() - frame.first_key > kFewKeys) [[unlikely]] {
            const auto* again =
                detail::find_duplicate(keys.data() + frame.first_key, keys.data() + keys.size());
            if (again != nullptr) {
              return detail::json_duplicate(*again);
            }
          }
          keys.resize(frame.first_key);
          frames.pop_back();
          handler.end_object(offset);
        } else if (c == ']' && !frame.is_object) {
          frames.pop_back();
          handler.end_array(offset);
        } else {
          return json_error(offset,
                            frame.is_object ? "expected `,` or `}`" : "expected `,` or `]`");
        }
        continue;
      }
    }
  }
  if (expect != Expect::kNext || !frames.empty()) [[unlikely]] {
    return json_error(body.size(), "the document ends early");
  }
  return ok();
}

}  // namespace sally::formats
