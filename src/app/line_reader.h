// LineReader: the lines of a file or of standard input, one after another, none of them endless.
#pragma once

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/result.h"

namespace sally::app {

struct CloseInput {
  void operator()(std::FILE* file) const;
};
using InputFile = std::unique_ptr<std::FILE, CloseInput>;

class LineReader {
 public:
  // `path`: `-` is standard input. kIo, kNotFound. A line of more than `most` octets is refused.
  static Result<LineReader> open(const std::string& path, size_t most);

  // The next line without its end; nothing behind the last. kTooLarge, kIo, with the line's number.
  Result<std::optional<std::string>> next();
  // Of the line that was read last, from 1.
  [[nodiscard]] size_t number() const { return number_; }

 private:
  LineReader(InputFile file, std::string path, size_t most)
      : file_(std::move(file)), path_(std::move(path)), most_(most) {}

  InputFile file_;
  std::string path_;
  size_t most_;
  size_t number_ = 0;
};

// All of a file, or of standard input. Errors as LineReader's.
Result<std::string> read_text(const std::string& path, size_t most);

}  // namespace sally::app
