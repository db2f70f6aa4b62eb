#include "content/anonymise/restorer.h"

#include <algorithm>

#include "formats/json/writer.h"

namespace sally::content::anonymise {
namespace {

static_assert(kLongestPlaceholder <= Restorer::kMostHeld);
static_assert(Exchange::kLongestSurrogate <= Restorer::kMostHeld);

// Part of a word or of a number: a surrogate does not begin or end inside one.
bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         (static_cast<unsigned char>(c) & 0x80U) != 0;
}

std::string_view text_of(const Surrogate* surrogate) {
  return surrogate->text;
}

}  // namespace

Restorer::Restorer(Exchange& exchange, Writing writing) : exchange_(exchange), writing_(writing) {
  starts_['['] = exchange.vault() != nullptr;
  starts_['\\'] = exchange.vault() != nullptr;
  for (const Surrogate& surrogate : exchange.surrogates()) {
    surrogates_.push_back(&surrogate);
    starts_[static_cast<unsigned char>(surrogate.text[0])] = true;
  }
  std::ranges::sort(surrogates_, {}, text_of);
}

void Restorer::feed(std::string_view piece, std::string& out) {
  if (held_.empty()) {
    held_ = piece.substr(work(piece, false, out));
    return;
  }
  held_ += piece;
  held_.erase(0, work(held_, false, out));
}

void Restorer::finish(std::string& out) {
  work(held_, true, out);
  held_.clear();
  before_ = ' ';
}

size_t Restorer::work(std::string_view text, bool last, std::string& out) {
  size_t plain = 0;  // from here on octets go out as they are
  size_t at = 0;
  while (at < text.size()) {
    if (!starts_[static_cast<unsigned char>(text[at])]) {
      ++at;
      continue;
    }
    const Step step = look(text, at, last);
    if (step.kind == Step::Kind::kPlain) {
      ++at;
      continue;
    }
    if (step.kind == Step::Kind::kWait) {
      break;
    }
    out += text.substr(plain, at - plain);
    append(step.value, out);
    ++restored_;
    at += step.length;
    plain = at;
  }
  out += text.substr(plain, at - plain);
  if (at > 0) {
    before_ = text[at - 1];
  }
  return at;
}

Restorer::Step Restorer::look(std::string_view text, size_t at, bool last) {
  const char first = text[at];
  if (exchange_.vault() != nullptr && (first == '[' || first == '\\')) {
    PlaceholderMatch match = match_placeholder(text.substr(at), writing_);
    if (match.state == PlaceholderMatch::State::kMore && !last) {
      return {.kind = Step::Kind::kWait};
    }
    if (match.state == PlaceholderMatch::State::kYes) {
      if (auto value = exchange_.restore(match.placeholder)) {
        value_ = std::move(*value);
        return {Step::Kind::kReplace, match.length, value_.reveal()};
      }
    }
  }
  return look_for_surrogate(text, at, last);
}

Restorer::Step Restorer::look_for_surrogate(std::string_view text, size_t at, bool last) const {
  const char before = at == 0 ? before_ : text[at - 1];
  if (is_word(before) && is_word(text[at])) {
    return {};
  }
  const std::string_view rest = text.substr(at);
  const auto range =
      std::ranges::equal_range(surrogates_, rest.substr(0, 1), {},
                               [](const Surrogate* s) { return text_of(s).substr(0, 1); });
  // A longer one sorts behind a shorter one that begins it.
  for (auto next = range.end(); next != range.begin();) {
    const std::string_view candidate = text_of(*--next);
    if (rest.size() <= candidate.size() && candidate.starts_with(rest) && !last) {
      return {.kind = Step::Kind::kWait};  // for its end, or for what follows it
    }
    if (rest.starts_with(candidate) &&
        (rest.size() == candidate.size() || !is_word(rest[candidate.size()]) ||
         !is_word(candidate.back()))) {
      return {Step::Kind::kReplace, candidate.size(), (*next)->value.reveal()};
    }
  }
  return {};
}

void Restorer::append(std::string_view value, std::string& out) const {
  if (writing_ == Writing::kText) {
    out += value;
    return;
  }
  std::string quoted;
  formats::append_json_string(quoted, value);
  out += std::string_view(quoted).substr(1, quoted.size() - 2);
  wipe(std::as_writable_bytes(std::span(quoted.data(), quoted.size())));
}

std::string restore(Exchange& exchange, std::string_view text, Writing writing) {
  std::string out;
  Restorer restorer(exchange, writing);
  restorer.feed(text, out);
  restorer.finish(out);
  return out;
}

}  // namespace sally::content::anonymise
