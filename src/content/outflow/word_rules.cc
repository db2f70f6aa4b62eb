#include "content/outflow/word_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <unordered_map>

#include "base/text.h"
#include "content/normalise/views.h"
#include "content/outflow/prompt_overlap.h"

namespace sally::content {

// Phrases as paths of words from the root, which is node 0.
struct WordTree {
  struct End {
    uint32_t rule;
    bool allows;
  };
  struct Node {
    std::unordered_map<uint64_t, uint32_t> next;  // by the hash of a word
    std::vector<End> ends;
  };
  std::vector<Node> nodes = std::vector<Node>(1);

  void add(const std::vector<WordReader::Word>& words, End end) {
    uint32_t at = 0;
    for (const WordReader::Word& word : words) {
      const auto [next, fresh] =
          nodes[at].next.try_emplace(word.hash, static_cast<uint32_t>(nodes.size()));
      at = next->second;
      if (fresh) {
        nodes.emplace_back();
      }
    }
    nodes[at].ends.push_back(end);
  }
};

namespace {

std::vector<WordReader::Word> words_of(std::string_view text) {
  std::vector<WordReader::Word> out;
  WordReader reader;
  reader.read(text, out);
  reader.finish(out);
  return out;
}

bool in_order(const FoundWord& a, const FoundWord& b) {
  return std::tie(a.begin, a.end, a.rule) < std::tie(b.begin, b.end, b.rule);
}

// Follows the phrases of one text. A denied phrase is told once nothing can allow it any more.
class PhraseFollower {
 public:
  explicit PhraseFollower(const WordTree& tree) : tree_(tree) {}

  void read(std::string_view piece, std::vector<FoundWord>& out) {
    reader_.read(piece, words_);
    fed_ += piece.size();
    take_all(out);
  }
  void finish(std::vector<FoundWord>& out) {
    reader_.finish(words_);
    take_all(out);
    paths_.clear();
    tell(out);
  }
  // Where the earliest phrase began that is not decided.
  [[nodiscard]] uint64_t decided() const {
    uint64_t from = reader_.word_in_progress().value_or(fed_);
    for (const Path& path : paths_) {
      from = std::min(from, path.begin);
    }
    for (const FoundWord& one : denied_) {
      from = std::min(from, one.begin);
    }
    return from;
  }

 private:
  struct Path {
    uint32_t node;
    uint64_t begin;
  };

  void take_all(std::vector<FoundWord>& out) {
    for (const WordReader::Word& word : words_) {
      take(word);
      tell(out);
    }
    words_.clear();
  }

  void take(const WordReader::Word& word) {
    paths_.push_back({0, word.begin});
    size_t kept = 0;
    for (const Path& path : paths_) {
      const auto next = tree_.nodes[path.node].next.find(word.hash);
      if (next == tree_.nodes[path.node].next.end()) {
        continue;
      }
      const WordTree::Node& node = tree_.nodes[next->second];
      for (const WordTree::End& end : node.ends) {
        (end.allows ? allowed_ : denied_).push_back({path.begin, word.end, end.rule});
      }
      paths_[kept++] = {next->second, path.begin};
    }
    paths_.resize(kept);
  }

  void tell(std::vector<FoundWord>& out) {
    if (denied_.empty() && allowed_.empty()) {
      return;
    }
    const auto covered = [this](const FoundWord& one) {
      return std::ranges::any_of(allowed_, [&](const FoundWord& by) {
        return by.rule == one.rule && by.begin <= one.begin && one.end <= by.end;
      });
    };
    std::erase_if(denied_, [&](const FoundWord& one) {
      if (covered(one)) {
        return true;
      }
      if (std::ranges::any_of(paths_, [&](const Path& path) { return path.begin <= one.begin; })) {
        return false;
      }
      out.push_back(one);
      return true;
    });
    // What allows is of use while something may begin in it.
    const uint64_t from = decided();
    std::erase_if(allowed_, [from](const FoundWord& one) { return one.end <= from; });
  }

  const WordTree& tree_;
  WordReader reader_;
  uint64_t fed_ = 0;
  std::vector<WordReader::Word> words_;  // empty between calls
  std::vector<Path> paths_;              // at most kMostWords
  std::vector<FoundWord> denied_;        // but perhaps allowed
  std::vector<FoundWord> allowed_;
};

}  // namespace

Result<WordRules> WordRules::create(const std::vector<WordRule>& rules) {
  auto tree = std::make_shared<WordTree>();
  size_t phrases = 0;
  for (uint32_t i = 0; i < rules.size(); ++i) {
    for (const auto* const list : {&rules[i].deny, &rules[i].allow}) {
      for (const std::string& phrase : *list) {
        const auto words = words_of(phrase);
        if (words.empty()) {
          return Error(ErrorKind::kUsage,
                       fmt::format("`{}` of `{}` holds no word", printable(phrase, 60),
                                   printable(rules[i].name, 60)),
                       "a word has a letter; numbers alone are none");
        }
        if (words.size() > kMostWords) {
          return Error(ErrorKind::kUsage,
                       fmt::format("`{}` of `{}` has {} words", printable(phrase, 60),
                                   printable(rules[i].name, 60), words.size()),
                       fmt::format("at most {}", kMostWords));
        }
        if (++phrases > kMostPhrases) {
          return Error(ErrorKind::kUsage, fmt::format("more than {} phrases", kMostPhrases));
        }
        tree->add(words, {i, list == &rules[i].allow});
      }
    }
  }
  return WordRules(std::move(tree));
}

struct WordRulesStream::Rep {
  explicit Rep(std::shared_ptr<const WordTree> shared) : tree(std::move(shared)), follower(*tree) {}

  void add(const FoundWord& one, std::vector<FoundWord>& out) {
    const bool known = std::ranges::any_of(recent, [&](const FoundWord& other) {
      return other.rule == one.rule && one.begin < other.end && other.begin < one.end;
    });
    if (!known) {
      recent.push_back(one);
      out.push_back(one);
    }
  }

  // What stands in the text was told, or may yet be, by the follower.
  void look_around(std::vector<FoundWord>& out) {
    const uint64_t base = fed - text.size();
    for_each_view(UntrustedText(text), ViewLimits{}, [&](const View& view) {
      if (view.kind == ViewKind::kPlain) {
        return;
      }
      found.clear();
      PhraseFollower inner(*tree);
      inner.read(view.text.text(), found);
      inner.finish(found);
      for (const FoundWord& one : found) {
        const Span span = view.text.original(one.begin, one.end);
        add({base + span.begin, base + span.end, one.rule}, out);
      }
    });
    size_t from = text.size() - std::min(text.size(), WordRules::kBefore);
    while (from < text.size() && (static_cast<uint8_t>(text[from]) & 0xC0U) == 0x80U) {
      ++from;
    }
    text.erase(0, from);
    std::erase_if(recent, [&](const FoundWord& one) { return one.end < fed - text.size(); });
  }

  std::shared_ptr<const WordTree> tree;
  PhraseFollower follower;
  std::string text;  // what the next window holds
  uint64_t fed = 0;
  std::vector<FoundWord> found;   // empty between calls
  std::vector<FoundWord> recent;  // that a window may show again
};

void WordRules::find(std::string_view text, std::vector<FoundWord>& out) const {
  const auto before = static_cast<ptrdiff_t>(out.size());
  WordRulesStream stream(*this);
  stream.feed(text, out);
  stream.finish(out);
  std::sort(out.begin() + before, out.end(), in_order);
}

WordRulesStream::WordRulesStream(const WordRules& rules)
    : rep_(std::make_unique<Rep>(rules.tree_)) {}
WordRulesStream::WordRulesStream(WordRulesStream&&) noexcept = default;
WordRulesStream::~WordRulesStream() = default;

void WordRulesStream::feed(std::string_view piece, std::vector<FoundWord>& out) {
  Rep& rep = *rep_;
  while (!piece.empty()) {
    const size_t to_end = WordRules::kWindow - rep.fed % WordRules::kWindow;
    const std::string_view part = piece.substr(0, to_end);
    rep.follower.read(part, rep.found);
    rep.text += part;
    rep.fed += part.size();
    for (const FoundWord& one : std::exchange(rep.found, {})) {
      rep.add(one, out);
    }
    if (rep.fed % WordRules::kWindow == 0) {
      rep.look_around(out);
    }
    piece.remove_prefix(part.size());
  }
}

void WordRulesStream::finish(std::vector<FoundWord>& out) {
  Rep& rep = *rep_;
  rep.follower.finish(rep.found);
  for (const FoundWord& one : std::exchange(rep.found, {})) {
    rep.add(one, out);
  }
  rep.look_around(out);
}

uint64_t WordRulesStream::decided() const {
  return rep_->follower.decided();
}

}  // namespace sally::content
