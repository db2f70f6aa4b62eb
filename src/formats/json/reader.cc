#include "formats/json/reader.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <string>

#include "base/text.h"

namespace sally::formats {
namespace {

// simdjson's first stage alone is used: it finds the structural characters with SIMD and validates
// UTF-8, control characters and quotes. It reads the body in whole blocks from a copy of the tail,
// so that no slack is needed. The grammar, the strings and the numbers are read by the walk above,
// which thereby knows every offset.
using Stage1 = simdjson::internal::dom_parser_implementation;

// An index of this many body bytes stays with the thread; a larger one is given back at once.
constexpr size_t kKeptBytes = size_t{256} << 10;
constexpr size_t kFirstBytes = size_t{16} << 10;
constexpr size_t kKeptDecoded = size_t{64} << 10;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Where a body that stage 1 refused is no UTF-8. Cold: one plain pass.
size_t find_bad_utf8(std::string_view body) {
  size_t i = 0;
  while (i < body.size()) {
    const auto lead = static_cast<unsigned char>(body[i]);
    const size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (length > body.size() - i || !simdjson::validate_utf8(body.data() + i, length)) {
      break;
    }
    i += length;
  }
  return i;
}

struct InString {
  size_t control = std::string_view::npos;  // the first control character inside a string
  size_t open = std::string_view::npos;     // the quote that is never closed
};
InString scan_strings(std::string_view body) {
  InString found;
  bool inside = false;
  for (size_t i = 0; i < body.size(); ++i) {
    const char c = body[i];
    if (!inside) {
      if (c == '"') {
        inside = true;
        found.open = i;
      }
    } else if (c == '\\') {
      ++i;
    } else if (c == '"') {
      inside = false;
    } else if (static_cast<unsigned char>(c) < 0x20 && found.control == std::string_view::npos) {
      found.control = i;
    }
  }
  if (!inside) {
    found.open = std::string_view::npos;
  }
  return found;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  if (c >= 'a' && c <= 'f') {
    return c - 'a' + 10;
  }
  if (c >= 'A' && c <= 'F') {
    return c - 'A' + 10;
  }
  return -1;
}

// The four digits of `\uXXXX` at `at`; -1 where they are not there.
int hex4(std::string_view raw, size_t at) {
  if (raw.size() - at < 4) {
    return -1;
  }
  int value = 0;
  for (size_t i = at; i < at + 4; ++i) {
    const int digit = hex_digit(raw[i]);
    if (digit < 0) {
      return -1;
    }
    value = value * 16 + digit;
  }
  return value;
}

char* put_utf8(char* out, unsigned code) {
  const auto put = [&out](unsigned octet) { *out++ = static_cast<char>(octet); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | (code >> 6));
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3F));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  }
  return out;
}

}  // namespace

std::optional<int64_t> json_int64(std::string_view raw) {
  int64_t value = 0;
  const char* end = raw.data() + raw.size();
  const auto [stop, error] = std::from_chars(raw.data(), end, value);
  return error == std::errc{} && stop == end ? std::optional(value) : std::nullopt;
}

std::optional<uint64_t> json_uint64(std::string_view raw) {
  uint64_t value = 0;
  const char* end = raw.data() + raw.size();
  const auto [stop, error] = std::from_chars(raw.data(), end, value);
  return error == std::errc{} && stop == end ? std::optional(value) : std::nullopt;
}

double json_double(std::string_view raw) {
  double value = 0;
  std::from_chars(raw.data(), raw.data() + raw.size(), value);  // underflow stays 0
  return value;
}

namespace detail {

struct JsonLease::Slot {
  JsonWorkspace workspace;
  std::unique_ptr<Stage1> stage1;
  size_t capacity = 0;
  bool busy = false;
};

JsonLease::Slot& JsonLease::slot() {
  thread_local Slot slot;
  return slot;
}

JsonLease::JsonLease() : slot_(&slot()) {
  if (slot_->busy) {
    own_ = std::make_unique<Slot>();
    slot_ = own_.get();
  }
  slot_->busy = true;
  workspace_ = &slot_->workspace;
}

JsonLease::~JsonLease() {
  slot_->busy = false;
  if (slot_->capacity > kKeptBytes) {
    slot_->stage1.reset();
    slot_->capacity = 0;
  }
}

Result<> JsonLease::prepare(std::string_view body, const JsonLimits& limits) {
  if (body.size() > std::min<size_t>(limits.bytes, UINT32_MAX - 64)) {
    return Error(ErrorKind::kTooLarge, fmt::format("json: {} bytes, more than the limit of {}",
                                                   body.size(), limits.bytes));
  }
  if (body.starts_with(kByteOrderMark)) {
    return json_error(0, "begins with a byte order mark", "send plain UTF-8");
  }
  if (body.size() > slot_->capacity) {
    // Doubling, so that growing bodies do not allocate each time.
    const size_t wanted =
        std::max({body.size(), kFirstBytes, std::min(slot_->capacity * 2, kKeptBytes)});
    slot_->stage1.reset();
    slot_->capacity = 0;
    // The depth is that of stage 2, which is not used.
    const auto error = simdjson::get_active_implementation()->create_dom_parser_implementation(
        wanted, 1, slot_->stage1);
    if (error != simdjson::SUCCESS) {
      return Error(ErrorKind::kUnavailable, "json: out of memory");
    }
    slot_->capacity = wanted;
  }
  // An empty body has no block to index; stage 1 was never asked before a first allocation.
  if (body.empty()) {
    return json_error(0, "the document is empty");
  }
  const auto error = slot_->stage1->stage1(reinterpret_cast<const uint8_t*>(body.data()),
                                           body.size(), simdjson::stage1_mode::regular);
  if (error != simdjson::SUCCESS) [[unlikely]] {
    // The order of the checks here decides which of several mistakes is told.
    if (!simdjson::validate_utf8(body.data(), body.size())) {
      return json_error(find_bad_utf8(body), "invalid UTF-8");
    }
    if (error == simdjson::EMPTY) {
      return json_error(0, "the document is empty");
    }
    const InString found = scan_strings(body);
    if (found.control != std::string_view::npos) {
      return json_error(found.control, "unescaped control character in a string");
    }
    if (found.open != std::string_view::npos) {
      return json_error(found.open, "a string is never closed");
    }
    return json_error(0, "malformed");
  }
  workspace_->index = slot_->stage1->structural_indexes.get();
  workspace_->count = slot_->stage1->n_structural_indexes;
  return ok();
}

Error json_error(size_t offset, std::string_view what, std::string_view hint) {
  return Error(ErrorKind::kInvalidInput, fmt::format("json: {} at byte {}", what, offset),
               std::string(hint));
}

Error json_duplicate(std::string_view name, size_t offset) {
  return json_error(offset, fmt::format("the member `{}` appears twice", printable(name, 60)));
}

std::optional<std::string_view> check_number(std::string_view raw) {
  constexpr std::string_view kMalformed = "malformed number";
  size_t i = raw.starts_with('-') ? 1 : 0;
  const size_t integer = i;
  while (i < raw.size() && is_digit(raw[i])) {
    ++i;
  }
  const size_t digits = i - integer;
  if (digits == 0 || (digits > 1 && raw[integer] == '0')) {
    return kMalformed;
  }
  if (i == raw.size() && digits < 300) [[likely]] {
    return std::nullopt;
  }
  bool exponent = false;
  bool negative_exponent = false;
  if (i < raw.size() && raw[i] == '.') {
    const size_t fraction = ++i;
    while (i < raw.size() && is_digit(raw[i])) {
      ++i;
    }
    if (i == fraction) {
      return kMalformed;
    }
  }
  if (i < raw.size() && (raw[i] == 'e' || raw[i] == 'E')) {
    exponent = true;
    ++i;
    if (i < raw.size() && (raw[i] == '+' || raw[i] == '-')) {
      negative_exponent = raw[i] == '-';
      ++i;
    }
    const size_t power = i;
    while (i < raw.size() && is_digit(raw[i])) {
      ++i;
    }
    if (i == power) {
      return kMalformed;
    }
  }
  if (i != raw.size()) {
    return kMalformed;
  }
  if (digits < 300 && (!exponent || negative_exponent)) {
    return std::nullopt;  // cannot exceed a double
  }
  double value = 0;
  const auto [stop, error] = std::from_chars(raw.data(), raw.data() + raw.size(), value);
  // Out of range is too large or too close to zero; the second is fine, and is told by a negative
  // exponent behind a short integer.
  if (error == std::errc::result_out_of_range && (!negative_exponent || digits >= 300)) {
    return "number beyond the range of a double";
  }
  return std::nullopt;
}

char* decode_string(std::string_view raw, char* out, std::string_view& what) {
  size_t i = 0;
  while (i < raw.size()) {
    const auto* slash = static_cast<const char*>(std::memchr(raw.data() + i, '\\', raw.size() - i));
    const size_t plain =
        slash == nullptr ? raw.size() - i : static_cast<size_t>(slash - (raw.data() + i));
    std::memcpy(out, raw.data() + i, plain);
    out += plain;
    i += plain;
    if (slash == nullptr) {
      break;
    }
    if (raw.size() - i < 2) {
      what = "incomplete escape";
      return nullptr;
    }
    const char kind = raw[i + 1];
    i += 2;
    switch (kind) {
      case '"':
      case '\\':
      case '/':
        *out++ = kind;
        break;
      case 'b':
        *out++ = '\b';
        break;
      case 'f':
        *out++ = '\f';
        break;
      case 'n':
        *out++ = '\n';
        break;
      case 'r':
        *out++ = '\r';
        break;
      case 't':
        *out++ = '\t';
        break;
      case 'u': {
        const int unit = hex4(raw, i);
        if (unit < 0) {
          what = "malformed \\u escape";
          return nullptr;
        }
        i += 4;
        auto code = static_cast<unsigned>(unit);
        if (code >= 0xD800 && code <= 0xDFFF) {
          const int low = code < 0xDC00 && raw.substr(i).starts_with("\\u") ? hex4(raw, i + 2) : -1;
          if (low < 0xDC00 || low > 0xDFFF) {
            what = "lone surrogate";
            return nullptr;
          }
          i += 6;
          code = 0x10000 + ((code - 0xD800) << 10) + (static_cast<unsigned>(low) - 0xDC00);
        }
        out = put_utf8(out, code);
        break;
      }
      default:
        what = "unknown escape";
        return nullptr;
    }
  }
  return out;
}

const JsonWorkspace::Key* find_duplicate(JsonWorkspace::Key* first, JsonWorkspace::Key* last) {
  std::sort(first, last, [](const auto& a, const auto& b) {
    const int order = a.text().compare(b.text());
    return order != 0 ? order < 0 : a.offset < b.offset;
  });
  const auto* same = std::adjacent_find(
      first, last, [](const auto& a, const auto& b) { return a.text() == b.text(); });
  return same == last ? nullptr : same + 1;
}

}  // namespace detail

Result<std::string_view> JsonReader::decode_escaped(std::string_view raw, size_t offset,
                                                    size_t body_size) {
  if (decoded_used_ == 0 &&
      (decoded_capacity_ < body_size || decoded_capacity_ > std::max(body_size, kKeptDecoded))) {
    decoded_ = std::make_unique_for_overwrite<char[]>(body_size);
    decoded_capacity_ = body_size;
  }
  char* const begin = decoded_.get() + decoded_used_;
  std::string_view what;
  const char* const end = detail::decode_string(raw, begin, what);
  if (end == nullptr) {
    return detail::json_error(offset, fmt::format("{} in the string", what));
  }
  const auto size = static_cast<size_t>(end - begin);
  decoded_used_ += size;
  return std::string_view(begin, size);
}

}  // namespace sally::formats
