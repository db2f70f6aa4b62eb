#include "telemetry/trace_context.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/encoding.h"

namespace sally::telemetry {
namespace {

// version `-` trace-id `-` parent-id `-` flags
constexpr size_t kVersionAt = 0;
constexpr size_t kTraceAt = 3;
constexpr size_t kSpanAt = 36;
constexpr size_t kFlagsAt = 53;
constexpr size_t kSize = 55;
constexpr size_t kMostState = 512;
constexpr size_t kMostMembers = 32;
constexpr size_t kMostKey = 256;
constexpr size_t kMostValue = 256;

std::optional<unsigned> digit(char c) {
  if (c >= '0' && c <= '9') {
    return static_cast<unsigned>(c - '0');
  }
  if (c >= 'a' && c <= 'f') {
    return static_cast<unsigned>(c - 'a' + 10);
  }
  return std::nullopt;
}

// Reads two digits for each byte of `out` from `text`, which is long enough.
bool read_hex(std::string_view text, std::span<std::byte> out) {
  for (size_t i = 0; i < out.size(); ++i) {
    const auto high = digit(text[2 * i]);
    const auto low = digit(text[2 * i + 1]);
    if (!high || !low) {
      return false;
    }
    out[i] = static_cast<std::byte>(*high << 4U | *low);
  }
  return true;
}

bool is_zero(std::span<const std::byte> bytes) {
  return std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{0}; });
}

bool is_key_begin(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_key(std::string_view key) {
  return !key.empty() && key.size() <= kMostKey && is_key_begin(key.front()) &&
         std::ranges::count(key, '@') <= 1 && !key.ends_with('@') &&
         std::ranges::all_of(key, [](char c) {
           return is_key_begin(c) || c == '_' || c == '-' || c == '*' || c == '/' || c == '@';
         });
}

bool is_value(std::string_view value) {
  return !value.empty() && value.size() <= kMostValue && value.back() != ' ' &&
         std::ranges::all_of(value,
                             [](char c) { return c >= ' ' && c <= '~' && c != ',' && c != '='; });
}

}  // namespace

std::optional<TraceParent> parse_traceparent(std::string_view text) {
  if (text.size() < kSize || text[kTraceAt - 1] != '-' || text[kSpanAt - 1] != '-' ||
      text[kFlagsAt - 1] != '-') {
    return std::nullopt;
  }
  std::array<std::byte, 1> version{};
  std::array<std::byte, 1> flags{};
  TraceParent out;
  if (!read_hex(text.substr(kVersionAt), version) || !read_hex(text.substr(kTraceAt), out.trace) ||
      !read_hex(text.substr(kSpanAt), out.span) || !read_hex(text.substr(kFlagsAt), flags)) {
    return std::nullopt;
  }
  const bool first = version[0] == std::byte{0};
  if (version[0] == std::byte{0xFF} || (first && text.size() != kSize) ||
      (text.size() > kSize && text[kSize] != '-') || is_zero(out.trace) || is_zero(out.span)) {
    return std::nullopt;
  }
  out.sampled = (flags[0] & std::byte{1}) != std::byte{0};
  return out;
}

bool is_tracestate(std::string_view text) {
  if (text.size() > kMostState) {
    return false;
  }
  std::array<std::string_view, kMostMembers> keys;
  size_t count = 0;
  bool more = true;
  while (more) {
    const size_t comma = text.find(',');
    more = comma != std::string_view::npos;
    const std::string_view member = trim_blanks(text.substr(0, comma));
    text.remove_prefix(more ? comma + 1 : text.size());
    if (member.empty()) {
      continue;  // 3.3.1.1: empty members are allowed
    }
    const size_t equals = member.find('=');
    if (equals == std::string_view::npos || count == kMostMembers ||
        !is_key(member.substr(0, equals)) || !is_value(member.substr(equals + 1))) {
      return false;
    }
    const std::string_view key = member.substr(0, equals);
    if (std::ranges::find(keys.begin(), keys.begin() + count, key) != keys.begin() + count) {
      return false;
    }
    keys[count++] = key;
  }
  return count > 0;
}

}  // namespace sally::telemetry
