// Value: a Cedar value that owns what it holds. Immutable and cheap enough to copy (sets and
// records are shared); for cold paths: JSON, entities, tests. The evaluator works on eval/cell.h.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cedar/entity_uid.h"
#include "cedar/extension/datetime.h"
#include "cedar/extension/decimal.h"
#include "cedar/extension/duration.h"
#include "cedar/extension/ip.h"

namespace sally::cedar {

enum class ValueKind : uint8_t {
  kBool,
  kLong,
  kString,
  kEntity,
  kSet,
  kRecord,
  kDecimal,
  kDatetime,
  kDuration,
  kIp,
};
// As Cedar's schemas call it: `bool`, `long`, `string`, `entity`, `set`, `record`, `decimal`,
// `datetime`, `duration`, `ipaddr`.
std::string_view name_of(ValueKind kind);

struct Field;

class Value {
 public:
  static Value boolean(bool value) { return Value(value); }
  static Value number(int64_t value) { return Value(value); }
  static Value string(std::string value) { return Value(std::move(value)); }
  static Value entity(EntityUid value) { return Value(std::move(value)); }
  static Value decimal(Decimal value) { return Value(value); }
  static Value datetime(Datetime value) { return Value(value); }
  static Value duration(Duration value) { return Value(value); }
  static Value ip(IpRange value) { return Value(value); }
  // Sorted, duplicates removed.
  static Value set(std::vector<Value> elements);
  // Sorted by name. Of fields of one name one stays: who reads input refuses them.
  static Value record(std::vector<Field> fields);
  static Value empty_record();

  [[nodiscard]] ValueKind kind() const { return static_cast<ValueKind>(rep_.index()); }

  // Each aborts where the value is of another kind.
  [[nodiscard]] bool as_bool() const;
  [[nodiscard]] int64_t as_long() const;
  [[nodiscard]] const std::string& as_string() const;
  [[nodiscard]] const EntityUid& as_entity() const;
  [[nodiscard]] std::span<const Value> as_set() const;
  [[nodiscard]] std::span<const Field> as_record() const;
  [[nodiscard]] Decimal as_decimal() const;
  [[nodiscard]] Datetime as_datetime() const;
  [[nodiscard]] Duration as_duration() const;
  [[nodiscard]] const IpRange& as_ip() const;

  // The field of this record; null where it has none. Aborts where this is no record.
  [[nodiscard]] const Value* find(std::string_view name) const;

  // Cedar text that evaluates to the value: `{"a": [1, User::"x"], "b": ip("10.0.0.0/8")}`.
  [[nodiscard]] std::string to_string() const;

  // Cedar's `==`: values of different kinds are different. The order is total; of what it says
  // across kinds only that it is one.
  friend bool operator==(const Value& a, const Value& b) { return (a <=> b) == 0; }
  friend std::strong_ordering operator<=>(const Value& a, const Value& b);

 private:
  using Set = std::shared_ptr<const std::vector<Value>>;
  using Record = std::shared_ptr<const std::vector<Field>>;
  // In the order of ValueKind.
  using Rep = std::variant<bool, int64_t, std::string, EntityUid, Set, Record, Decimal, Datetime,
                           Duration, IpRange>;

  template <typename T>
  explicit Value(T value) : rep_(std::in_place_type<T>, std::move(value)) {}
  void append(std::string& out) const;

  Rep rep_;
};

// A field of a record.
struct Field {
  std::string name;
  Value value;
};

}  // namespace sally::cedar
