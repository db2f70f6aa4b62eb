// The reading of case files, line by line.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/text.h"
#include "cedar/cases/case_file.h"
#include "cedar/cases/context_edit.h"
#include "cedar/cases/json_extent.h"
#include "cedar/entities/value_reader.h"
#include "cedar/names.h"
#include "cedar/syntax/escape.h"
#include "cedar/syntax/parser.h"

namespace sally::cedar {
namespace {

constexpr std::array<std::string_view, 10> kWords{"given",    "case",   "principal", "action",
                                                  "resource", "entity", "context",   "without",
                                                  "like",     "expect"};
constexpr size_t kMostNames = 1000;  // in one list
constexpr size_t kLongestName = 200;

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}
bool is_word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

class CaseParser {
 public:
  CaseParser(std::string_view text, const CaseLimits& limits) : text_(text), limits_(limits) {}

  ParseResult<CaseFile> parse();

 private:
  [[nodiscard]] uint32_t here() const { return static_cast<uint32_t>(at_); }
  [[nodiscard]] Span from(size_t begin) const { return {static_cast<uint32_t>(begin), here()}; }
  // Always false, to return.
  bool fail(Span span, std::string message, std::string help = {}) {
    problems_.push_back({span, std::move(message), std::move(help)});
    return false;
  }
  [[nodiscard]] bool full() const { return problems_.size() >= limits_.problems; }

  // Within a line.
  void blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) {
      ++at_;
    }
  }
  [[nodiscard]] bool at_line_end() const {
    return at_ == text_.size() || text_[at_] == '\n' || text_[at_] == '#';
  }
  void to_next_line() {
    const size_t end = text_.find('\n', at_);
    at_ = end == std::string_view::npos ? text_.size() : end + 1;
  }
  std::string_view word() {
    const size_t begin = at_;
    while (at_ < text_.size() && is_word_char(text_[at_])) {
      ++at_;
    }
    return text_.substr(begin, at_ - begin);
  }
  bool accept(char c) {
    blanks();
    const bool there = at_ < text_.size() && text_[at_] == c;
    at_ += there ? 1 : 0;
    return there;
  }
  bool accept_word(std::string_view wanted) {
    blanks();
    const size_t begin = at_;
    if (word() == wanted) {
      return true;
    }
    at_ = begin;
    return false;
  }
  // What stands up to the end of the line, as far as it is of interest.
  [[nodiscard]] Span rest() const {
    const size_t end = std::min(text_.find('\n', at_), text_.size());
    return {here(), static_cast<uint32_t>(std::max(end, std::min(at_ + 1, text_.size())))};
  }
  // The line from here on, without blanks around it.
  Span rest_of_line() {
    blanks();
    size_t end = std::min(text_.find('\n', at_), text_.size());
    while (end > at_ && is_blank(text_[end - 1])) {
      --end;
    }
    return {here(), static_cast<uint32_t>(end)};
  }
  [[nodiscard]] std::string_view text(const Span& span) const {
    return text_.substr(span.begin, span.end - span.begin);
  }
  bool expected(std::string_view what, std::string help = {}) {
    return fail(rest(), fmt::format("expected {}", what), std::move(help));
  }

  bool quoted_text(std::string& out);
  bool uid(EntityUid& out);
  bool uids(std::vector<EntityUid>& out);
  bool json(std::string& out, bool is_object);
  bool path(std::vector<std::string>& out);
  bool names(std::vector<std::string>& out);

  bool statement();
  bool setting(std::string_view word, Span at);
  bool begin_case(Span at);
  bool request_part(std::string_view word, Span at);
  bool entity(EntityUid uid, CaseBlock& block, bool wanted);
  bool context(bool takes_away);
  bool like(Span at);
  bool expect(Span at);
  void finish_case();
  void unknown(std::string_view word, Span at);

  CaseBlock& block() { return in_given_ ? file_.given : file_.cases.back().block; }

  const std::string_view text_;
  const CaseLimits& limits_;
  size_t at_ = 0;
  CaseFile file_;
  std::vector<Problem> problems_;
  std::map<std::string, size_t, std::less<>> by_name_;
  bool in_given_ = false;
  bool has_given_ = false;
  bool has_expectation_ = false;
};

// A string of Cedar, with its quotes.
bool CaseParser::quoted_text(std::string& out) {
  blanks();
  if (at_ >= text_.size() || text_[at_] != '"') {
    return expected("a text in quotes");
  }
  const size_t begin = at_;
  const size_t end = json_end(text_, begin);
  const std::string_view raw = text_.substr(begin, end - begin);
  at_ = end;
  if (raw.size() < 2 || !raw.ends_with('"') || raw.find('\n') != std::string_view::npos) {
    at_ = begin;
    return fail(rest(), "the text has no closing quote");
  }
  BadEscape bad;
  auto text = unescape(raw.substr(1, raw.size() - 2), bad);
  if (!text.has_value()) {
    return fail(from(begin), "an escape in the text is none");
  }
  out = *std::move(text);
  return true;
}

// `Type::"id"`.
bool CaseParser::uid(EntityUid& out) {
  blanks();
  const size_t begin = at_;
  while (at_ < text_.size() && (is_word_char(text_[at_]) || text_[at_] == ':')) {
    ++at_;
  }
  std::string ignored;
  if (at_ == begin || at_ == text_.size() || text_[at_] != '"') {
    at_ = begin;
    return expected("an entity", "write it as `User::\"alice\"`");
  }
  if (!quoted_text(ignored)) {
    return false;
  }
  auto parsed = parse_entity_uid(text_.substr(begin, at_ - begin));
  if (!parsed.ok()) {
    return fail(from(begin), parsed.problems().front().message, "write it as `User::\"alice\"`");
  }
  out = *std::move(parsed);
  return true;
}

bool CaseParser::uids(std::vector<EntityUid>& out) {
  do {
    if (out.size() == kMostNames) {
      return fail(rest(), fmt::format("more than {} entities", kMostNames));
    }
    if (!uid(out.emplace_back())) {
      return false;
    }
  } while (accept(','));
  return true;
}

bool CaseParser::json(std::string& out, bool is_object) {
  blanks();
  if (at_line_end() || (is_object && text_[at_] != '{')) {
    return expected(is_object ? "an object `{...}`" : "a value in JSON");
  }
  const size_t begin = at_;
  at_ = json_end(text_, begin);
  const std::string_view raw = text_.substr(begin, at_ - begin);
  formats::JsonLimits limits = cedar_json_limits();
  limits.depth = kMaxCaseJsonDepth;
  const auto document = formats::JsonDocument::parse(raw, limits);
  if (!document.ok()) {
    const Span span{static_cast<uint32_t>(begin),
                    static_cast<uint32_t>(begin + std::min(raw.find('\n'), raw.size()))};
    return fail(span, document.error().message(), document.error().hint());
  }
  out = raw;
  return true;
}

// `.hour`, `["full name"]`, one behind the other.
bool CaseParser::path(std::vector<std::string>& out) {
  while (at_ < text_.size() && (text_[at_] == '.' || text_[at_] == '[')) {
    const size_t begin = at_;
    const bool dotted = text_[at_++] == '.';
    if (out.size() == kMaxCasePath) {
      return fail(from(begin), fmt::format("more than {} names in a row", kMaxCasePath));
    }
    std::string name;
    if (dotted) {
      name = word();
      if (!is_word(name)) {
        return fail(from(begin), "expected a name behind the point",
                    "other names are written `context[\"full name\"]`");
      }
    } else if (!quoted_text(name)) {
      return false;
    } else if (!accept(']')) {
      return expected("`]`");
    }
    out.push_back(std::move(name));
  }
  return true;
}

bool CaseParser::names(std::vector<std::string>& out) {
  if (accept_word("none")) {
    return true;
  }
  do {
    if (out.size() == kMostNames) {
      return fail(rest(), fmt::format("more than {} ids", kMostNames));
    }
    if (!quoted_text(out.emplace_back())) {
      return false;
    }
  } while (accept(','));
  std::ranges::sort(out);
  return true;
}

bool CaseParser::entity(EntityUid uid, CaseBlock& block, bool wanted) {
  CaseEntity out;
  if (accept_word("in")) {
    wanted = true;
    if (!uids(out.parents)) {
      return false;
    }
  }
  blanks();
  if (!at_line_end() && text_[at_] == '{') {
    wanted = true;
    if (!json(out.attributes, true)) {
      return false;
    }
  }
  if (accept_word("tags")) {
    wanted = true;
    if (!json(out.tags, true)) {
      return false;
    }
  }
  if (wanted) {
    out.uid = std::move(uid);
    block.entities.push_back(std::move(out));
  }
  return true;
}

bool CaseParser::request_part(std::string_view word, Span at) {
  std::optional<EntityUid>& part = word == "principal" ? block().principal
                                   : word == "action"  ? block().action
                                                       : block().resource;
  EntityUid found;
  if (!uid(found)) {
    return false;
  }
  if (part.has_value()) {
    return fail(at, fmt::format("`{}` stands here twice", word));
  }
  part = found;
  return entity(std::move(found), block(), false);
}

bool CaseParser::context(bool takes_away) {
  ContextEdit edit;
  if (takes_away) {
    blanks();
    const size_t begin = at_;
    if (word() != "context") {
      at_ = begin;
      return expected("a member of the context", "such as `without context.hour`");
    }
  }
  if (!path(edit.path)) {
    return false;
  }
  if (takes_away) {
    if (edit.path.empty()) {
      return expected("`.` and a name", "such as `without context.hour`");
    }
  } else if (std::string text; json(text, edit.path.empty())) {
    edit.json = std::move(text);
  } else {
    return false;
  }
  block().context.push_back(std::move(edit));
  return true;
}

// A name may hold a `#`.
bool CaseParser::begin_case(Span at) {
  finish_case();
  in_given_ = false;
  const Span line = rest_of_line();
  const std::string_view name = text(line);
  at_ = line.end;
  if (file_.cases.size() == limits_.cases) {
    return fail(at, fmt::format("more than {} cases in one file", limits_.cases));
  }
  PolicyCase& one = file_.cases.emplace_back();
  one.name = name;
  one.span = {at.begin, line.end};
  has_expectation_ = false;
  if (name.empty() || name.size() > kLongestName) {
    return fail(
        at,
        name.size() > kLongestName ? "the name of the case is too long" : "the case has no name",
        "such as `case at night`");
  }
  if (!by_name_.try_emplace(one.name, file_.cases.size() - 1).second) {
    return fail(one.span, fmt::format("there is a case `{}` already", printable(name)));
  }
  return true;
}

bool CaseParser::like(Span at) {
  const Span line = rest_of_line();
  const std::string_view name = text(line);
  at_ = line.end;
  PolicyCase& one = file_.cases.back();
  if (one.like.has_value()) {
    return fail(at, "`like` stands here twice");
  }
  const auto found = by_name_.find(name);
  if (found == by_name_.end() || found->second + 1 == file_.cases.size()) {
    std::vector<std::string_view> known;
    for (const auto& [other, index] : by_name_) {
      if (index + 1 != file_.cases.size()) {
        known.push_back(other);
      }
    }
    const std::string_view close = nearest(name.substr(0, kLongestName), known);
    return fail(line, fmt::format("there is no case `{}` before this one", printable(name)),
                close.empty() ? "" : fmt::format("did you mean `{}`?", printable(close)));
  }
  one.like = found->second;
  return true;
}

bool CaseParser::expect(Span at) {
  if (has_expectation_) {
    return fail(at, "`expect` stands here twice");
  }
  has_expectation_ = true;
  CaseExpectation& out = file_.cases.back().expected;
  if (accept_word("allow")) {
    out.decision = Decision::kAllow;
  } else if (!accept_word("deny")) {
    return expected("`allow` or `deny`");
  }
  if (accept_word("by") && !names(out.by.emplace())) {
    return false;
  }
  return !accept_word("failing") || names(out.failing.emplace());
}

void CaseParser::unknown(std::string_view word, Span at) {
  const std::string_view close = nearest(word.substr(0, kLongestName), kWords);
  fail(at.begin == at.end ? rest() : at,
       word.empty() ? "expected a word such as `case`"
                    : fmt::format("no word `{}`", printable(word)),
       close.empty() ? fmt::format("one of {}", fmt::join(kWords, ", "))
                     : fmt::format("did you mean `{}`?", close));
}

bool CaseParser::setting(std::string_view word, Span at) {
  if (!in_given_ && file_.cases.empty()) {
    return fail(at, fmt::format("`{}` stands before any case", word),
                "below `given`, or below `case` and a name");
  }
  if (word == "context" || word == "without") {
    return context(word == "without");
  }
  if (word == "entity") {
    EntityUid found;
    return uid(found) && entity(std::move(found), block(), true);
  }
  if (word == "like" || word == "expect") {
    if (in_given_) {
      return fail(at, fmt::format("`{}` is for a case", word));
    }
    return word == "like" ? like(at) : expect(at);
  }
  return request_part(word, at);
}

bool CaseParser::statement() {
  const size_t begin = at_;
  const std::string_view first = word();
  const Span at = from(begin);
  if (std::ranges::find(kWords, first) == kWords.end()) {
    unknown(first, at);
    return false;
  }
  if (first == "case") {
    return begin_case(at);
  }
  if (first != "given") {
    return setting(first, at);
  }
  if (has_given_ || !file_.cases.empty()) {
    return fail(at, "`given` stands once, before all cases");
  }
  has_given_ = true;
  in_given_ = true;
  return true;
}

void CaseParser::finish_case() {
  if (file_.cases.empty()) {
    return;
  }
  const PolicyCase& one = file_.cases.back();
  if (!has_expectation_) {
    fail(one.span, fmt::format("case `{}` expects nothing", printable(one.name)),
         "add `expect allow` or `expect deny`");
  }
  struct Part {
    std::string_view name;
    std::optional<EntityUid> CaseBlock::* member;
  };
  for (const Part& part :
       {Part{"principal", &CaseBlock::principal}, Part{"action", &CaseBlock::action},
        Part{"resource", &CaseBlock::resource}}) {
    bool said = (file_.given.*part.member).has_value();
    for (std::optional<size_t> at = file_.cases.size() - 1; at.has_value() && !said;
         at = file_.cases[*at].like) {
      said = (file_.cases[*at].block.*part.member).has_value();
    }
    if (!said) {
      fail(one.span, fmt::format("case `{}` has no {}", printable(one.name), part.name));
    }
  }
}

ParseResult<CaseFile> CaseParser::parse() {
  if (text_.size() > limits_.bytes) {
    fail({}, fmt::format("the file has more than {} bytes", limits_.bytes));
    return problems_;
  }
  while (at_ < text_.size() && !full()) {
    blanks();
    if (!at_line_end()) {
      const bool read = statement();
      blanks();
      if (read && !at_line_end()) {
        fail(rest(), "this belongs to nothing before it");
      }
    }
    to_next_line();
  }
  if (!full()) {
    finish_case();
  }
  if (problems_.empty() && file_.cases.empty()) {
    fail({}, "there is no case", "such as `case at night`");
  }
  if (!problems_.empty()) {
    return problems_;
  }
  return std::move(file_);
}

}  // namespace

ParseResult<CaseFile> parse_cases(std::string_view text, const CaseLimits& limits) {
  return CaseParser(text, limits).parse();
}

}  // namespace sally::cedar
