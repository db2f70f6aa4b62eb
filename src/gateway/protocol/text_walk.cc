#include "gateway/protocol/text_walk.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/equal_names.h"
#include "base/text.h"
#include "formats/json/lookalike.h"
#include "gateway/protocol/adapter.h"
#include "gateway/protocol/text_roles.h"
#include "gateway/protocol/usage.h"
#include "gateway/protocol/words.h"

namespace sally::gateway {
namespace {

using formats::JsonType;

// Members whose strings are what a model wrote.
constexpr std::string_view kGenerated[] = {
    "content",   "text",     "arguments",    "refusal",   "reasoning_content",
    "reasoning", "thinking", "partial_json", "transcript"};

// Where a text stands, for whoever asks.
void write_value(const void* path, std::string& out) {
  static_cast<const JsonPath*>(path)->render(out);
}
// The object that a member stands in.
void write_object(const void* path, std::string& out) {
  static_cast<const JsonPath*>(path)->render(out, 0, JsonPath::Last::kWithout);
}

class AnswerWalk final : public TextWalk {
 public:
  AnswerWalk(TextVisitor& visitor, Zone root) : TextWalk(visitor, {}, root) {}
  [[nodiscard]] Usage usage() const { return counter_.usage(); }

 private:
  void fact(const JsonPath& path, const JsonFact& fact) override {
    if (fact.type == JsonType::kNumber && path.depth() == 2 && path.level(0).key == "usage") {
      counter_.count(path.level(1).key, fact.text);
    }
  }
  [[nodiscard]] bool counts(const JsonPath& path) const override {
    const std::string_view key = path.last_key();
    return std::ranges::any_of(kGenerated, [key](auto one) { return equal_names(one, key); });
  }

  UsageCounter counter_;
};

// What a whole answer is.
Zone answer_of(Protocol protocol) {
  switch (protocol) {
    case Protocol::kOpenAi:
    case Protocol::kAnthropic:
      return Zone::kModelAnswer;
    case Protocol::kMcp:
      return Zone::kRpcAnswer;
    case Protocol::kKserve:
    case Protocol::kKserveGrpc:
    case Protocol::kHttp:
    case Protocol::kPrivacy:
      return Zone::kSaid;
  }
  return Zone::kSaid;
}

}  // namespace

bool path_is(const JsonPath& path, std::initializer_list<std::string_view> keys) {
  if (path.depth() != keys.size()) {
    return false;
  }
  size_t i = 0;
  for (const std::string_view key : keys) {
    const JsonPath::Level& level = path.level(i++);
    if (!level.object || level.key != key) {
      return false;
    }
  }
  return true;
}

Result<> TextWalk::read(std::string_view body, const JsonLimits& limits) {
  origins_.begin(body);
  TRY_OK(reader_.walk(body, to_json_limits(limits), *this));
  if (objection_) {
    return *std::move(objection_);
  }
  return ok();
}

void TextWalk::object(Error error) {
  if (!objection_) {
    objection_ = std::move(error);
  }
}

void TextWalk::open(bool is_object, size_t offset) {
  path_.begin_value();
  if (asks_origin_) {
    origins_.open(is_object, path_.key(), offset);
  }
  path_.open(is_object, offset);
}

void TextWalk::close(JsonType type, size_t end) {
  const size_t begin = path_.close();
  if (asks_origin_) {
    origins_.close();
  }
  give({type, {}, false, {begin, end + 1 - begin}});
}

void TextWalk::check_lookalike(std::string_view key) {
  constexpr size_t kLongest = 64;
  if (key.size() > kLongest || !is_decided_here(path_)) {
    return;
  }
  const std::string folded = formats::fold_name(key);
  for (const std::string_view name : decided_) {
    if (folded == name && key != name) {
      object(Error(
          ErrorKind::kInvalidInput,
          fmt::format("the member `{}` differs from `{}` only in case", printable(key, 60), name),
          fmt::format("write `{}`", name)));
    }
  }
}

void TextWalk::key(const formats::JsonText& key) {
  const bool is_word = is_protocol_word(key.text);
  path_.set_key(key.text, is_word);
  if (is_word) {
    return;
  }
  if (!decided_.empty()) {
    check_lookalike(key.text);
  }
  const Provenance provenance = asks_origin_ ? origins_.of_key() : Provenance::kUnknown;
  visitor_.text({&path_, &write_object}, key.text, written_string(key, provenance));
}

Written TextWalk::written(const formats::JsonText& text) {
  if (!asks_origin_) {
    return written_string(text, Provenance::kUnknown);
  }
  return written_at(path_, text, origins_.of(path_.key(), text.text, text.offset));
}

void TextWalk::string(const formats::JsonText& text) {
  path_.begin_value();
  if (!text.text.empty()) {
    visitor_.text({&path_, &write_value}, text.text, written(text));
    if (counts(path_) && !is_media_uri(text.text)) {
      text_bytes_ += text.text.size();
    }
  }
  give({JsonType::kString, text.text, false, {text.offset, text.length}});
}

void TextWalk::number(const formats::JsonNumber& number) {
  path_.begin_value();
  give({JsonType::kNumber, number.raw, false, {number.offset, number.raw.size()}});
}

void TextWalk::boolean(bool value, size_t offset) {
  path_.begin_value();
  give({JsonType::kBoolean, {}, value, {offset, value ? size_t{4} : size_t{5}}});
}

void TextWalk::null(size_t offset) {
  path_.begin_value();
  give({JsonType::kNull, {}, false, {offset, 4}});
}

Result<AnswerFacts> read_json_answer(const Operation& operation, ByteView body,
                                     const JsonLimits& limits, TextVisitor& visitor) {
  AnswerWalk walk(visitor, answer_of(operation.protocol));
  if (auto read = walk.read(as_text(body), limits); !read.ok()) {
    return Error(ErrorKind::kUpstream, "the answer is no strict JSON: " + read.error().message());
  }
  return AnswerFacts{walk.usage(), walk.text_bytes()};
}

}  // namespace sally::gateway
