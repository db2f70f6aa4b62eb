// What goes into a call of the admin API and comes out of it, as tables: the reader of arguments
// and the OpenAPI document are both made of them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace sally::app {

enum class MemberType : uint8_t {
  kText,
  kTexts,
  kNumber,  // whole, from 0 on
  kFlag,
  kTime,      // RFC 3339, UTC
  kDuration,  // `10m`
  kChoice,    // one of `of`, with `|` between
  kObject,    // of the schema `of`
  kObjects,   // a list of them
};

enum class Needed : uint8_t { kMay, kMust };

// A member of a JSON object, or a parameter of the path or the query.
struct Member {
  std::string_view name;
  MemberType type = MemberType::kText;
  std::string_view help;
  // In a call: it must be there. In an answer: it is never null.
  Needed needed = Needed::kMay;
  std::string_view of = {};
  uint64_t most = 0;  // characters of a text, of each of several; the value of a number; 0: 1024
};

inline constexpr uint64_t kMostText = 1024;
inline constexpr size_t kMostTexts = 256;

// The arguments of one call, read by a table.
class Arguments {
 public:
  // `body` is the members of one JSON object. kInvalidInput for what is no strict JSON, for members
  // that are not in the table, missing or of another form.
  [[nodiscard]] Result<> read_body(std::string_view body, std::span<const Member> members);
  // `name=value&...`, percent-encoded. The same.
  [[nodiscard]] Result<> read_query(std::string_view query, std::span<const Member> members);
  // One value as it stands in a path or a query.
  [[nodiscard]] Result<> read_one(const Member& member, std::string_view text);

  // Of a member of the table; empty, zero or nothing where it was not given.
  [[nodiscard]] const std::string& text(std::string_view name) const;
  [[nodiscard]] const std::vector<std::string>& texts(std::string_view name) const;
  [[nodiscard]] std::optional<uint64_t> number(std::string_view name) const;
  [[nodiscard]] bool flag(std::string_view name) const;
  [[nodiscard]] std::optional<WallTime> time(std::string_view name) const;
  [[nodiscard]] std::optional<Millis> duration(std::string_view name) const;

 private:
  using Value =
      std::variant<std::string, std::vector<std::string>, uint64_t, bool, WallTime, Millis>;
  template <typename T>
  [[nodiscard]] const T* find(std::string_view name) const;

  std::map<std::string, Value, std::less<>> values_;
};

// The choices of a kChoice, in order.
[[nodiscard]] std::vector<std::string_view> choices_of(const Member& member);

// `%41` becomes `A`. kInvalidInput for a percent sign that begins nothing.
[[nodiscard]] Result<std::string> percent_decode(std::string_view text);

}  // namespace sally::app
