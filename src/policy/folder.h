// A folder that is held open: what is done in it happens in it, whatever its path names meanwhile.
// Nothing is ever overwritten, and what is read is a regular file of a bounded size.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace sally::policy {

// Whether a symbolic link is what it points to, or refused.
enum class Links : uint8_t { kFollow, kRefuse };

// Told each step of a change to the file `name` before it is taken; where it fails, so does the
// change, there. The tests stop at each; the program passes none.
using OnStep = std::function<Result<>(std::string_view step, std::string_view name)>;

class Folder {
 public:
  // By its path; links are followed. kNotFound; kIo.
  static Result<Folder> open(const std::string& path);
  // The same; made where it is not there, but not the one above it.
  static Result<Folder> make(const std::string& path);
  // One inside this one.
  [[nodiscard]] Result<Folder> inside(const std::string& name, Links links) const;

  // As messages call it.
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string path_of(std::string_view name) const;

  // A whole file. kNotFound; kCorrupt where it is no regular file; kTooLarge above `most` bytes;
  // kIo.
  [[nodiscard]] Result<std::string> read(const std::string& name, size_t most, Links links) const;
  // Whether something of that name stands there, a link included.
  [[nodiscard]] Result<bool> has(const std::string& name) const;
  // The names in it, sorted. kTooMany above `most`.
  [[nodiscard]] Result<std::vector<std::string>> list(size_t most) const;

  // What is there is no failure.
  [[nodiscard]] Result<> make_folder(const std::string& name) const;
  // A new file, whole or not at all, durable with its name when this returns. kConflict where
  // something of that name stands there. One writer at a time: see lock().
  [[nodiscard]] Result<> write_new(const std::string& name, std::string_view bytes,
                                   const OnStep& on_step) const;
  // Makes the names in it durable.
  [[nodiscard]] Result<> sync() const;
  // Held until the descriptor closes. kConflict where another process, or another descriptor of
  // this one, holds it.
  [[nodiscard]] Result<UniqueFd> lock(const std::string& name) const;

 private:
  Folder(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
  [[nodiscard]] Result<> write_unfinished(std::string_view name, std::string_view bytes,
                                          const OnStep& on_step) const;

  UniqueFd fd_;
  std::string path_;
};

}  // namespace sally::policy
