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

constexpr size_t kBlockOctets = 64;
struct WindowSize {
  size_t blocks;
  size_t stride;
};
// Rising.
constexpr auto kWindowSizes =
    std::to_array<WindowSize>({{2, 1}, {4, 1}, {8, 2}, {32, 8}, {128, 32}});
constexpr size_t kMaxBlocks = kWindowSizes.back().blocks;

// Calls see(first, last) for the windows [first, last) that end with block `last` - 1, of a text of
// which more follows.
template <typename See>
void for_each_window_ending(size_t last, const See& see) {
  for (const WindowSize& size : kWindowSizes) {
    if (last >= size.blocks && (last - size.blocks) % size.stride == 0) {
      see(last - size.blocks, last);
    }
  }
}

// The windows that the end of a text at block `last` makes.
template <typename See>
void for_each_window_at_end(size_t last, const See& see) {
  for (const WindowSize& size : kWindowSizes) {
    if (last < size.blocks) {
      see(size_t{0}, last);
      return;
    }
    if ((last - size.blocks) % size.stride != 0) {
      see(last - size.blocks, last);
    }
  }
}

}  // namespace sally::content::attack
