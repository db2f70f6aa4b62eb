#include "cedar/analysis/samples.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "cedar/syntax/escape.h"

namespace sally::cedar {
namespace {

IpRange ip(std::string_view text) {
  return *IpRange::parse(text);
}

// Of texts that match a pattern the shortest, and one in which each wildcard stands for something.
std::string match_of(const Pattern& pattern, std::string_view wildcard) {
  std::string out;
  for (const char32_t code : pattern) {
    if (code == kWildcard) {
      out += wildcard;
    } else {
      append_utf8(out, code);
    }
  }
  return out;
}

class Collector {
 public:
  void add(const Value& value) {
    if (out_.size() < kMostSamples && std::ranges::find(out_, value) == out_.end()) {
      out_.push_back(value);
    }
  }
  std::vector<Value> take() { return std::move(out_); }

 private:
  std::vector<Value> out_;
};

std::optional<Value> number_value(const Type& type, int64_t number) {
  if (type.kind() == TypeKind::kLong) {
    return Value::number(number);
  }
  if (type.is_extension(ExtensionType::kDecimal)) {
    return Value::decimal({number});
  }
  if (type.is_extension(ExtensionType::kDuration)) {
    return Value::duration({number});
  }
  const Datetime at{number};
  return at.has_text() ? std::optional(Value::datetime(at)) : std::nullopt;
}

// Each number in the pool, whatever it is of: instants are held against durations too.
std::vector<Value> numbers(const Type& type, const Pool& pool) {
  Collector out;
  const auto add = [&](int64_t number) {
    if (const auto value = number_value(type, number)) {
      out.add(*value);
    }
  };
  add(0);
  for (const Value& constant : pool.constants) {
    const auto number = number_of(constant);
    if (!number) {
      continue;
    }
    add(*number);
    if (*number != std::numeric_limits<int64_t>::min()) {
      add(*number - 1);
    }
    if (*number != std::numeric_limits<int64_t>::max()) {
      add(*number + 1);
    }
  }
  add(1);
  if (pool.arithmetic) {
    add(std::numeric_limits<int64_t>::max());
    add(std::numeric_limits<int64_t>::min());
  }
  return out.take();
}

std::vector<Value> texts(const Pool& pool) {
  Collector out;
  out.add(Value::string("-"));
  for (const Value& constant : pool.constants) {
    if (constant.kind() == ValueKind::kString) {
      out.add(constant);
    }
  }
  for (const Pattern& pattern : pool.patterns) {
    out.add(Value::string(match_of(pattern, "")));
    out.add(Value::string(match_of(pattern, "-")));
  }
  return out.take();
}

std::vector<Value> addresses(const Pool& pool) {
  Collector out;
  out.add(Value::ip(ip("192.0.2.1")));
  for (const Value& constant : pool.constants) {
    if (constant.kind() == ValueKind::kIp) {
      out.add(constant);
    }
  }
  if (pool.addresses) {
    for (const std::string_view text :
         {"127.0.0.1", "224.0.0.1", "2001:db8::1", "::1", "ff00::1"}) {
      out.add(Value::ip(ip(text)));
    }
  }
  return out.take();
}

std::vector<Value> entities(const Schema& schema, const std::string& type, const Pool& pool) {
  Collector out;
  const EntityType* const declared = schema.find_entity_type(type);
  if (declared != nullptr && declared->is_enum()) {
    for (const std::string& id : declared->enum_ids) {
      out.add(Value::entity({type, id}));
    }
    return out.take();
  }
  out.add(plain_value(schema, Type::entity(type)));
  for (const Value& constant : pool.constants) {
    if (constant.kind() == ValueKind::kEntity && constant.as_entity().type == type) {
      out.add(constant);
    }
  }
  return out.take();
}

// The empty set, those of one element, pairs, and all together.
std::vector<Value> sets(const Schema& schema, const Type& element, const Pool& pool) {
  std::vector<Value> elements = samples_of(schema, element, pool);
  elements.resize(std::min<size_t>(elements.size(), 10), plain_value(schema, element));
  Collector out;
  out.add(Value::set({}));
  for (const Value& one : elements) {
    out.add(Value::set({one}));
  }
  for (size_t i = 0; i < elements.size(); ++i) {
    for (size_t k = i + 1; k < elements.size(); ++k) {
      out.add(Value::set({elements[i], elements[k]}));
    }
  }
  out.add(Value::set(elements));
  return out.take();
}

Value plain_extension(ExtensionType type) {
  switch (type) {
    case ExtensionType::kDecimal:
      return Value::decimal({});
    case ExtensionType::kDatetime:
      return Value::datetime({});
    case ExtensionType::kDuration:
      return Value::duration({});
    case ExtensionType::kIp:
      break;
  }
  return Value::ip(ip("192.0.2.1"));
}

}  // namespace

EntityUid fresh_entity(const Schema& schema, std::string_view type, std::string_view name) {
  const EntityType* const declared = schema.find_entity_type(type);
  if (declared != nullptr) {
    return {declared->name, declared->is_enum() ? declared->enum_ids.front() : std::string(name)};
  }
  for (const auto& [uid, action] : schema.actions()) {
    if (uid.type == type) {
      return uid;
    }
  }
  return {std::string(type), std::string(name)};
}

Value plain_value(const Schema& schema, const Type& type) {
  switch (type.kind()) {
    case TypeKind::kLong:
      return Value::number(0);
    case TypeKind::kString:
      return Value::string("-");
    case TypeKind::kSet:
      return Value::set({});
    case TypeKind::kRecord: {
      std::vector<Field> fields;
      for (const Attribute& attribute : type.attributes()) {
        if (attribute.required) {
          fields.push_back({attribute.name, plain_value(schema, attribute.type)});
        }
      }
      return Value::record(std::move(fields));
    }
    case TypeKind::kEntity:
      return Value::entity(fresh_entity(schema, type.entity_types().front(), "-"));
    case TypeKind::kExtension:
      return plain_extension(type.extension_type());
    case TypeKind::kBool:
    case TypeKind::kTrue:
    case TypeKind::kFalse:
    case TypeKind::kNever:
    case TypeKind::kAnyEntity:
      break;
  }
  return Value::boolean(false);
}

std::vector<Value> samples_of(const Schema& schema, const Type& type, const Pool& pool) {
  switch (type.kind()) {
    case TypeKind::kLong:
      return numbers(type, pool);
    case TypeKind::kString:
      return texts(pool);
    case TypeKind::kSet:
      return sets(schema, type.element(), pool);
    case TypeKind::kEntity:
      return entities(schema, type.entity_types().front(), pool);
    case TypeKind::kExtension:
      return type.is_extension(ExtensionType::kIp) ? addresses(pool) : numbers(type, pool);
    case TypeKind::kBool:
      return {Value::boolean(false), Value::boolean(true)};
    case TypeKind::kRecord:
    case TypeKind::kTrue:
    case TypeKind::kFalse:
    case TypeKind::kNever:
    case TypeKind::kAnyEntity:
      break;
  }
  return {plain_value(schema, type)};
}

}  // namespace sally::cedar
