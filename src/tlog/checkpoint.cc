#include "tlog/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/encoding.h"

namespace sally::tlog {
namespace {

// The text up to the next line end, which is taken off too.
Result<std::string_view> take_line(std::string_view& text) {
  const size_t end = text.find('\n');
  if (end == std::string_view::npos || end == 0) {
    return Error(ErrorKind::kInvalidInput, "a checkpoint has three lines: origin, size, root");
  }
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

}  // namespace

std::string Checkpoint::to_string() const {
  return fmt::format("{}\n{}\n{}\n", origin, size,
                     to_base64(root, Base64::kStandard, Padding::kRequired));
}

Result<Checkpoint> Checkpoint::parse(std::string_view text) {
  Checkpoint out;
  TRY(out.origin, take_line(text));
  TRY(const std::string_view digits, take_line(text));
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out.size);
  if (error != std::errc() || end != digits.data() + digits.size() ||
      (digits.size() > 1 && digits.front() == '0')) {
    return Error(ErrorKind::kInvalidInput, "the size of a checkpoint is no number");
  }
  TRY(const std::string_view root, take_line(text));
  const auto hash = from_base64(root, Base64::kStandard, Padding::kRequired);
  if (!hash || hash->size() != kHashSize) {
    return Error(ErrorKind::kInvalidInput, "the root of a checkpoint is no hash");
  }
  std::ranges::copy(*hash, out.root.begin());
  return out;
}

}  // namespace sally::tlog
