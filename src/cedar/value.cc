#include "cedar/value.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/check.h"
#include "cedar/syntax/escape.h"

namespace sally::cedar {
namespace {

template <typename T>
const T& checked(const T* held) {
  SALLY_CHECK(held != nullptr);
  return *held;
}

std::strong_ordering order(std::span<const Value> a, std::span<const Value> b) {
  return std::lexicographical_compare_three_way(a.begin(), a.end(), b.begin(), b.end());
}

std::strong_ordering order(std::span<const Field> a, std::span<const Field> b) {
  return std::lexicographical_compare_three_way(
      a.begin(), a.end(), b.begin(), b.end(), [](const Field& x, const Field& y) {
        const auto by_name = x.name <=> y.name;
        return by_name != 0 ? by_name : x.value <=> y.value;
      });
}

}  // namespace

std::string_view name_of(ValueKind kind) {
  constexpr std::array<std::string_view, 10> kNames{"bool",     "long",   "string",  "entity",
                                                    "set",      "record", "decimal", "datetime",
                                                    "duration", "ipaddr"};
  return kNames[static_cast<size_t>(kind)];
}

Value Value::set(std::vector<Value> elements) {
  std::sort(elements.begin(), elements.end());
  elements.erase(std::unique(elements.begin(), elements.end()), elements.end());
  return Value(Set(std::make_shared<const std::vector<Value>>(std::move(elements))));
}

Value Value::record(std::vector<Field> fields) {
  std::sort(fields.begin(), fields.end(),
            [](const Field& a, const Field& b) { return a.name < b.name; });
  fields.erase(std::unique(fields.begin(), fields.end(),
                           [](const Field& a, const Field& b) { return a.name == b.name; }),
               fields.end());
  return Value(Record(std::make_shared<const std::vector<Field>>(std::move(fields))));
}

Value Value::empty_record() {
  return record({});
}

bool Value::as_bool() const {
  return checked(std::get_if<bool>(&rep_));
}
int64_t Value::as_long() const {
  return checked(std::get_if<int64_t>(&rep_));
}
const std::string& Value::as_string() const {
  return checked(std::get_if<std::string>(&rep_));
}
const EntityUid& Value::as_entity() const {
  return checked(std::get_if<EntityUid>(&rep_));
}
std::span<const Value> Value::as_set() const {
  return *checked(std::get_if<Set>(&rep_));
}
std::span<const Field> Value::as_record() const {
  return *checked(std::get_if<Record>(&rep_));
}
Decimal Value::as_decimal() const {
  return checked(std::get_if<Decimal>(&rep_));
}
Datetime Value::as_datetime() const {
  return checked(std::get_if<Datetime>(&rep_));
}
Duration Value::as_duration() const {
  return checked(std::get_if<Duration>(&rep_));
}
const IpRange& Value::as_ip() const {
  return checked(std::get_if<IpRange>(&rep_));
}

const Value* Value::find(std::string_view name) const {
  const auto fields = as_record();
  const auto at = std::lower_bound(fields.begin(), fields.end(), name,
                                   [](const Field& f, std::string_view n) { return f.name < n; });
  return at != fields.end() && at->name == name ? &at->value : nullptr;
}

std::strong_ordering operator<=>(const Value& a, const Value& b) {
  if (a.rep_.index() != b.rep_.index()) {
    return a.rep_.index() <=> b.rep_.index();
  }
  return std::visit(
      [&b](const auto& x) -> std::strong_ordering {
        using T = std::remove_cvref_t<decltype(x)>;
        const T& y = *std::get_if<T>(&b.rep_);
        if constexpr (std::is_same_v<T, Value::Set>) {
          return x == y ? std::strong_ordering::equal
                        : order(std::span<const Value>(*x), std::span<const Value>(*y));
        } else if constexpr (std::is_same_v<T, Value::Record>) {
          return x == y ? std::strong_ordering::equal
                        : order(std::span<const Field>(*x), std::span<const Field>(*y));
        } else {
          return x <=> y;
        }
      },
      a.rep_);
}

void Value::append(std::string& out) const {
  switch (kind()) {
    case ValueKind::kBool:
      out += as_bool() ? "true" : "false";
      break;
    case ValueKind::kLong:
      out += std::to_string(as_long());
      break;
    case ValueKind::kString:
      out += quoted(as_string());
      break;
    case ValueKind::kEntity:
      out += quoted(as_entity());
      break;
    case ValueKind::kSet: {
      out += '[';
      std::string_view between;
      for (const Value& element : as_set()) {
        out += between;
        element.append(out);
        between = ", ";
      }
      out += ']';
      break;
    }
    case ValueKind::kRecord: {
      out += '{';
      std::string_view between;
      for (const Field& field : as_record()) {
        out += between;
        out += quoted(field.name);
        out += ": ";
        field.value.append(out);
        between = ", ";
      }
      out += '}';
      break;
    }
    case ValueKind::kDecimal:
      out += fmt::format("decimal(\"{}\")", as_decimal().to_string());
      break;
    case ValueKind::kDatetime: {
      const Datetime at = as_datetime();
      // Beyond what can be written it is an offset from the epoch.
      out += at.has_text() ? fmt::format("datetime(\"{}\")", at.to_string())
                           : fmt::format("datetime(\"1970-01-01\").offset(duration(\"{}ms\"))",
                                         at.milliseconds);
      break;
    }
    case ValueKind::kDuration:
      out += fmt::format("duration(\"{}\")", as_duration().to_string());
      break;
    case ValueKind::kIp:
      out += fmt::format("ip(\"{}\")", as_ip().to_string());
      break;
  }
}

std::string Value::to_string() const {
  std::string out;
  append(out);
  return out;
}

}  // namespace sally::cedar
