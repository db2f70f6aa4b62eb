#include "app/admin/members.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "base/encoding.h"
#include "base/text.h"
#include "formats/json/document.h"

namespace sally::app {
namespace {

using formats::JsonValue;

Error wrong(std::string_view name, std::string what, std::string hint = {}) {
  return Error(ErrorKind::kInvalidInput, fmt::format("`{}`: {}", printable(name), what),
               std::move(hint));
}

Result<std::string> checked_text(const Member& member, std::string_view text) {
  const size_t most = member.most == 0 ? kMostText : member.most;
  if (text.size() > most) {
    return wrong(member.name, fmt::format("longer than {} bytes", most));
  }
  if (printable(text, most) != text) {
    return wrong(member.name, "holds control characters, or is no UTF-8");
  }
  if (member.needed == Needed::kMust && text.empty()) {
    return wrong(member.name, "empty");
  }
  return std::string(text);
}

Result<uint64_t> checked_number(const Member& member, uint64_t number) {
  if (member.most != 0 && number > member.most) {
    return wrong(member.name, fmt::format("more than {}", member.most));
  }
  return number;
}

Error missing(const Member& member) {
  return wrong(member.name, "missing", std::string(member.help));
}

std::string names_of(std::span<const Member> members) {
  std::vector<std::string_view> names;
  for (const Member& member : members) {
    names.push_back(member.name);
  }
  return names.empty() ? std::string("there are none here")
                       : fmt::format("there are: {}", fmt::join(names, ", "));
}

// In a query a `+` is a space.
Result<std::string> decode_component(std::string_view text) {
  std::string spaced(text);
  std::ranges::replace(spaced, '+', ' ');
  return percent_decode(spaced);
}

}  // namespace

std::vector<std::string_view> choices_of(const Member& member) {
  std::vector<std::string_view> out;
  for (std::string_view rest = member.of; !rest.empty();) {
    const size_t end = std::min(rest.find('|'), rest.size());
    out.push_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return out;
}

Result<std::string> percent_decode(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const auto octet = from_hex(text.substr(i + 1, 2));
    if (!octet || octet->size() != 1) {
      return Error(ErrorKind::kInvalidInput, "a percent sign without two hexadecimal digits");
    }
    out += static_cast<char>((*octet)[0]);
    i += 2;
  }
  return out;
}

Result<> Arguments::read_one(const Member& member, std::string_view text) {
  const auto put = [&](Value value) {
    values_.insert_or_assign(std::string(member.name), std::move(value));
    return ok();
  };
  switch (member.type) {
    case MemberType::kText: {
      TRY(std::string checked, checked_text(member, text));
      return put(std::move(checked));
    }
    case MemberType::kChoice: {
      const auto choices = choices_of(member);
      if (std::ranges::find(choices, text) == choices.end()) {
        return wrong(member.name, fmt::format("`{}` is none of them", printable(text)),
                     fmt::format("one of {}", fmt::join(choices, ", ")));
      }
      return put(std::string(text));
    }
    case MemberType::kNumber: {
      uint64_t number = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
      if (error != std::errc() || end != text.data() + text.size()) {
        return wrong(member.name, "no whole number");
      }
      TRY(const uint64_t checked, checked_number(member, number));
      return put(checked);
    }
    case MemberType::kFlag:
      if (text != "true" && text != "false") {
        return wrong(member.name, "neither `true` nor `false`");
      }
      return put(text == "true");
    case MemberType::kTime: {
      const auto time = parse_time(text);
      return time ? put(*time) : wrong(member.name, "no time", "such as 2026-11-21T18:00:00Z");
    }
    case MemberType::kDuration: {
      const auto span = parse_duration(text);
      return span ? put(*span) : wrong(member.name, "no duration", "such as 10m");
    }
    case MemberType::kTexts:
    case MemberType::kObject:
    case MemberType::kObjects:
      break;
  }
  return wrong(member.name, "cannot stand here");
}

Result<> Arguments::read_body(std::string_view body, std::span<const Member> members) {
  TRY(const auto document,
      formats::JsonDocument::parse(body.empty() && members.empty() ? "{}" : body));
  TRY(const JsonValue root, document.root().as_object());
  for (const JsonValue given : root) {
    const auto found = std::ranges::find(members, given.name(), &Member::name);
    if (found == members.end()) {
      return wrong(given.name(), "no such member", names_of(members));
    }
    const Member& member = *found;
    if (member.type == MemberType::kTexts) {
      TRY(const JsonValue array, given.as_array());
      std::vector<std::string> texts;
      for (const JsonValue one : array) {
        TRY(const std::string_view text, one.as_string());
        TRY(std::string checked, checked_text(member, text));
        texts.push_back(std::move(checked));
        if (texts.size() > kMostTexts) {
          return wrong(member.name, fmt::format("more than {} elements", kMostTexts));
        }
      }
      values_.insert_or_assign(std::string(member.name), std::move(texts));
    } else if (member.type == MemberType::kNumber) {
      TRY(const uint64_t number, given.as_uint64());
      TRY(const uint64_t checked, checked_number(member, number));
      values_.insert_or_assign(std::string(member.name), checked);
    } else if (member.type == MemberType::kFlag) {
      TRY(const bool flag, given.as_bool());
      values_.insert_or_assign(std::string(member.name), flag);
    } else {
      TRY(const std::string_view text, given.as_string());
      TRY_OK(read_one(member, text));
    }
  }
  for (const Member& member : members) {
    if (member.needed == Needed::kMust && !values_.contains(member.name)) {
      return missing(member);
    }
  }
  return ok();
}

Result<> Arguments::read_query(std::string_view query, std::span<const Member> members) {
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const size_t equals = std::min(pair.find('='), pair.size());
    TRY(const std::string name, decode_component(pair.substr(0, equals)));
    TRY(const std::string value, decode_component(pair.substr(std::min(equals + 1, pair.size()))));
    const auto member = std::ranges::find(members, name, &Member::name);
    if (member == members.end()) {
      return wrong(name, "no such parameter", names_of(members));
    }
    if (values_.contains(name)) {
      return wrong(name, "given twice");
    }
    TRY_OK(read_one(*member, value));
  }
  for (const Member& member : members) {
    if (member.needed == Needed::kMust && !values_.contains(member.name)) {
      return missing(member);
    }
  }
  return ok();
}

template <typename T>
const T* Arguments::find(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? nullptr : std::get_if<T>(&found->second);
}

const std::string& Arguments::text(std::string_view name) const {
  static const std::string kNone;
  const auto* found = find<std::string>(name);
  return found == nullptr ? kNone : *found;
}

const std::vector<std::string>& Arguments::texts(std::string_view name) const {
  static const std::vector<std::string> kNone;
  const auto* found = find<std::vector<std::string>>(name);
  return found == nullptr ? kNone : *found;
}

std::optional<uint64_t> Arguments::number(std::string_view name) const {
  const auto* found = find<uint64_t>(name);
  return found == nullptr ? std::nullopt : std::optional(*found);
}

bool Arguments::flag(std::string_view name) const {
  const auto* found = find<bool>(name);
  return found != nullptr && *found;
}

std::optional<WallTime> Arguments::time(std::string_view name) const {
  const auto* found = find<WallTime>(name);
  return found == nullptr ? std::nullopt : std::optional(*found);
}

std::optional<Millis> Arguments::duration(std::string_view name) const {
  const auto* found = find<Millis>(name);
  return found == nullptr ? std::nullopt : std::optional(*found);
}

}  // namespace sally::app
