#include "content/outflow/prompt_overlap.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/encoding.h"
#include "content/normalise/code_points.h"
#include "content/normalise/utf8.h"
#include "content/normalise/views.h"

namespace sally::content {
namespace {

constexpr uint64_t kSeed = 0xCBF29CE484222325U;
constexpr uint64_t kPrime = 0x100000001B3U;      // FNV-1a
constexpr uint64_t kBase = 0x9E3779B97F4A7C15U;  // of the rolling hash
constexpr double kLetterSize = 2.0 / 3;          // of a word
constexpr size_t kFilterBits = 16;

constexpr uint64_t power(uint64_t base, size_t exponent) {
  uint64_t out = 1;
  for (size_t i = 0; i < exponent; ++i) {
    out *= base;
  }
  return out;
}

// The small letter, of the scripts in which prompts have capitals.
uint32_t small(uint32_t code) {
  if ((code >= 0xC0 && code <= 0xDE && code != 0xD7) || (code >= 0x391 && code <= 0x3A9) ||
      (code >= 0x410 && code <= 0x42F)) {
    return code + 32;
  }
  if (code >= 0x400 && code <= 0x40F) {
    return code + 80;
  }
  return code;
}

uint64_t mixed(uint64_t hash) {
  hash ^= hash >> 32U;
  hash *= 0xD6E8FEB86659FD93U;
  return hash ^ hash >> 32U;
}

}  // namespace

struct PromptShingles {
  std::unordered_map<uint64_t, uint32_t> numbers;  // of each shingle, counted from 0
  std::vector<bool> filter = std::vector<bool>(size_t{1} << kFilterBits);
  double words = 0;
  OverlapThresholds thresholds;
};

void WordReader::letter(uint32_t code, uint64_t end) {
  hash_ = (hash_ ^ code) * kPrime;
  is_word_ |= !is_ascii_digit(code);
  end_ = end;
}

void WordReader::end_word(std::vector<Word>& out) {
  // Numbers alone are those of a list more often than a text's own.
  if (any_ && is_word_) {
    out.push_back({mixed(hash_), begin_, end_, false});
  }
  any_ = is_word_ = false;
}

void WordReader::character(uint32_t code, uint64_t begin, uint64_t end, std::vector<Word>& out) {
  const auto start = [&] {
    if (!any_) {
      any_ = true;
      begin_ = begin;
      hash_ = kSeed;
    }
  };
  if (code < 0x80) {
    if (is_ascii_alnum(code)) {
      start();
      letter(static_cast<uint8_t>(to_lower(static_cast<char>(code))), end);
    } else if (code != '\'') {
      end_word(out);
    }
    return;
  }
  if (code == 0x2019) {
    return;  // an apostrophe
  }
  const uint32_t low = small(code);
  const CodePoint point = CodePoints::get()[low];
  switch (point.action) {
    case Action::kFold:
    case Action::kLookalike:
    case Action::kLooseLookalike:
    case Action::kDigit:
      for (const char c : CodePoints::text_of(point)) {
        character(static_cast<uint8_t>(c), begin, end, out);
      }
      return;
    case Action::kIgnorable:
    case Action::kJoiner:
    case Action::kTag:
    case Action::kSelector:
      return;
    case Action::kPunctuation:
    case Action::kDigitPunctuation:
      end_word(out);
      return;
    case Action::kKeep:
      break;
  }
  switch (point.group) {
    case Group::kMark:
      return;
    case Group::kOther:
    case Group::kPictograph:
      end_word(out);
      return;
    case Group::kIdeographic:
    case Group::kSpaceless:
      end_word(out);
      out.push_back({mixed((kSeed ^ low) * kPrime), begin, end, true});
      return;
    case Group::kLatin:
    case Group::kGreek:
    case Group::kCyrillic:
    case Group::kForeign:
    case Group::kHebrew:
    case Group::kJoining:
      start();
      letter(low, end);
      return;
  }
}

void WordReader::read(std::string_view piece, std::vector<Word>& out) {
  for (const char c : piece) {
    const auto octet = static_cast<uint8_t>(c);
    const uint64_t at = at_++;
    if (pending_size_ > 0 && (octet & 0xC0U) != 0x80U) {
      pending_size_ = 0;  // it was no code point
      end_word(out);
    }
    if (octet < 0x80) {
      character(octet, at, at + 1, out);
      continue;
    }
    if (pending_size_ == 0 && octet < 0xC2) {
      end_word(out);
      continue;
    }
    pending_[pending_size_++] = c;
    const auto first = static_cast<uint8_t>(pending_[0]);
    const size_t whole = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (pending_size_ == whole) {
      const Decoded it = decode_utf8(std::string_view(pending_.data(), whole), 0);
      pending_size_ = 0;
      if (it.code == kInvalid) {
        end_word(out);
      } else {
        character(it.code, at + 1 - whole, at + 1, out);
      }
    }
  }
}

void WordReader::finish(std::vector<Word>& out) {
  end_word(out);
}

bool ShingleHash::push(const WordReader::Word& word) {
  constexpr std::array<size_t, 2> kSizes = {kWords, kLetters};
  constexpr std::array<uint64_t, 2> kPowers = {power(kBase, kWords), power(kBase, kLetters)};
  for (size_t i = 0; i < kSizes.size(); ++i) {
    const uint64_t gone =
        count_ >= kSizes[i] ? words_[(count_ - kSizes[i]) % words_.size()].hash : 0;
    rolling_[i] = rolling_[i] * kBase + word.hash - gone * kPowers[i];
  }
  words_[count_ % words_.size()] = word;
  ++count_;
  const size_t which = word.letter ? 1 : 0;
  if (count_ < kSizes[which]) {
    return false;
  }
  hash_ = mixed(rolling_[which]);
  begin_ = words_[(count_ - kSizes[which]) % words_.size()].begin;
  size_ = static_cast<double>(kSizes[which]) * (word.letter ? kLetterSize : 1);
  return true;
}

Result<PromptOverlap> PromptOverlap::create(std::string_view prompt,
                                            const OverlapThresholds& thresholds) {
  if (prompt.size() > kMaxPrompt) {
    return Error(ErrorKind::kUsage, fmt::format("a system prompt of {} octets is longer than {}",
                                                prompt.size(), kMaxPrompt));
  }
  auto made = std::make_shared<PromptShingles>();
  made->thresholds = thresholds;
  std::vector<WordReader::Word> words;
  WordReader reader;
  reader.read(prompt, words);
  reader.finish(words);
  ShingleHash hash;
  for (const WordReader::Word& word : words) {
    made->words += word.letter ? kLetterSize : 1;
    if (hash.push(word)) {
      made->numbers.try_emplace(hash.hash(), static_cast<uint32_t>(made->numbers.size()));
      made->filter[hash.hash() >> (64 - kFilterBits)] = true;
    }
  }
  return PromptOverlap(std::move(made));
}

size_t PromptOverlap::shingles() const {
  return prompt_->numbers.size();
}

Overlap PromptOverlap::measure(std::string_view text) const {
  return measure_views(text, Views::kAll);
}

Overlap PromptOverlap::measure_hidden(std::string_view text) const {
  return measure_views(text, Views::kHidden);
}

Overlap PromptOverlap::measure_views(std::string_view text, Views which) const {
  Overlap most;
  if (prompt_->numbers.empty()) {
    return most;
  }
  for_each_view(UntrustedText(text), ViewLimits{}, [&](const View& view) {
    const bool own = view.kind == ViewKind::kPlain;
    if (own && which == Views::kHidden) {
      return;
    }
    PromptOverlapStream stream(*this);
    stream.feed(own ? text : view.text.text());
    stream.finish();
    Overlap overlap = stream.overlap();
    if (!own) {
      const Span span = view.text.original(overlap.begin, overlap.end);
      overlap.begin = span.begin;
      overlap.end = span.end;
    }
    if (std::pair(overlap.leaks, overlap.run) > std::pair(most.leaks, most.run)) {
      most = overlap;
    }
  });
  return most;
}

PromptOverlapStream::PromptOverlapStream(const PromptOverlap& prompt)
    : prompt_(prompt.prompt_), seen_(prompt.prompt_->numbers.size()) {}

void PromptOverlapStream::feed(std::string_view piece) {
  reader_.read(piece, words_);
  for (const WordReader::Word& word : words_) {
    take(word);
  }
  words_.clear();
}

void PromptOverlapStream::finish() {
  reader_.finish(words_);
  for (const WordReader::Word& word : words_) {
    take(word);
  }
  words_.clear();
}

void PromptOverlapStream::take(const WordReader::Word& word) {
  if (!hash_.push(word)) {
    return;
  }
  if (!prompt_->filter[hash_.hash() >> (64 - kFilterBits)]) {
    run_ = 0;
    return;
  }
  const auto found = prompt_->numbers.find(hash_.hash());
  if (found == prompt_->numbers.end()) {
    run_ = 0;
    return;
  }
  if (run_ == 0) {
    run_ = hash_.size();
    run_begin_ = hash_.begin();
  } else {
    run_ += word.letter ? kLetterSize : 1;
  }
  if (!seen_[found->second]) {
    seen_[found->second] = true;
    ++seen_count_;
    overlap_.ratio = static_cast<double>(seen_count_) / static_cast<double>(seen_.size());
  }
  if (run_ > overlap_.run) {
    overlap_.run = run_;
    overlap_.begin = run_begin_;
    overlap_.end = word.end;
  }
  const OverlapThresholds& limits = prompt_->thresholds;
  constexpr double kSlack = 0.5;  // sums of thirds
  overlap_.leaks = overlap_.leaks || overlap_.run + kSlack >= limits.run ||
                   (overlap_.ratio >= limits.ratio &&
                    overlap_.run + kSlack >= std::min(limits.least, prompt_->words));
}

}  // namespace sally::content
