#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "content/custom/custom_rep.h"

namespace sally::content {
namespace {

using custom::CustomValidator;
using custom::Expression;
using custom::Member;
using custom::PatternSet;
using custom::Role;

std::string_view list_of(Role role) {
  return role == Role::kPattern ? "patterns" : role == Role::kDeny ? "deny_list" : "context";
}

bool is_type(std::string_view name) {
  constexpr size_t kMax = 64;
  return name.size() >= 2 && name.size() <= kMax && name[0] >= 'A' && name[0] <= 'Z' &&
         std::ranges::all_of(name, [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
         });
}

// Where the reader finds it: `recognizers[2] (TICKET): patterns[0]`.
std::string place(size_t recognizer, std::string_view type, std::string_view what) {
  return fmt::format("recognizers[{}] ({}): {}", recognizer, printable(type), what);
}
Error refused(size_t recognizer, std::string_view type, std::string_view what,
              std::string_view message, std::string_view hint) {
  return Error(ErrorKind::kUsage, fmt::format("{}: {}", place(recognizer, type, what), message),
               std::string(hint));
}

Result<> check_fields(size_t index, const CustomRecognizer& recognizer) {
  const std::string& type = recognizer.type;
  if (!is_type(type)) {
    return refused(index, type, "type", fmt::format("`{}` is no name of a type", printable(type)),
                   "2 to 64 of A-Z, 0-9 and _, a letter first, such as EMPLOYEE_ID");
  }
  if (recognizer.patterns.empty() && recognizer.deny_list.empty()) {
    return refused(index, type, "patterns", "there is nothing to look for",
                   "give it a pattern or a deny_list");
  }
  for (size_t i = 0; i < recognizer.patterns.size(); ++i) {
    const CustomPattern& pattern = recognizer.patterns[i];
    const std::string what = fmt::format("patterns[{}]", i);
    if (!(pattern.score > 0 && pattern.score <= 1)) {
      return refused(index, type, what + ".score", fmt::format("`{}` is no score", pattern.score),
                     "more than 0 and at most 1");
    }
    if (pattern.score < CustomRecognizers::kThreshold && recognizer.context.empty()) {
      return refused(
          index, type, what + ".score",
          fmt::format("nothing that scores `{}` is ever reported", pattern.score),
          fmt::format("at least {}, or give it words of context", CustomRecognizers::kThreshold));
    }
    if (pattern.regex.size() > CustomRecognizers::kMaxRegex) {
      return refused(index, type, what + ".regex",
                     fmt::format("`{}` is too long", printable(pattern.regex, 60)),
                     fmt::format("at most {} octets; longer lists of words belong into deny_list",
                                 CustomRecognizers::kMaxRegex));
    }
  }
  return ok();
}

}  // namespace

Result<CustomRecognizers> CustomRecognizers::create(std::vector<CustomRecognizer> recognizers) {
  if (recognizers.size() > kMaxRecognizers) {
    return Error(ErrorKind::kUsage,
                 fmt::format("recognizers: `{}` are too many", recognizers.size()),
                 fmt::format("at most {}", kMaxRecognizers));
  }
  auto rep = std::make_unique<Rep>();
  std::vector<Expression> expressions;
  for (size_t index = 0; index < recognizers.size(); ++index) {
    const CustomRecognizer& recognizer = recognizers[index];
    if (auto checked = check_fields(index, recognizer); !checked.ok()) {
      return std::move(checked).error();
    }
    const auto validator = CustomValidator::named(recognizer.validator, rep->forms);
    if (!validator) {
      return refused(index, recognizer.type, "validator",
                     fmt::format("`{}` is no validator", printable(recognizer.validator)),
                     "one of " + CustomValidator::names());
    }
    const auto same = std::ranges::find(rep->rows, recognizer.type, &Rep::Row::type);
    const auto group = static_cast<size_t>(same - rep->rows.begin());
    Rep::Row row{recognizer.type, group, {}, *validator, !recognizer.context.empty()};
    for (size_t i = 0; i < recognizer.patterns.size(); ++i) {
      row.scores.push_back(recognizer.patterns[i].score);
      rep->members.push_back({index, i, Role::kPattern});
      expressions.push_back({recognizer.patterns[i].regex, false});
    }
    const auto add_words = [&](const std::vector<std::string>& words, Role role) {
      for (size_t i = 0; i < words.size(); ++i) {
        rep->members.push_back({index, i, role});
        expressions.push_back({custom::quoted(words[i]), true});
      }
    };
    add_words(recognizer.deny_list, Role::kDeny);
    add_words(recognizer.context, Role::kContext);
    rep->rows.push_back(std::move(row));
    if (expressions.size() > kMaxExpressions) {
      return refused(index, recognizer.type, "patterns",
                     fmt::format("`{}` patterns and words are too many", expressions.size()),
                     fmt::format("at most {} in all recognizers", kMaxExpressions));
    }
  }
  auto compiled = PatternSet::compile(expressions);
  if (!compiled.ok()) {
    const custom::BadExpression& bad = compiled.error();
    const Member& member = rep->members[bad.index];
    const bool pattern = member.role == Role::kPattern;
    const CustomRecognizer& recognizer = recognizers[member.recognizer];
    const std::string value = pattern                      ? recognizer.patterns[member.index].regex
                              : member.role == Role::kDeny ? recognizer.deny_list[member.index]
                                                           : recognizer.context[member.index];
    return refused(
        member.recognizer, recognizer.type,
        fmt::format("{}[{}]{}", list_of(member.role), member.index, pattern ? ".regex" : ""),
        fmt::format("`{}`: {}", printable(value), printable(bad.message)),
        pattern ? "back references, lookaround and expressions that match the empty text "
                  "are not understood"
                : "a word of UTF-8, not empty");
  }
  rep->patterns = std::move(*compiled);
  CustomRecognizers made(std::move(rep));
  for (size_t index = 0; index < recognizers.size(); ++index) {
    if (auto tried = made.try_examples(index, recognizers[index]); !tried.ok()) {
      return std::move(tried).error();
    }
  }
  return made;
}

Result<> CustomRecognizers::try_examples(size_t index, const CustomRecognizer& recognizer) const {
  const auto is_found = [&](const std::string& example) {
    std::vector<CustomEntity> found;
    find(example, found);
    return std::ranges::any_of(
        found, [&](const CustomEntity& entity) { return entity.type == recognizer.type; });
  };
  for (size_t i = 0; i < recognizer.matches.size(); ++i) {
    if (!is_found(recognizer.matches[i])) {
      return refused(index, recognizer.type, fmt::format("examples.matches[{}]", i),
                     fmt::format("nothing is found in `{}`", printable(recognizer.matches[i])),
                     "change the pattern, the validator or the score, or correct the example");
    }
  }
  for (size_t i = 0; i < recognizer.non_matches.size(); ++i) {
    if (is_found(recognizer.non_matches[i])) {
      return refused(
          index, recognizer.type, fmt::format("examples.non_matches[{}]", i),
          fmt::format("something is found in `{}`", printable(recognizer.non_matches[i])),
          "make the pattern narrower, give it a validator, or correct the example");
    }
  }
  return ok();
}

}  // namespace sally::content
