// Console: where a command writes, and how what it writes looks.
//
// Data goes to standard output, everything else to standard error. Colour only on a terminal, and
// not where NO_COLOR is set. Text that did not come from us passes printable() first.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace sally::app {

enum class Colour : uint8_t { kNone, kRed, kGreen, kYellow, kGrey, kBold };

// Both streams outlive the console.
class Console {
 public:
  struct Streams {
    std::FILE* out;
    std::FILE* err;
    bool colour_out = false;
    bool colour_err = false;
    bool terminal_err = false;  // somebody watches standard error
  };
  explicit Console(const Streams& streams) : streams_(streams) {}
  // The process's own, with colour as the terminal and the environment have it.
  static Console standard();

  void out(std::string_view text);
  void err(std::string_view text);
  // Whether what stands on standard error can be written over.
  [[nodiscard]] bool is_watched() const { return streams_.terminal_err; }
  // So that a reader of a pipe sees it now.
  void flush();
  // `sallyport: message` and its hint, on standard error.
  void fail(const Error& error);

  // `text` in `colour`, where standard output has colours.
  [[nodiscard]] std::string paint(Colour colour, std::string_view text) const;

 private:
  Streams streams_;
};

// Columns under a heading, as wide as they need to be. The last column is not padded.
class Table {
 public:
  explicit Table(std::vector<std::string> heading) : rows_{std::move(heading)} {}
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  [[nodiscard]] std::string to_string() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

// Columns of a terminal that `text` takes: its characters, not its bytes.
[[nodiscard]] size_t width_of(std::string_view text);

}  // namespace sally::app
