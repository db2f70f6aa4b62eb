#include "vet/model/boosted.h"

#include <fmt/format.h>

#include <charconv>
#include <string>

#include "base/text.h"

namespace sally::vet::model {
namespace {

using formats::InputReader;
using formats::LenientJson;
using Value = LenientJson::Value;

constexpr size_t kMostDepth = 200;
constexpr uint64_t kMostCounted = 1'000'000;  // trees, features
constexpr size_t kMostLine = size_t{1} << 20;

// A number of trees or features that is none is one that a reader may allocate by.
void judge_count(Value value, Examination& examination) {
  const std::string_view text = value.text();
  if (text.empty()) {
    return;
  }
  int64_t count = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), count);
  if (read.ec != std::errc() || count < 0 || static_cast<uint64_t>(count) > kMostCounted) {
    examination.add(RuleId::kModelLayout, value.offset(),
                    fmt::format("`{}` of {}", printable(value.name(), 40), printable(text, 40)));
  }
}

// The size of a number of UBJSON; 0: it is none.
uint64_t size_of(char mark) {
  switch (mark) {
    case 'i':
    case 'U':
    case 'C':
      return 1;
    case 'I':
    case 'u':
      return 2;
    case 'l':
    case 'm':
    case 'd':
      return 4;
    case 'L':
    case 'M':
    case 'D':
      return 8;
    default:
      return 0;
  }
}

class UbjsonReader {
 public:
  UbjsonReader(const formats::Input& input, Examination& examination)
      : in_(input), examination_(examination) {}

  Result<> read() {
    TRY(const char first, mark());
    TRY_OK(value(first));
    while (!open_.empty()) {
      if (++steps_ % 65'536 == 0) {
        TRY_OK(examination_.time_left());
      }
      TRY_OK(step());
    }
    return ok();
  }

 private:
  struct Open {
    bool object;
    bool counted;
    uint64_t left;
    char type;  // of all of its elements; 0: each has its own
  };

  Result<char> mark() {
    for (;;) {
      TRY(const uint8_t octet, in_.little<uint8_t>());
      if (octet != 'N') {  // says nothing
        return static_cast<char>(octet);
      }
    }
  }

  Result<uint64_t> count() {
    TRY(const char type, mark());
    int64_t value = 0;
    switch (type) {
      case 'U': {
        TRY(value, in_.little<uint8_t>());
        break;
      }
      case 'i': {
        TRY(const auto octet, in_.little<uint8_t>());
        value = octet < 0x80 ? octet : octet - 0x100;
        break;
      }
      case 'I': {
        TRY(value, in_.big<int16_t>());
        break;
      }
      case 'l': {
        TRY(value, in_.big<int32_t>());
        break;
      }
      case 'L': {
        TRY(value, in_.big<int64_t>());
        break;
      }
      default:
        return Error(ErrorKind::kInvalidInput, "a length that is no number");
    }
    if (value < 0 || static_cast<uint64_t>(value) > in_.remaining()) {
      examination_.add(RuleId::kModelLayout, in_.position(),
                       fmt::format("a length of {} with {} octets left", value, in_.remaining()));
      return Error(ErrorKind::kInvalidInput, "a length that cannot be");
    }
    return static_cast<uint64_t>(value);
  }

  Result<> begin(bool object) {
    if (open_.size() >= kMostDepth) {
      return Error(ErrorKind::kTooLarge, "nested too deeply");
    }
    Open inner{.object = object, .counted = false, .left = 0, .type = '\0'};
    TRY(const ByteView next, in_.peek(1));
    if (static_cast<char>(next[0]) == '$') {
      TRY_OK(in_.skip(1));
      TRY(inner.type, mark());
    }
    TRY(const ByteView sign, in_.peek(1));
    if (static_cast<char>(sign[0]) == '#') {
      TRY_OK(in_.skip(1));
      TRY(inner.left, count());
      inner.counted = true;
    } else if (inner.type != '\0') {
      return Error(ErrorKind::kInvalidInput, "a type without a count");
    }
    const uint64_t size = size_of(inner.type);
    if (!object && size != 0) {
      if (inner.left > in_.remaining() / size) {
        return Error(ErrorKind::kInvalidInput, "an array that reaches past the end");
      }
      return in_.skip(inner.left * size);
    }
    if (!object && (inner.type == 'T' || inner.type == 'F' || inner.type == 'Z')) {
      return ok();
    }
    open_.push_back(inner);
    return ok();
  }

  Result<> value(char type) {
    switch (type) {
      case '{':
      case '[':
        return begin(type == '{');
      case 'S':
      case 'H': {
        TRY(const uint64_t length, count());
        return in_.skip(length);
      }
      case 'Z':
      case 'T':
      case 'F':
        return ok();
      default:
        if (const uint64_t size = size_of(type); size != 0) {
          return in_.skip(size);
        }
        return Error(ErrorKind::kInvalidInput, "a value of a kind that is not known");
    }
  }

  Result<> step() {
    Open& within = open_.back();
    if (within.counted) {
      if (within.left == 0) {
        open_.pop_back();
        return ok();
      }
      --within.left;
    } else {
      TRY(const ByteView next, in_.peek(1));
      if (static_cast<char>(next[0]) == (within.object ? '}' : ']')) {
        open_.pop_back();
        return in_.skip(1);
      }
    }
    const char type = within.type;
    if (within.object) {
      TRY(const uint64_t length, count());
      TRY_OK(in_.skip(length));
    }
    if (type != '\0') {
      return value(type);
    }
    TRY(const char own, mark());
    return value(own);
  }

  InputReader in_;
  Examination& examination_;
  std::vector<Open> open_;
  uint64_t steps_ = 0;
};

}  // namespace

void judge_boosted(const Value& root, Examination& examination) {
  const auto learner = root.find("learner");
  if (!learner || !learner->has("gradient_booster")) {
    return;
  }
  examination.add_fact("framework", "xgboost");
  learner->each([&](Value value) {
    if (value.name() == "num_trees" || value.name() == "num_feature" ||
        value.name() == "num_class" || value.name() == "num_nodes") {
      judge_count(value, examination);
    }
    if (value.name() == "name" && value.is_string() && value.text().size() < 40) {
      examination.add_fact("booster", value.text());
    }
  });
}

bool may_be_lightgbm(const Look& look) {
  const std::string_view head = as_text(look.head);
  return head.starts_with("tree\nversion=v") || head.starts_with("tree\r\nversion=v");
}

Result<> examine_lightgbm(const formats::Input& input, Examination& examination) {
  examination.add_fact("framework", "lightgbm");
  InputReader in(input);
  bool ended = false;
  while (!in.at_end() && !ended) {
    const auto line = in.take_until(std::byte{'\n'}, kMostLine);
    if (!line.ok()) {
      break;
    }
    const std::string_view text = as_text(*line);
    ended = text.starts_with("end of trees");
    for (const std::string_view key :
         {"version=", "objective=", "num_class=", "max_feature_idx="}) {
      if (text.starts_with(key)) {
        examination.add_fact(key.substr(0, key.size() - 1), text.substr(key.size()));
      }
    }
  }
  if (!ended) {
    return Error(ErrorKind::kInvalidInput, "has no end of its trees");
  }
  return ok();
}

bool may_be_ubjson(const Look& look) {
  // `{`, the length of a name, and XGBoost's first member.
  const std::string_view head = as_text(look.head.first(std::min<size_t>(look.head.size(), 64)));
  return head.starts_with('{') && head.size() > 16 &&
         std::string_view("iUIlL").find(head[1]) != std::string_view::npos &&
         (head.find("learner") < 16 || head.find("version") < 16);
}

Result<> examine_ubjson(const formats::Input& input, Examination& examination) {
  examination.add_fact("framework", "xgboost");
  return UbjsonReader(input, examination).read();
}

}  // namespace sally::vet::model
