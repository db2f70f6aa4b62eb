// Error: what went wrong, for whom, and what would help.
#pragma once

#include <cstdint>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>

namespace sally {

// The kinds of failure. Each has one row in `error_table()`: HTTP status, exit status, log level
// and whether a client may read the message.
enum class ErrorKind : uint8_t {
  kInvalidInput,     // the peer sent something malformed
  kUnauthenticated,  // no credential, or one that does not verify
  kDenied,           // known, but not allowed
  kNotFound,
  kConflict,
  kTooLarge,
  kTooMany,      // a rate or count limit
  kTimeout,      // the peer was too slow
  kCancelled,    // the peer went away, or the work was called off
  kUnavailable,  // a part we need cannot be reached now
  kUpstream,     // the upstream answered something that is no answer
  kCorrupt,      // stored data does not verify
  kIo,           // the operating system refused
  kUsage,        // wrong command line or configuration
  kInternal,     // a defect of ours
};
inline constexpr size_t kErrorKinds = 15;

enum class LogLevel : uint8_t { kDebug, kInfo, kWarn, kError };

struct ErrorRow {
  ErrorKind kind;
  std::string_view name;
  uint16_t http_status;
  uint8_t
      exit_status;  // product: 1 the answer is no; 2 usage or configuration; 3 could not be done
  LogLevel level;
  bool client_may_see;
};

// The row of `kind`. Total.
const ErrorRow& row_of(ErrorKind kind);

// A failure. Cheap to move and to carry in a Result (one pointer). The message is lower case, one
// line, user input in backticks; `hint` says what to do. Never holds a secret.
class Error {
 public:
  explicit Error(ErrorKind kind, std::string message, std::string hint = {},
                 std::source_location where = std::source_location::current());
  Error(const Error& other);
  Error(Error&&) noexcept = default;
  Error& operator=(const Error& other);
  Error& operator=(Error&&) noexcept = default;
  ~Error() = default;

  [[nodiscard]] ErrorKind kind() const;
  [[nodiscard]] const std::string& message() const;
  [[nodiscard]] const std::string& hint() const;
  [[nodiscard]] std::source_location where() const;

  // The same error with "`context`: " before the message.
  [[nodiscard]] Error in(std::string_view context) const;
  // "message" and, where there is one, "\nhint: hint".
  [[nodiscard]] std::string to_string() const;

 private:
  struct Rep;
  struct Delete {
    void operator()(Rep* rep) const;
  };
  std::unique_ptr<Rep, Delete> rep_;
};

}  // namespace sally
