#include "content/attack/train/words.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <unordered_map>

#include "content/attack/features.h"
#include "content/attack/train/learner.h"
#include "content/normalise/normalized_text.h"

namespace sally::content::attack {
namespace {

struct Meaning {
  std::string_view name;
  std::string_view words;
};

constexpr auto kAll = std::to_array<Meaning>({
#define SALLY_MEANING(name, words) {#name, words},
#include "content/attack/train/lexicon.def"
#undef SALLY_MEANING
});
static_assert(kAll.size() < kMeanings);

constexpr uint32_t kFewestSources = 2;

// The keys of a word's characters where it is Han, Kana or Hangul, of its words where it has some.
struct KeyReader {
  std::string_view text;
  std::vector<uint32_t> keys;
  void feature(uint32_t /*hash*/, unsigned /*words*/) {}
  void known(uint32_t /*place*/) {}
  void token(size_t begin, size_t end) {
    const std::string_view token = text.substr(begin, end - begin);
    const Sign sign = internal::sign_at(token, 0);
    if (sign.kind != SignKind::kMark) {
      keys.push_back(sign.kind == SignKind::kIdeograph ? sign.code * internal::kStep
                                                       : key_of_word(token));
    }
  }
};

KnownWord meaning_of(std::string_view word, uint8_t meaning) {
  std::string text(word);
  std::ranges::replace(text, '_', ' ');
  const NormalizedText normal = normalise(UntrustedText(text));
  KeyReader reader{normal.text(), {}};
  const Vocabulary none;
  FeatureReader(normal.text(), none, reader).run();
  KnownWord out;
  out.meaning = meaning;
  out.count = 1;
  if (reader.keys.empty() || reader.keys.size() > 3) {
    return out;
  }
  out.key = reader.keys[0];
  out.is_pair = reader.keys.size() > 1 ? 1 : 0;
  for (size_t i = 1; i < reader.keys.size(); ++i) {
    out.key = key_of_pair(out.key, reader.keys[i]);
  }
  return out;
}

// What is known of a word of the corpus while it is read.
struct Seen {
  uint32_t texts = 0;
  uint32_t last_text = 0;
  uint16_t sources = 0;
  uint16_t last_source = 0;
  // Its spelling, by majority vote (Boyer and Moore 1981).
  std::string spelling;
  uint32_t votes = 0;
};

class Counter {
 public:
  void read(std::string_view text, uint32_t number, uint16_t source) {
    text_ = text;
    number_ = number;
    source_ = source;
    FeatureReader(text, none_, *this).run();
  }
  void feature(uint32_t /*hash*/, unsigned /*words*/) {}
  void known(uint32_t /*place*/) {}
  void token(size_t begin, size_t end) {
    const std::string_view word = text_.substr(begin, end - begin);
    if (internal::sign_at(word, 0).kind != SignKind::kWord) {
      return;
    }
    std::string spelling(word);
    for (char& c : spelling) {
      c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    }
    Seen& seen = seen_[key_of_word(spelling)];
    if (seen.last_text != number_) {
      seen.last_text = number_;
      ++seen.texts;
    }
    if (seen.last_source != source_) {
      seen.last_source = source_;
      ++seen.sources;
    }
    if (seen.votes == 0) {
      seen.spelling = spelling;
    }
    seen.votes = seen.spelling == spelling ? seen.votes + 1 : seen.votes - 1;
  }
  [[nodiscard]] const std::unordered_map<uint32_t, Seen>& seen() const { return seen_; }

 private:
  Vocabulary none_;
  std::string_view text_;
  uint32_t number_ = 0;
  uint16_t source_ = 0;
  std::unordered_map<uint32_t, Seen> seen_;
};

}  // namespace

Words words_of(std::span<const Example* const> examples, uint32_t bits) {
  std::map<std::string_view, std::vector<const Example*>> sources;
  for (const Example* const example : examples) {
    sources[example->source].push_back(example);
  }
  Counter counter;
  uint32_t number = 0;
  uint16_t source = 0;
  for (const auto& [name, texts] : sources) {
    ++source;
    for (const Example* const example : texts) {
      const std::string_view text = std::string_view(example->text).substr(0, kMostOctets);
      counter.read(normalise(UntrustedText(text)).text(), ++number, source);
    }
  }
  Words out{Vocabulary(bits), {}};
  std::map<uint32_t, std::string_view> spelled;  // of lexicon words without pieces of their own
  for (size_t i = 0; i < kAll.size(); ++i) {
    std::string_view rest = kAll[i].words;
    while (!rest.empty()) {
      const std::string_view word = rest.substr(0, rest.find(' '));
      rest.remove_prefix(std::min(word.size() + 1, rest.size()));
      if (!word.empty()) {
        const KnownWord known = meaning_of(word, static_cast<uint8_t>(i + 1));
        out.vocabulary.add(known);
        if (known.is_pair == 0) {
          spelled.emplace(known.key, word);
        }
      }
    }
  }
  std::vector<std::pair<uint32_t, const Seen*>> frequent;
  for (const auto& [key, seen] : counter.seen()) {
    if (seen.sources >= kFewestSources) {
      frequent.emplace_back(key, &seen);
    }
  }
  std::ranges::sort(frequent, [](const auto& a, const auto& b) {
    return std::tuple(a.second->sources, a.second->texts, a.first) >
           std::tuple(b.second->sources, b.second->texts, b.first);
  });
  for (const auto& [key, seen] : frequent) {
    KnownWord word;
    word.key = key;
    if (!out.vocabulary.add(word)) {
      break;
    }
    spelled[key] = seen->spelling;
  }
  out.features.resize(out.vocabulary.places().size());
  for (uint32_t at = 0; at < out.features.size(); ++at) {
    KnownWord& word = out.vocabulary[at];
    if (word.key == 0) {
      continue;
    }
    if (word.is_pair == 0) {
      own_features_of(spelled[word.key], out.features[at]);
    }
    if (word.meaning != 0) {
      out.features[at].push_back(feature_of_meaning(word.meaning));
    }
    uint32_t count = 0;
    for (const uint32_t hash : out.features[at]) {
      count += square_of(hash);
    }
    word.count = static_cast<uint8_t>(std::min(count, 255U));
  }
  return out;
}

}  // namespace sally::content::attack
