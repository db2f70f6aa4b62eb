#include "formats/npy/npy.h"

#include <charconv>
#include <optional>
#include <string_view>
#include <vector>

namespace sally::formats {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr uint64_t kMostHeader = uint64_t{1} << 20;
constexpr size_t kMostDepth = 16;
constexpr size_t kMostValues = 100'000;
constexpr size_t kShownType = 100;

Error no_header(std::string_view what) {
  return Error(ErrorKind::kInvalidInput, "npy: its header " + std::string(what));
}

// What a literal of Python can be here.
struct Literal {
  enum class Kind : uint8_t { kText, kNumber, kBool, kNone, kSequence, kDict };
  Kind kind = Kind::kNone;
  std::string text;
  uint64_t number = 0;         // also of a bool
  std::vector<Literal> items;  // of a dict: key, value, key, value
};

class LiteralParser {
 public:
  explicit LiteralParser(std::string_view text) : text_(text) {}

  Result<Literal> parse_whole() {
    TRY(Literal value, parse(0));
    skip_blanks();
    if (at_ != text_.size()) {
      return no_header("goes on after its dictionary");
    }
    return value;
  }

 private:
  void skip_blanks() {
    while (at_ < text_.size() &&
           std::string_view(" \t\r\n\f").find(text_[at_]) != std::string_view::npos) {
      ++at_;
    }
  }
  bool take(char c) {
    skip_blanks();
    if (at_ < text_.size() && text_[at_] == c) {
      ++at_;
      return true;
    }
    return false;
  }

  Result<Literal> parse(size_t depth) {
    if (depth > kMostDepth || ++values_ > kMostValues) {
      return no_header("is nested too deep or too long");
    }
    skip_blanks();
    if (at_ >= text_.size()) {
      return no_header("ends early");
    }
    const char c = text_[at_];
    if (take('{')) {
      return parse_items(Literal::Kind::kDict, '}', depth);
    }
    if (take('(')) {
      return parse_items(Literal::Kind::kSequence, ')', depth);
    }
    if (take('[')) {
      return parse_items(Literal::Kind::kSequence, ']', depth);
    }
    if (c >= '0' && c <= '9') {
      return parse_number();
    }
    for (const std::string_view word : {"True", "False", "None"}) {
      if (text_.substr(at_).starts_with(word)) {
        at_ += word.size();
        return Literal{.kind = word == "None" ? Literal::Kind::kNone : Literal::Kind::kBool,
                       .number = word == "True" ? 1U : 0U};
      }
    }
    return parse_text();
  }

  // Behind the opening bracket. `(a)` counts as a sequence: where one stands a value would do.
  Result<Literal> parse_items(Literal::Kind kind, char end, size_t depth) {
    Literal out{.kind = kind};
    while (!take(end)) {
      TRY(Literal item, parse(depth + 1));
      out.items.push_back(std::move(item));
      if (kind == Literal::Kind::kDict) {
        if (!take(':')) {
          return no_header("has a key without a value");
        }
        TRY(Literal value, parse(depth + 1));
        out.items.push_back(std::move(value));
      }
      if (!take(',')) {
        if (!take(end)) {
          return no_header("is no literal");
        }
        break;
      }
    }
    return out;
  }

  Result<Literal> parse_number() {
    Literal out{.kind = Literal::Kind::kNumber};
    const auto [end, failure] =
        std::from_chars(text_.data() + at_, text_.data() + text_.size(), out.number);
    if (failure != std::errc()) {
      return no_header("has a number that is none");
    }
    at_ = static_cast<size_t>(end - text_.data());
    take('L');  // as Python 2 wrote it
    return out;
  }

  Result<Literal> parse_text() {
    if (text_[at_] == 'u' || text_[at_] == 'b') {
      ++at_;
    }
    if (at_ >= text_.size() || (text_[at_] != '\'' && text_[at_] != '"')) {
      return no_header("is no literal");
    }
    const char quote = text_[at_++];
    Literal out{.kind = Literal::Kind::kText};
    while (at_ < text_.size() && text_[at_] != quote) {
      if (text_[at_] == '\\') {
        ++at_;
        if (at_ >= text_.size()) {
          break;
        }
      }
      out.text += text_[at_++];
    }
    if (at_ >= text_.size()) {
      return no_header("ends early");
    }
    ++at_;
    return out;
  }

  std::string_view text_;
  size_t at_ = 0;
  size_t values_ = 0;
};

// Octets of one item; nullopt: it holds objects, or is nothing known.
std::optional<uint64_t> size_of_type(std::string_view type) {
  if (!type.empty() && std::string_view("<>|=").find(type[0]) != std::string_view::npos) {
    type.remove_prefix(1);
  }
  if (type == "?") {
    return 1;
  }
  if (type.empty() || std::string_view("biufcSaUVmM").find(type[0]) == std::string_view::npos) {
    return std::nullopt;
  }
  uint64_t count = 0;
  const char* const end = type.data() + type.size();
  const auto [rest, failure] = std::from_chars(type.data() + 1, end, count);
  if (failure != std::errc()) {
    return std::nullopt;
  }
  const bool is_time = type[0] == 'm' || type[0] == 'M';
  if (rest != end && !(is_time && *rest == '[')) {
    return std::nullopt;
  }
  constexpr uint64_t kCharacter = 4;
  uint64_t octets = 0;
  if (__builtin_mul_overflow(count, type[0] == 'U' ? kCharacter : 1, &octets)) {
    return std::nullopt;
  }
  return octets;
}

// The product of a shape; nullopt: it is none, or too large.
std::optional<uint64_t> items_of(const Literal& shape) {
  if (shape.kind == Literal::Kind::kNumber) {
    return shape.number;
  }
  if (shape.kind != Literal::Kind::kSequence) {
    return std::nullopt;
  }
  uint64_t items = 1;
  bool is_empty = false;
  bool overflows = false;
  for (const Literal& side : shape.items) {
    if (side.kind != Literal::Kind::kNumber) {
      return std::nullopt;
    }
    is_empty = is_empty || side.number == 0;
    overflows = __builtin_mul_overflow(items, side.number, &items) || overflows;
  }
  return is_empty ? std::optional<uint64_t>(0) : overflows ? std::nullopt : std::optional(items);
}

// Octets of one item of `descr`; nullopt as above. The parser has bounded the depth.
std::optional<uint64_t> size_of_descr(const Literal& descr) {
  if (descr.kind == Literal::Kind::kText) {
    return size_of_type(descr.text);
  }
  if (descr.kind != Literal::Kind::kSequence) {
    return std::nullopt;
  }
  uint64_t octets = 0;
  for (const Literal& field : descr.items) {
    if (field.kind != Literal::Kind::kSequence || field.items.size() < 2 ||
        field.items.size() > 3) {
      return std::nullopt;
    }
    const auto size = size_of_descr(field.items[1]);
    const auto items = field.items.size() == 3 ? items_of(field.items[2]) : 1;
    uint64_t all = 0;
    if (!size || !items || __builtin_mul_overflow(*size, *items, &all) ||
        __builtin_add_overflow(octets, all, &octets)) {
      return std::nullopt;
    }
  }
  return octets;
}

const Literal* value_of(const Literal& dict, std::string_view key) {
  const Literal* found = nullptr;
  for (size_t i = 0; i + 1 < dict.items.size(); i += 2) {
    if (dict.items[i].kind == Literal::Kind::kText && dict.items[i].text == key) {
      found = &dict.items[i + 1];  // the last one counts, as in Python
    }
  }
  return found;
}

}  // namespace

bool begins_npy(ByteView head) {
  return as_text(head).starts_with(kMagic);
}

Result<NpyHeader> read_npy_header(const Input& input, uint64_t from) {
  InputReader in(input, from);
  TRY(const ByteView magic, in.take(kMagic.size()));
  if (as_text(magic) != kMagic) {
    return no_header("has no signature");
  }
  TRY(const auto major, in.little<uint8_t>());
  TRY_OK(in.skip(1));
  if (major < 1 || major > 3) {
    return no_header("is of a version that is not known");
  }
  uint64_t length = 0;
  if (major == 1) {
    TRY(length, in.little<uint16_t>());
  } else {
    TRY(length, in.little<uint32_t>());
  }
  if (length > kMostHeader) {
    return Error(ErrorKind::kTooLarge, "npy: its header has more than 1 MiB");
  }
  TRY(const ByteView text, in.take(length));
  TRY(const Literal dict, LiteralParser(as_text(text)).parse_whole());
  const Literal* descr = value_of(dict, "descr");
  const Literal* shape = value_of(dict, "shape");
  if (dict.kind != Literal::Kind::kDict || descr == nullptr || shape == nullptr) {
    return no_header("says no `descr` or no `shape`");
  }
  NpyHeader header{.data = in.position()};
  header.type = descr->kind == Literal::Kind::kText ? descr->text.substr(0, kShownType)
                                                    : std::string("structured");
  const auto size = size_of_descr(*descr);
  const auto items = items_of(*shape);
  if (!items) {
    return no_header("has a `shape` that is none");
  }
  header.objects = !size;
  if (size && __builtin_mul_overflow(*size, *items, &header.octets)) {
    return no_header("has a `shape` that is too large");
  }
  return header;
}

}  // namespace sally::formats
