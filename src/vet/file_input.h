// FileInput: a file on disk as an Input.
#pragma once

#include <string>

#include "base/unique_fd.h"
#include "formats/input.h"

namespace sally::vet {

class FileInput : public formats::Input {
 public:
  // kNotFound or kIo with the reason; only regular files.
  static Result<std::unique_ptr<FileInput>> open(const std::string& path);
  [[nodiscard]] uint64_t size() const override { return size_; }
  Result<> read(uint64_t offset, MutableBytes to) const override;

 private:
  FileInput(UniqueFd fd, uint64_t size) : fd_(std::move(fd)), size_(size) {}
  UniqueFd fd_;
  uint64_t size_;
};

}  // namespace sally::vet
