// Paths that a model names: where they lead.
#pragma once

#include <string_view>

namespace sally::vet::model {

// Why `path` leads out of the folder of its model; empty: it stays.
std::string_view leads_out(std::string_view path);

// Whether a file that begins with `head` is only what Git LFS leaves in the place of another.
bool is_lfs_pointer(std::string_view head);

}  // namespace sally::vet::model
