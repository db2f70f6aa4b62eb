// Globs, as people know them from ignore files.
#pragma once

#include <string_view>

namespace sally::vet {

// Whether `path` (plain, see plain_path) is meant by `glob`: `?` is one character that is no `/`,
// `*` any number of them, `**` any number of whatever; all else is itself. A glob without `/` is
// for the last part of the path or any folder of it; one that begins with `/` for the whole path
// from its first part on; any other for the whole path or what comes after one of its `/`. What
// means a folder means all that is in it. Takes time by the product of both lengths.
[[nodiscard]] bool means(std::string_view glob, std::string_view path);

}  // namespace sally::vet
