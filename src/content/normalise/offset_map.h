// OffsetMap: from the octets of a text that was made from another to the octets of that other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sally::content {

struct Span {
  size_t begin = 0;
  size_t end = 0;  // behind the last octet
  friend bool operator==(const Span&, const Span&) = default;
};

// Pieces of equal units: so many octets of the new text from so many of the old. A run of copied
// octets is one piece, a run of full-width digits another. Offsets under 2 GiB.
class OffsetMap {
 public:
  // The new text grows by `count` units, each `made` octets (1 or more) from `taken` octets of the
  // old text; the first unit was taken at `from`.
  void append(size_t from, size_t taken, size_t made, size_t count = 1);
  // The same, read backwards: each unit's octets lie before those of the unit before, the first
  // unit's end at `from`.
  void append_backwards(size_t from, size_t width, size_t count = 1);

  // Octets of the new text so far.
  [[nodiscard]] size_t size() const { return size_; }
  // The smallest span of the old text that holds all that [begin, end) was made from. An empty span
  // stays empty. `begin` <= `end` <= size().
  [[nodiscard]] Span original(size_t begin, size_t end) const;
  void clear() {
    pieces_.clear();
    size_ = 0;
  }

 private:
  struct Piece {
    uint32_t at;    // where it begins in the new text
    uint32_t from;  // where it begins in the old; backwards: where it ends
    uint32_t made;  // octets of a unit in the new text
    int32_t taken;  // in the old; negative: backwards
  };
  [[nodiscard]] static Span unit(const Piece& piece, size_t offset);
  void append(const Piece& piece, size_t count);

  std::vector<Piece> pieces_;
  size_t size_ = 0;
};

}  // namespace sally::content
