#include "ledger/event_query.h"

#include <algorithm>

#include "base/encoding.h"

namespace sally::ledger {
namespace {

constexpr std::string_view kAllChanges = "all";

constexpr bool in_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         static_cast<unsigned char>(c) >= 0x80;
}

void add_words(std::vector<std::string>& out, std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    if (!in_word(text[at])) {
      ++at;
      continue;
    }
    size_t end = at;
    while (end < text.size() && in_word(text[end])) {
      ++end;
    }
    std::string& word = out.emplace_back(text.substr(at, std::min(end - at, kWordBytes)));
    std::ranges::transform(word, word.begin(), to_lower);
    at = end;
  }
}

std::vector<std::string> distinct(std::vector<std::string> words) {
  std::ranges::sort(words);
  const auto rest = std::ranges::unique(words);
  words.erase(rest.begin(), rest.end());
  return words;
}

void add_words(std::vector<std::string>& out, const AccessEvent& event) {
  for (const std::string_view text :
       {std::string_view(event.path), std::string_view(event.source),
        std::string_view(event.principal), std::string_view(event.principal_name),
        std::string_view(event.team), std::string_view(event.route), std::string_view(event.action),
        std::string_view(event.model), std::string_view(event.upstream),
        std::string_view(event.upstream_model), std::string_view(event.tool),
        std::string_view(event.grants)}) {
    add_words(out, text);
  }
  if (event.policy) {
    for (const std::string& policy : event.policy->determining) {
      add_words(out, policy);
    }
  }
  if (event.refusal) {
    for (const std::string_view text :
         {name_of(event.refusal->stage), row_of(event.refusal->kind).name,
          std::string_view(event.refusal->rule), std::string_view(event.refusal->seen),
          std::string_view(event.refusal->expected), std::string_view(event.refusal->hint)}) {
      add_words(out, text);
    }
  }
  for (const Finding& finding : event.findings) {
    add_words(out, finding.inspector);
    add_words(out, finding.rule);
    add_words(out, finding.place);
  }
}

void add_words(std::vector<std::string>& out, const ChangeEvent& event) {
  for (const std::string& text : {event.what, event.target, event.who, event.from, event.before,
                                  event.after, event.reason, event.failure}) {
    add_words(out, text);
  }
}

void add_words(std::vector<std::string>& out, const NoticeEvent& event) {
  add_words(out, row_of(event.notice).name);
  add_words(out, row_of(event.notice).title);
  add_words(out, event.detail);
}

void add_words(std::vector<std::string>&, const OtherEvent&) {}
void add_words(std::vector<std::string>& out, const RecordedEvent& event) {
  add_words(out, event.event);
}

EventFacts facts(const RecordedEvent& recorded) {
  const AccessEvent& event = recorded.event;
  EventFacts out{.kind = EventKind::kAccess,
                 .time = event.time,
                 .principal = event.principal,
                 .principal_name = event.principal_name,
                 .model = event.model,
                 .route = event.route,
                 .action = event.action,
                 .outcome = event.outcome,
                 .status = event.status};
  for (const Finding& finding : event.findings) {
    if (!std::ranges::count(out.findings, finding.rule)) {
      out.findings.emplace_back(finding.rule);
    }
  }
  return out;
}
EventFacts facts(const ChangeEvent& event) {
  return {.kind = EventKind::kChange,
          .time = event.time,
          .principal = event.who,
          .action = event.what,
          .outcome = event.failure.empty() ? Outcome::kAllowed : Outcome::kFailed};
}
EventFacts facts(const NoticeEvent& event) {
  return {.kind = EventKind::kNotice, .time = event.time, .findings = {row_of(event.notice).name}};
}
EventFacts facts(const OtherEvent& event) {
  return {.kind = EventKind::kOther, .time = event.time};
}

}  // namespace

EventFacts facts_of(const AnyEvent& event) {
  return std::visit([](const auto& one) { return facts(one); }, event);
}

std::vector<std::string> words_of(const AnyEvent& event) {
  std::vector<std::string> out;
  std::visit([&out](const auto& one) { add_words(out, one); }, event);
  return distinct(std::move(out));
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> out;
  add_words(out, text);
  return distinct(std::move(out));
}

bool names_change(std::string_view asked, std::string_view what) {
  return asked == kAllChanges || asked == what ||
         (what.starts_with(asked) && what.substr(asked.size()).starts_with('.'));
}

bool matches(const EventQuery& query, const AnyEvent& event) {
  const EventFacts found = facts_of(event);
  const auto is = [](const std::string& asked, std::string_view value) {
    return asked.empty() || asked == value;
  };
  if ((query.since && found.time < *query.since) || (query.until && found.time >= *query.until) ||
      !(is(query.principal, found.principal) || is(query.principal, found.principal_name)) ||
      !is(query.model, found.model) || !is(query.route, found.route) ||
      !is(query.action, found.action) || (query.outcome && query.outcome != found.outcome) ||
      (query.status && query.status != found.status)) {
    return false;
  }
  if (!query.finding.empty() && !std::ranges::count(found.findings, query.finding)) {
    return false;
  }
  if (!query.change.empty() &&
      (found.kind != EventKind::kChange || !names_change(query.change, found.action))) {
    return false;
  }
  if (query.text.empty()) {
    return true;
  }
  return std::ranges::includes(words_of(event), words_of(query.text));
}

}  // namespace sally::ledger
