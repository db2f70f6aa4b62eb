// Makes zip archives, right ones and wrong ones, for tests.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/codec/checksum.h"

namespace sally::formats {

struct TestMember {
  std::string name;
  std::string octets;  // as they stand there
  uint16_t method = 0;
  uint16_t flags = 0;
  // What the directory says, where that is something else.
  std::optional<std::string> listed_name = {};
  std::optional<uint16_t> listed_method = {};
  std::optional<uint16_t> listed_flags = {};
  std::optional<uint32_t> listed_crc = {};
  std::optional<uint32_t> listed_size = {};
  bool is_listed = true;
};

inline void put(std::string& to, uint64_t value, size_t octets) {
  for (; octets > 0; --octets, value >>= 8U) {
    to += static_cast<char>(value & 0xFFU);
  }
}

inline std::string zip_of(const std::vector<TestMember>& members) {
  std::string out;
  std::string directory;
  uint16_t listed = 0;
  for (const TestMember& member : members) {
    const size_t offset = out.size();
    const uint32_t crc = crc32_of(as_bytes(member.octets));
    out += "PK\x03\x04";
    put(out, 20, 2);
    put(out, member.flags, 2);
    put(out, member.method, 2);
    put(out, 0, 4);
    put(out, crc, 4);
    put(out, member.octets.size(), 4);
    put(out, member.octets.size(), 4);
    put(out, member.name.size(), 2);
    put(out, 0, 2);
    out += member.name + member.octets;
    if (!member.is_listed) {
      continue;
    }
    ++listed;
    const std::string name = member.listed_name.value_or(member.name);
    directory += "PK\x01\x02";
    put(directory, 20, 2);
    put(directory, 20, 2);
    put(directory, member.listed_flags.value_or(member.flags), 2);
    put(directory, member.listed_method.value_or(member.method), 2);
    put(directory, 0, 4);
    put(directory, member.listed_crc.value_or(crc), 4);
    put(directory, member.listed_size.value_or(static_cast<uint32_t>(member.octets.size())), 4);
    put(directory, member.listed_size.value_or(static_cast<uint32_t>(member.octets.size())), 4);
    put(directory, name.size(), 2);
    put(directory, 0, 12);
    put(directory, offset, 4);
    directory += name;
  }
  const size_t begin = out.size();
  out += directory;
  out += "PK\x05\x06";
  put(out, 0, 4);
  put(out, listed, 2);
  put(out, listed, 2);
  put(out, directory.size(), 4);
  put(out, begin, 4);
  put(out, 0, 2);
  return out;
}

}  // namespace sally::formats
