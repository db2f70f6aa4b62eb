#include "net/http1/syntax.h"

#include <cstring>

#include "base/encoding.h"
#include "base/equal_names.h"

namespace sally::net::http1 {
namespace {

constexpr std::array<char, 256> make_name_bytes() {
  std::array<char, 256> table{};
  for (char c = '0'; c <= '9'; ++c) {
    table[static_cast<unsigned char>(c)] = c;
  }
  for (char c = 'a'; c <= 'z'; ++c) {
    table[static_cast<unsigned char>(c)] = c;
    table[static_cast<unsigned char>(c - 'a' + 'A')] = c;
  }
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) {
    table[static_cast<unsigned char>(c)] = c;
  }
  return table;
}

// In order of length: `kFirstOfLength` cuts it.
constexpr KnownField kKnown[] = {
    {"te", Known::kTe, true, true},
    {"host", Known::kHost, true, true},
    {"expect", Known::kExpect, true, true},
    {"origin", Known::kSingle, true, false},
    {"api-key", Known::kSingle, true, false},
    {"trailer", Known::kHopByHop, false, true},
    {"upgrade", Known::kUpgrade, true, true},
    {"x-api-key", Known::kSingle, true, false},
    {"connection", Known::kConnection, false, true},
    {"keep-alive", Known::kHopByHop, false, true},
    {"content-type", Known::kSingle, true, false},
    {"authorization", Known::kSingle, true, false},
    {"content-length", Known::kContentLength, true, true},
    {"http2-settings", Known::kHopByHop, false, true},
    {"content-encoding", Known::kSingle, true, false},
    {"proxy-connection", Known::kHopByHop, false, true},
    {"sec-websocket-key", Known::kWebSocketKey, true, false},
    {"transfer-encoding", Known::kTransferEncoding, true, true},
    {"proxy-authenticate", Known::kHopByHop, false, true},
    {"proxy-authorization", Known::kHopByHop, true, true},
    {"sec-websocket-version", Known::kWebSocketVersion, true, false},
};
constexpr KnownField kNotKnown{"", Known::kOther, false, false};
constexpr size_t kLongestName = 21;

constexpr std::array<uint8_t, kLongestName + 2> make_first_of_length() {
  std::array<uint8_t, kLongestName + 2> first{};
  for (size_t length = 0; length < first.size(); ++length) {
    uint8_t at = 0;
    while (at < std::size(kKnown) && kKnown[at].name.size() < length) {
      ++at;
    }
    first[length] = at;
  }
  return first;
}
constexpr auto kFirstOfLength = make_first_of_length();

constexpr bool in_order_of_length() {
  for (size_t i = 1; i < std::size(kKnown); ++i) {
    if (kKnown[i - 1].name.size() > kKnown[i].name.size()) {
      return false;
    }
  }
  return kKnown[std::size(kKnown) - 1].name.size() == kLongestName;
}
static_assert(in_order_of_length());

// Whether any of 8 bytes is below 0x20 or is 0x7f.
constexpr bool holds_control(uint64_t bytes) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  constexpr uint64_t kHigh = 0x8080808080808080;
  const uint64_t below_space = (bytes - kOnes * 0x20) & ~bytes;
  const uint64_t other_than_del = bytes ^ (kOnes * 0x7f);
  const uint64_t del = (other_than_del - kOnes) & ~other_than_del;
  return ((below_space | del) & kHigh) != 0;
}

bool is_text_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= 0x20 && byte != 0x7f) || byte == '\t';
}

}  // namespace

constinit const std::array<char, 256> kNameBytes = make_name_bytes();

bool is_field_value(std::string_view text) {
  // Tokens are long: of a run without branches compilers make a few vector instructions.
  constexpr size_t kRun = 32;
  const char* at = text.data();
  size_t left = text.size();
  for (; left >= kRun; at += kRun, left -= kRun) {
    bool control = false;
    for (size_t i = 0; i < kRun; ++i) {
      const auto byte = static_cast<unsigned char>(at[i]);
      control |= byte < 0x20 || byte == 0x7f;
    }
    if (control) {
      break;
    }
  }
  for (; left >= 8; at += 8, left -= 8) {
    uint64_t word = 0;
    std::memcpy(&word, at, 8);
    if (holds_control(word)) {
      break;  // perhaps a tab: look byte by byte
    }
  }
  for (; left > 0; ++at, --left) {
    if (!is_text_byte(*at)) {
      return false;
    }
  }
  return true;
}

bool is_field_name(std::string_view text) {
  bool other = text.empty();
  for (const char c : text) {
    other |= name_byte(c) != c || c == '\0';
  }
  return !other;
}

bool list_holds(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    const size_t comma = list.find(',');
    if (equal_ignoring_case(trim_blanks(list.substr(0, comma)), token)) {
      return true;
    }
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  }
  return false;
}

const KnownField& known_field(std::string_view name) {
  if (name.size() <= kLongestName) {
    for (size_t i = kFirstOfLength[name.size()]; i < kFirstOfLength[name.size() + 1]; ++i) {
      if (equal_names(kKnown[i].name.view(), name)) {
        return kKnown[i];
      }
    }
  }
  return kNotKnown;
}

}  // namespace sally::net::http1
