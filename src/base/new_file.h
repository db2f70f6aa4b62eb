// NewFile: a file that is there whole or not at all.
//
//   TRY(NewFile file, NewFile::create("report.json"));
//   TRY_OK(file.write(text));
//   TRY_OK(file.put_in_place());
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"

namespace sally {

// Written beside `path`, as `path` with `.new` behind it, and put in its place at the end: who
// reads `path` sees all of what was there or all of the new one. What stands under either name is
// replaced and never followed, so that a link that somebody put there leads nowhere. Without
// put_in_place() nothing remains.
class NewFile {
 public:
  // kIo where the file cannot be made.
  static Result<NewFile> create(std::string path);
  NewFile(NewFile&&) noexcept = default;
  NewFile& operator=(NewFile&&) = delete;
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile();

  Result<> write(std::string_view octets);
  // Access as `mode` says (chmod(2)); without it what the umask leaves of 0666.
  Result<> set_mode(unsigned mode);
  Result<> put_in_place();

 private:
  NewFile(std::string path, std::string fresh, UniqueFd file);

  std::string path_;
  std::string fresh_;
  UniqueFd file_;  // none: put in place, or moved from
};

}  // namespace sally
