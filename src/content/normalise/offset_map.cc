#include "content/normalise/offset_map.h"

#include <algorithm>

#include "base/check.h"

namespace sally::content {

void OffsetMap::append(size_t from, size_t taken, size_t made, size_t count) {
  append({static_cast<uint32_t>(size_), static_cast<uint32_t>(from), static_cast<uint32_t>(made),
          static_cast<int32_t>(taken)},
         count);
}

void OffsetMap::append_backwards(size_t from, size_t width, size_t count) {
  append({static_cast<uint32_t>(size_), static_cast<uint32_t>(from), static_cast<uint32_t>(width),
          -static_cast<int32_t>(width)},
         count);
}

void OffsetMap::append(const Piece& piece, size_t count) {
  if (count == 0) {
    return;
  }
  size_ += piece.made * count;
  if (!pieces_.empty()) {
    const Piece& last = pieces_.back();
    const int64_t units = (piece.at - last.at) / last.made;
    if (last.made == piece.made && last.taken == piece.taken &&
        piece.from == static_cast<int64_t>(last.from) + units * last.taken) {
      return;  // it goes on
    }
  }
  pieces_.push_back(piece);
}

Span OffsetMap::unit(const Piece& piece, size_t offset) {
  const auto index = static_cast<int64_t>((offset - piece.at) / piece.made);
  const int64_t first = static_cast<int64_t>(piece.from) + index * piece.taken;
  const int64_t second = first + piece.taken;
  return {static_cast<size_t>(std::min(first, second)),
          static_cast<size_t>(std::max(first, second))};
}

Span OffsetMap::original(size_t begin, size_t end) const {
  SALLY_CHECK(begin <= end && end <= size_);
  if (pieces_.empty()) {
    return {};
  }
  auto piece = std::ranges::upper_bound(pieces_, begin, {}, &Piece::at) - 1;
  if (begin == end) {
    if (begin < size_) {
      const size_t at = unit(*piece, begin).begin;
      return {at, at};
    }
    const size_t at = begin == 0 ? 0 : unit(*piece, begin - 1).end;
    return {at, at};
  }
  Span span = unit(*piece, begin);
  for (; piece != pieces_.end() && piece->at < end; ++piece) {
    const auto next = piece + 1;
    const size_t piece_end = next == pieces_.end() ? size_ : next->at;
    for (const size_t offset : {std::max<size_t>(begin, piece->at), std::min(end, piece_end) - 1}) {
      const Span part = unit(*piece, offset);
      span = {std::min(span.begin, part.begin), std::max(span.end, part.end)};
    }
  }
  return span;
}

}  // namespace sally::content
