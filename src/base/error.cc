#include "base/error.h"

#include <array>
#include <utility>

namespace sally {
namespace {

constexpr std::array<ErrorRow, kErrorKinds> kTable = {{
    {ErrorKind::kInvalidInput, "invalid_input", 400, 2, LogLevel::kInfo, true},
    {ErrorKind::kUnauthenticated, "unauthenticated", 401, 1, LogLevel::kInfo, true},
    {ErrorKind::kDenied, "denied", 403, 1, LogLevel::kInfo, true},
    {ErrorKind::kNotFound, "not_found", 404, 1, LogLevel::kInfo, true},
    {ErrorKind::kConflict, "conflict", 409, 1, LogLevel::kInfo, true},
    {ErrorKind::kTooLarge, "too_large", 413, 1, LogLevel::kInfo, true},
    {ErrorKind::kTooMany, "too_many", 429, 1, LogLevel::kInfo, true},
    {ErrorKind::kTimeout, "timeout", 408, 3, LogLevel::kInfo, true},
    {ErrorKind::kCancelled, "cancelled", 499, 3, LogLevel::kDebug, true},
    {ErrorKind::kUnavailable, "unavailable", 503, 3, LogLevel::kWarn, true},
    {ErrorKind::kUpstream, "upstream", 502, 3, LogLevel::kWarn, false},
    {ErrorKind::kCorrupt, "corrupt", 500, 3, LogLevel::kError, false},
    {ErrorKind::kIo, "io", 500, 3, LogLevel::kError, false},
    {ErrorKind::kUsage, "usage", 500, 2, LogLevel::kError, false},
    {ErrorKind::kInternal, "internal", 500, 3, LogLevel::kError, false},
}};

constexpr bool table_is_complete() {
  for (size_t i = 0; i < kTable.size(); ++i) {
    if (static_cast<size_t>(kTable[i].kind) != i) {
      return false;
    }
  }
  return static_cast<size_t>(ErrorKind::kInternal) + 1 == kErrorKinds;
}
static_assert(table_is_complete(), "one row per ErrorKind, in its order");

}  // namespace

const ErrorRow& row_of(ErrorKind kind) {
  return kTable[static_cast<size_t>(kind)];
}

struct Error::Rep {
  ErrorKind kind;
  std::string message;
  std::string hint;
  std::source_location where;
};

void Error::Delete::operator()(Rep* rep) const {
  delete rep;
}

Error::Error(ErrorKind kind, std::string message, std::string hint, std::source_location where)
    : rep_(new Rep{kind, std::move(message), std::move(hint), where}) {}

Error::Error(const Error& other) : rep_(other.rep_ ? new Rep(*other.rep_) : nullptr) {}

Error& Error::operator=(const Error& other) {
  if (this != &other) {
    rep_.reset(other.rep_ ? new Rep(*other.rep_) : nullptr);
  }
  return *this;
}

ErrorKind Error::kind() const {
  return rep_->kind;
}
const std::string& Error::message() const {
  return rep_->message;
}
const std::string& Error::hint() const {
  return rep_->hint;
}
std::source_location Error::where() const {
  return rep_->where;
}

Error Error::in(std::string_view context) const {
  Error out = *this;
  out.rep_->message = std::string(context) + ": " + rep_->message;
  return out;
}

std::string Error::to_string() const {
  return rep_->hint.empty() ? rep_->message : rep_->message + "\nhint: " + rep_->hint;
}

}  // namespace sally
