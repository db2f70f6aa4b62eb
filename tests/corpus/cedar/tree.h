// Tree: the files that a run of cedar-corpus judges. Folders are walked, archives unpacked in
// memory beside where they lie, so that a corpus is the same whether packed or not.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sally::cedar {

class Tree {
 public:
  // Adds a folder with everything below it, an archive (.tar, .tar.xz, .tar.gz, .zip), or one file.
  // An archive's members stand in the folder of the archive. Bounded: kTooLarge beyond 4 GiB in
  // all, 64 MiB a file or 1,000,000 files.
  Result<> add(const std::filesystem::path& given);

  // Absolute path -> text, in the order of the paths.
  [[nodiscard]] const std::map<std::string, std::string>& files() const { return files_; }

  // nullptr where there is no such file.
  [[nodiscard]] const std::string* find(const std::string& path) const;
  // The file that the file `from` calls `name`: beside it, or relative to a folder above it. Looked
  // for on disk where the tree has none, as a test may name data outside the folder that was given.
  // Empty where there is none.
  [[nodiscard]] std::string resolve(std::string_view from, std::string_view name);

 private:
  Result<> add_file(const std::filesystem::path& file);
  Result<> add_archive(const std::filesystem::path& file);
  Result<> keep(std::string path, std::string text);

  std::map<std::string, std::string> files_;
  size_t bytes_ = 0;
};

// `path` up to and without its last slash; empty where it has none.
[[nodiscard]] std::string folder_of(std::string_view path);
// What follows the last slash.
[[nodiscard]] std::string_view name_of_file(std::string_view path);
// The file's name without `suffix`; empty where it does not end so.
[[nodiscard]] std::string_view stem_of(std::string_view path, std::string_view suffix);

}  // namespace sally::cedar
