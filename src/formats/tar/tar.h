// Tar, as readers of it do: v7, ustar, GNU (long names, sparse files) and pax. POSIX.1-2017, pax;
// GNU tar's manual, "Basic Tar Format".
//
// Where readers differ in where the next member begins, both are read. Octets of members are not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "formats/input.h"

namespace sally::formats {

struct TarLimits {
  uint32_t members = 200'000;
  uint64_t names = uint64_t{16} << 20;  // octets of all names
};

// A run of octets of a sparse file; between them are zeros.
struct TarPiece {
  uint64_t at;    // in the file
  uint64_t from;  // in the archive
  uint64_t length;
};

struct TarMember {
  std::string name;
  std::string link;              // where it leads, of a link
  char type = '0';               // as its header has it
  uint64_t header = 0;           // where its header begins
  uint64_t size = 0;             // octets of the file
  std::vector<TarPiece> pieces;  // in order, all of them within the archive

  [[nodiscard]] bool is_file() const {
    return type == '0' || type == '\0' || type == '7' || type == 'S';
  }
  [[nodiscard]] bool is_symbolic_link() const { return type == '2'; }
  [[nodiscard]] bool is_hard_link() const { return type == '1'; }
  [[nodiscard]] bool is_device() const { return type == '3' || type == '4' || type == '6'; }
};

enum class TarOddity : uint8_t {
  kSizesDiffer,  // a member has two sizes, and readers differ in which they take
  kAfterEnd,     // members follow the mark of the end
  kPastEnd,      // a member reaches past the end
  kExtra,        // octets after the end that are no members
  kMalformed,    // a header that cannot be read
};

struct TarRemark {
  TarOddity what;
  uint64_t offset;
  std::string text;
};

struct TarContents {
  std::vector<TarMember> members;
  std::vector<TarRemark> remarks;  // bounded
  std::optional<Error> unread;     // why not all of it was read
};

// Whether `head` begins with the header of a member.
bool may_be_tar(ByteView head);

TarContents read_tar(const Input& input, const TarLimits& limits);

// The octets of one member. Both outlive it.
class TarFile : public Input {
 public:
  TarFile(const Input& archive, const TarMember& member) : archive_(archive), member_(member) {}
  [[nodiscard]] uint64_t size() const override { return member_.size; }
  Result<> read(uint64_t offset, MutableBytes to) const override;

 private:
  const Input& archive_;
  const TarMember& member_;
};

}  // namespace sally::formats
