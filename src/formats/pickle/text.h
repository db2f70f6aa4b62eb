// What the textual opcodes of pickle hold, read as CPython reads it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sally::formats {

// A line of STRING: quoted, with the escapes of a bytes literal. nullopt where CPython refuses it.
std::optional<std::string> unescape_pickle_string(std::string_view line);
// A line of UNICODE: raw-unicode-escape, as UTF-8.
std::string unescape_pickle_unicode(std::string_view line);
// A line of GET or PUT, as int() reads it: spaces, a sign, `_` between digits. nullopt where it is
// none or has more than 63 bits.
std::optional<int64_t> parse_pickle_index(std::string_view line);
// A line of INT or LONG, in any base that Python writes. nullopt as above.
std::optional<int64_t> parse_pickle_int(std::string_view line);
// Whether a line of INT or LONG is a number, of any size.
bool is_pickle_int(std::string_view line);
// `octets` (at most 8) as a number with a sign, the lowest first.
int64_t pickle_little(std::string_view octets);

}  // namespace sally::formats
