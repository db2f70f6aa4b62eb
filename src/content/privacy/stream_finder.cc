#include "content/privacy/stream_finder.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace sally::content {
namespace {

// Of what is held when it must be decided, so much at least stays as the context of what is not.
constexpr size_t kStays = 48;
constexpr std::string_view kKeyBegins = "-----BEGIN ";
constexpr std::string_view kKeyNamed = "PRIVATE KEY";
constexpr std::string_view kKeyEnds = "-----END ";
constexpr size_t kDashes = 5;
constexpr float kLongScore = 0.9F;  // of a key or a token that is too long to be seen whole
constexpr std::string_view kTokenBegins = "eyJ";  // `{"` in base64: a JWT

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}
bool is_lower(char c) {
  return (c >= 'a' && c <= 'z') || (static_cast<uint8_t>(c) & 0x80U) != 0;
}
// What a value that goes on cannot hold.
bool ends_value(char c) {
  return is_space(c) || c == '"' || c == '\'' || c == '`' || c == '<' || c == '>';
}

// The word that ends at `end`, without marks behind it.
std::string_view word_before(std::string_view text, size_t end) {
  size_t begin = end;
  while (begin > 0 && !is_space(text[begin - 1])) {
    --begin;
  }
  return text.substr(begin, end - begin);
}
bool is_plain_word(std::string_view word, size_t least) {
  return word.size() >= least && std::ranges::all_of(word, is_lower);
}

// Sentences of scripts that put no space behind them: the ideographic comma and full stop, and
// those of full width.
constexpr std::array<std::string_view, 5> kWideMarks = {"、", "。", "，", "！", "？"};

// Whether a segment ends before `at`: behind a sentence, a clause or a line that ends with a plain
// word, which no name, number or address goes on from.
bool ends_segment(std::string_view text, size_t at) {
  const std::string_view before = text.substr(0, at);
  if (std::ranges::any_of(kWideMarks, [&](auto mark) { return before.ends_with(mark); })) {
    return true;
  }
  if (is_space(text[at]) || !is_space(text[at - 1])) {
    return false;
  }
  size_t end = at;
  size_t lines = 0;
  while (end > 0 && is_space(text[end - 1])) {
    --end;
    lines += text[end] == '\n' ? 1U : 0U;
  }
  if (end == 0 || lines >= 2) {
    return lines >= 2;
  }
  constexpr size_t kLongEnough = 3;  // shorter ones may be abbreviations
  const char mark = text[end - 1];
  if (mark == '.' || mark == '!' || mark == '?') {
    return is_plain_word(word_before(text, end - 1), kLongEnough);
  }
  if (mark == ',' || mark == ';' || mark == ':') {
    return is_lower(text[at]) && is_plain_word(word_before(text, end - 1), 2);
  }
  return lines == 1 && is_lower(text[at]) && is_plain_word(word_before(text, end), 2);
}

// A key or token that began and is not over: the finder cannot know it yet.
struct Begun {
  size_t begin;
  std::string_view rule;
  bool is_key;
};
std::optional<Begun> begun_in(std::string_view text) {
  const size_t key = text.rfind(kKeyBegins);
  if (key != std::string_view::npos) {
    const std::string_view rest = text.substr(key);
    if (rest.find(kKeyNamed) != std::string_view::npos &&
        rest.find(kKeyEnds) == std::string_view::npos) {
      return Begun{key, "private-key", true};
    }
  }
  size_t word = text.size();
  while (word > 0 && !ends_value(text[word - 1])) {
    --word;
  }
  const size_t token = text.find(kTokenBegins, word);
  if (token != std::string_view::npos) {
    return Begun{token, "jwt", false};
  }
  return std::nullopt;
}

}  // namespace

void StreamFinder::feed(std::string_view piece, std::vector<Found>& out) {
  while (!piece.empty()) {
    if (open_) {
      piece.remove_prefix(swallow(piece, out));
      continue;
    }
    const size_t room = kMostHeld - (text_.size() - start_);
    const std::string_view part = piece.substr(0, room);
    text_.append(part);
    piece.remove_prefix(part.size());
    for (searched_ = std::max(searched_, start_ + 1); searched_ < text_.size(); ++searched_) {
      if (ends_segment(text_, searched_)) {
        decide(searched_, out);
        searched_ = start_;
      }
    }
    if (text_.size() - start_ == kMostHeld) {
      force(out);
    }
  }
}

void StreamFinder::finish(std::vector<Found>& out) {
  if (!open_) {
    decide(text_.size(), out);
  }
}

size_t StreamFinder::swallow(std::string_view piece, std::vector<Found>& out) {
  size_t size = 0;
  bool over = false;
  for (; size < piece.size() && !over; ++size) {
    const char c = piece[size];
    if (!open_->is_key) {
      over = ends_value(c);
      size -= over ? 1U : 0U;
      continue;
    }
    if (open_->tail.ends_with(kKeyEnds)) {
      open_->dashes = c == '-' ? open_->dashes + 1 : 0;
      over = open_->dashes == kDashes;
      continue;
    }
    open_->tail += c;
    if (open_->tail.size() > kKeyEnds.size()) {
      open_->tail.erase(0, 1);
    }
  }
  if (size > 0) {
    Found found = open_->found;
    found.begin = fed();
    found.end = found.begin + size;
    found.goes_on = true;
    out.push_back(std::move(found));
  }
  base_ += text_.size() + size;
  text_.clear();
  start_ = searched_ = 0;
  if (over) {
    open_.reset();
  }
  return size;
}

void StreamFinder::take(Found found, size_t end, std::vector<Found>& out) {
  found.begin = std::max(found.begin, start_);
  found.end = std::min(found.end, end);
  if (found.begin < found.end) {
    found.begin += base_;
    found.end += base_;
    out.push_back(std::move(found));
  }
}

void StreamFinder::let_go(size_t end) {
  size_t drop = end > kContext ? end - kContext : 0;
  while (drop > 0 && (static_cast<uint8_t>(text_[drop]) & 0xC0U) == 0x80U) {
    --drop;
  }
  text_.erase(0, drop);
  base_ += drop;
  start_ = end - drop;
  searched_ = start_;
}

void StreamFinder::decide(size_t end, std::vector<Found>& out) {
  for (Found& found : finder_.find(std::string_view(text_).substr(0, end))) {
    take(std::move(found), end, out);
  }
  let_go(end);
}

void StreamFinder::force(std::vector<Found>& out) {
  std::vector<Found> all = finder_.find(text_);
  if (const auto begun = begun_in(std::string_view(text_).substr(start_))) {
    const size_t begin = start_ + begun->begin;
    std::erase_if(all, [begin](const Found& found) { return found.end > begin; });
    all.push_back({.begin = begin,
                   .end = text_.size(),
                   .type = kSecretType,
                   .rule = std::string(begun->rule),
                   .score = kLongScore,
                   .severity = Severity::kCritical,
                   .plain = true});
    open_ = Open{.found = all.back(), .is_key = begun->is_key, .tail = {}, .dashes = 0};
  } else if (!all.empty() && all.back().end == text_.size() && all.back().begin <= start_) {
    open_ = Open{.found = all.back(), .is_key = false, .tail = {}, .dashes = 0};
  }
  if (open_) {
    for (Found& found : all) {
      take(std::move(found), text_.size(), out);
    }
    let_go(text_.size());
    return;
  }
  // Behind the last word that leaves some context and lies in no finding; in one long word
  // anywhere.
  const auto in_finding = [&all](size_t at) {
    return std::ranges::any_of(
        all, [at](const Found& found) { return found.begin < at && at < found.end; });
  };
  size_t end = text_.size() - kStays;
  while (end > start_ && (in_finding(end) || !is_space(text_[end - 1]) || is_space(text_[end]))) {
    --end;
  }
  if (end == start_) {
    end = text_.size() - kStays;
    const auto around =
        std::ranges::find_if(all, [end](const Found& found) { return end < found.end; });
    if (around != all.end() && around->begin < end) {
      end = around->begin > start_ ? around->begin : around->end;
    }
    while ((static_cast<uint8_t>(text_[end]) & 0xC0U) == 0x80U && end > start_ + 1) {
      --end;
    }
    // What may be a placeholder stays whole: nobody else need hold its beginning.
    const size_t open = text_.rfind('[', end - 1);
    if (open != std::string::npos && open > start_ && text_.find(']', open) >= end) {
      end = open;
    }
  }
  for (Found& found : all) {
    take(std::move(found), end, out);
  }
  let_go(end);
}

}  // namespace sally::content
