// Windows: the parts of a text that are looked at by themselves, so that a line in a long document
// counts as much as it does alone.
//
// Features are counted up in blocks of kBlockOctets or a little more, which end where a token does.
// A window is some blocks in a row; there are windows of several lengths. Memory: the last blocks.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace sally::content::attack {

constexpr size_t kBlockOctets = 32;
struct WindowSize {
  size_t blocks;
  size_t stride;
};
// Rising.
constexpr auto kWindowSizes =
    std::to_array<WindowSize>({{2, 1}, {4, 1}, {8, 2}, {16, 4}, {64, 16}, {256, 64}});
constexpr size_t kSizes = kWindowSizes.size();
constexpr size_t kMaxBlocks = kWindowSizes.back().blocks;

// Calls see(first, last, size) for the windows [first, last) that end with block `last` - 1, of a
// text of which more follows; `size`: which of kWindowSizes.
template <typename See>
void for_each_window_ending(size_t last, const See& see) {
  for (size_t i = 0; i < kSizes; ++i) {
    const WindowSize& size = kWindowSizes[i];
    if (last >= size.blocks && (last - size.blocks) % size.stride == 0) {
      see(last - size.blocks, last, i);
    }
  }
}

// The windows that the end of a text at block `last` makes.
template <typename See>
void for_each_window_at_end(size_t last, const See& see) {
  for (size_t i = 0; i < kSizes; ++i) {
    const WindowSize& size = kWindowSizes[i];
    if (last < size.blocks) {
      see(size_t{0}, last, i);
      return;
    }
    if ((last - size.blocks) % size.stride != 0) {
      see(last - size.blocks, last, i);
    }
  }
}

}  // namespace sally::content::attack
