#include "content/secrets/secret_inspector.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "base/encoding.h"
#include "base/text.h"
#include "content/secrets/literal_filter.h"
#include "content/secrets/secret_rules.h"

namespace sally::content {
namespace {

constexpr size_t kFewestDistinctInCanary = 4;
constexpr uint32_t kNoNode = 0;  // the root is nobody's child

std::string fold(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), to_lower);
  return out;
}

uint8_t folded(char c) {
  return static_cast<uint8_t>(to_lower(c));
}

}  // namespace

// What is looked for. Literals are numbered: first the prefixes of secret_rules(), then the
// canaries. Case is folded in the trie; a prefix is compared exactly when its end is reached. The
// canaries stand here in the clear: to find a text is to know it.
struct SecretInspector::Automaton {
  struct Edge {
    uint8_t octet;
    uint32_t node;
  };
  struct Node {
    uint32_t first_edge = 0;
    uint16_t edges = 0;
    uint16_t literals = 0;
    uint32_t first_literal = 0;
    bool canaries = false;  // here or below
  };

  explicit Automaton(const std::vector<Canary>& canaries) : filter(filter_keys(canaries)) {
    std::vector<std::string> texts;
    for (const SecretRule& rule : secret_rules()) {
      texts.push_back(fold(rule.prefix));
      longest = std::max(longest, rule.prefix.size() + rule.max);
    }
    for (const Canary& canary : canaries) {
      canary_rules.push_back("canary:" + canary.name);
      texts.push_back(fold(canary.value.reveal()));
      canary_sizes.push_back(canary.value.size());
      longest = std::max(longest, canary.value.size() - 1);
    }
    build(texts);
  }

  [[nodiscard]] uint32_t child(const Node& node, uint8_t octet) const {
    const Edge* const edge = edges.data() + node.first_edge;
    for (size_t i = 0; i < node.edges; ++i) {
      if (edge[i].octet == octet) {
        return edge[i].node;
      }
    }
    return kNoNode;
  }

  static std::vector<LiteralFilter::Key> filter_keys(const std::vector<Canary>& canaries) {
    std::vector<LiteralFilter::Key> keys;
    const auto add = [&keys](std::string_view text) {
      keys.push_back({static_cast<uint8_t>(text[0]), static_cast<uint8_t>(text[1]),
                      static_cast<uint8_t>(text[2])});
    };
    for (const SecretRule& rule : secret_rules()) {
      add(rule.prefix);
    }
    for (const Canary& canary : canaries) {
      for (unsigned upper = 0; upper < 1U << LiteralFilter::kWidth; ++upper) {
        std::string key = fold(canary.value.reveal().substr(0, LiteralFilter::kWidth));
        for (size_t i = 0; i < key.size(); ++i) {
          if ((upper >> i & 1U) != 0 && key[i] >= 'a' && key[i] <= 'z') {
            key[i] = static_cast<char>(key[i] & ~0x20);
          }
        }
        add(key);
      }
    }
    return keys;
  }

  // Numbers the nodes in the order in which they are met; children stand together.
  void build(const std::vector<std::string>& texts) {
    struct Growing {
      std::map<uint8_t, uint32_t> children;
      std::vector<uint32_t> literals;
      bool canaries = false;
    };
    std::vector<Growing> growing(1);
    for (uint32_t literal = 0; literal < texts.size(); ++literal) {
      const bool canary = literal >= secret_rules().size();
      uint32_t at = 0;
      for (const char c : texts[literal]) {
        auto [child, fresh] = growing[at].children.try_emplace(
            static_cast<uint8_t>(c), static_cast<uint32_t>(growing.size()));
        at = child->second;
        if (fresh) {
          growing.emplace_back();
        }
        growing[at].canaries |= canary;
      }
      growing[at].literals.push_back(literal);
    }
    for (const Growing& grown : growing) {
      Node node;
      node.first_edge = static_cast<uint32_t>(edges.size());
      node.edges = static_cast<uint16_t>(grown.children.size());
      node.first_literal = static_cast<uint32_t>(literals.size());
      node.literals = static_cast<uint16_t>(grown.literals.size());
      node.canaries = grown.canaries;
      for (const auto& [octet, child] : grown.children) {
        edges.push_back({octet, child});
      }
      literals.insert(literals.end(), grown.literals.begin(), grown.literals.end());
      nodes.push_back(node);
    }
    for (const auto& [octet, child] : growing[0].children) {
      first[octet] = child;
    }
  }

  LiteralFilter filter;
  std::vector<Node> nodes;
  std::vector<Edge> edges;
  std::vector<uint32_t> literals;
  std::array<uint32_t, 256> first{};  // the root's children
  std::vector<std::string> canary_rules;
  std::vector<size_t> canary_sizes;
  size_t longest = 0;  // octets that may have to wait for what follows
};

namespace {

using Automaton = SecretInspector::Automaton;

// One text in pieces. Keeps what is open between two pieces: walks that may yet reach a literal's
// end, and runs, bodies that may yet grow. Nothing is looked at twice.
class Matcher {
 public:
  // All three outlive the matcher.
  Matcher(const Automaton& automaton, const Place& place, Direction direction)
      : automaton_(automaton), place_(place), direction_(direction) {}

  // A text that comes as one piece, of which nothing waits for another.
  void whole(std::string_view text, Findings& out) {
    window_ = text;
    over_ = true;
    scan(out);
  }

  // As StreamInspector::feed.
  size_t feed(std::string_view piece, Findings& out) {
    // The window begins where the oldest open thing does; with nothing open it is the piece itself.
    window_ = piece;
    fresh_ = kept_.size();
    if (!kept_.empty()) {
      kept_ += piece;
      window_ = kept_;
    }
    scan(out);

    size_t keep = window_.size();
    for (const Walk& walk : walks_) {
      keep = std::min(keep, walk.start);
    }
    for (const Run& run : runs_) {
      keep = std::min(keep, run.start);
    }
    for (Walk& walk : walks_) {
      walk.start -= keep;
    }
    for (Run& run : runs_) {
      run.start -= keep;
      run.body -= keep;
    }
    before_ = {before(keep, 2), before(keep, 1)};
    base_ += keep;
    const size_t held = window_.size() - keep;
    if (kept_.empty()) {
      kept_ = window_.substr(keep);
    } else {
      kept_.erase(0, keep);
    }
    return held;
  }

  void finish(Findings& out) {
    window_ = kept_;
    fresh_ = kept_.size();
    over_ = true;
    walks_.clear();
    scan(out);
  }

 private:
  // Places are offsets into the window.
  struct Walk {
    size_t start;
    uint32_t node;
    bool prefixes;  // a prefix may begin at `start`; otherwise only a canary
  };
  struct Run {
    size_t start;
    size_t body;
    uint32_t rule;
  };

  void scan(Findings& out) {
    if (std::exchange(measuring_, false)) {
      measured_.fill(kNotMeasured);
    }
    std::erase_if(runs_, [&](const Run& run) { return !stays_open(run, out); });
    std::erase_if(walks_, [&](Walk& walk) { return !stays_open(walk, fresh_, out); });

    const size_t size = window_.size();
    for (size_t at = fresh_; (at = automaton_.filter.next(window_, at)) < size; ++at) {
      begin(at, out);
    }
    const size_t unfiltered = size - std::min(size, LiteralFilter::kWidth - 1);
    for (size_t at = std::max(fresh_, unfiltered); at < size; ++at) {
      begin(at, out);
    }
  }

  // The character `back` places before `at`.
  [[nodiscard]] char before(size_t at, size_t back) const {
    return at >= back ? window_[at - back] : before_[at + 2 - back];
  }

  void begin(size_t at, Findings& out) {
    const uint32_t node = automaton_.first[folded(window_[at])];
    if (node == kNoNode) {
      return;
    }
    Walk walk{at, node, may_begin(before(at, 2), before(at, 1))};
    if ((walk.prefixes || automaton_.nodes[node].canaries) && stays_open(walk, at + 1, out)) {
      walks_.push_back(walk);
    }
  }

  // Walks on from `at`. True when the window ended first.
  bool stays_open(Walk& walk, size_t at, Findings& out) {
    while (at < window_.size()) {
      walk.node = automaton_.child(automaton_.nodes[walk.node], folded(window_[at]));
      if (walk.node == kNoNode) {
        return false;
      }
      ++at;
      const Automaton::Node& node = automaton_.nodes[walk.node];
      for (size_t i = 0; i < node.literals; ++i) {
        reach(walk, automaton_.literals[node.first_literal + i], at, out);
      }
      if (node.edges == 0 || !(walk.prefixes || node.canaries)) {
        return false;
      }
    }
    return !over_;
  }

  // `literal` ends before `at`.
  void reach(const Walk& walk, uint32_t literal, size_t at, Findings& out) {
    const auto rules = secret_rules();
    if (literal >= rules.size()) {
      const size_t canary = literal - rules.size();
      report(automaton_.canary_rules[canary], Severity::kCritical, walk.start,
             automaton_.canary_sizes[canary], out);
      return;
    }
    // The same letters in another case are another text.
    if (walk.prefixes && window_.substr(walk.start, at - walk.start) == rules[literal].prefix) {
      const Run run{walk.start, at, literal};
      if (stays_open(run, out)) {
        runs_.push_back(run);
      }
    }
  }

  // Measures the body again and decides, or is true when the window ended first.
  bool stays_open(const Run& run, Findings& out) {
    const SecretRule& rule = secret_rules()[run.rule];
    // Of a run that is not new, all that is not fresh is body.
    const size_t end = end_of(rule.charset, std::max(run.body, fresh_));
    if (end - run.body > rule.max) {
      if (rule.over == Over::kFinding && accepts(rule, window_.substr(run.body, rule.max), true)) {
        report(rule.id, rule.severity, run.start, rule.prefix.size() + rule.max, out);
      }
      return false;
    }
    if (end == window_.size() && !over_) {
      return true;
    }
    size_t stop = end;
    while (stop > run.body && window_[stop - 1] == '.') {
      --stop;  // the end of a sentence
    }
    const bool whole = stop < end || end == window_.size() || may_end(window_[end]);
    if (whole && stop - run.body >= rule.min &&
        accepts(rule, window_.substr(run.body, stop - run.body), false)) {
      report(rule.id, rule.severity, run.start, stop - run.start, out);
    }
    return false;
  }

  // Where the characters of `charset` that begin at `from` end. Measured once for all bodies that
  // lie in one another.
  size_t end_of(Charset charset, size_t from) {
    measuring_ = true;
    auto& [begin, end] = measured_[static_cast<size_t>(charset)];
    if (from < begin || from > end) {
      begin = from;
      end = from;
      while (end < window_.size() && is_in(charset, window_[end])) {
        ++end;
      }
    }
    return end;
  }

  void report(std::string_view rule, Severity severity, size_t start, size_t length,
              Findings& out) const {
    out.push_back(Finding{.inspector = "secrets",
                          .rule = std::string(rule),
                          .severity = severity,
                          .direction = direction_,
                          .place = place_.str(),
                          .offset = base_ + start,
                          .length = static_cast<uint32_t>(length)});
  }

  const Automaton& automaton_;
  Place place_;
  Direction direction_;

  std::string_view window_;
  size_t fresh_ = 0;              // the part of the window before was seen already
  uint64_t base_ = 0;             // of the window, in the whole text
  bool over_ = false;             // nothing follows the window
  std::array<char, 2> before_{};  // what stands before the window
  std::string kept_;
  std::vector<Walk> walks_;
  std::vector<Run> runs_;
  static constexpr std::pair<size_t, size_t> kNotMeasured{1, 0};
  bool measuring_ = true;  // something may stand in measured_
  std::array<std::pair<size_t, size_t>, kCharsets> measured_;
};

class SecretStream final : public StreamInspector {
 public:
  SecretStream(std::shared_ptr<const Automaton> automaton, std::string_view place,
               Direction direction)
      : automaton_(std::move(automaton)), place_(place), matcher_(*automaton_, place_, direction) {}

  size_t feed(std::string_view piece, Findings& out) override { return matcher_.feed(piece, out); }
  void finish(Findings& out) override { matcher_.finish(out); }

 private:
  std::shared_ptr<const Automaton> automaton_;
  std::string place_;
  Matcher matcher_;
};

Error bad_canary(const Canary& canary, std::string_view what, std::string_view hint) {
  return Error(ErrorKind::kUsage, fmt::format("canary `{}` {}", printable(canary.name, 60), what),
               std::string(hint));
}

}  // namespace

Result<std::unique_ptr<SecretInspector>> SecretInspector::create(
    const std::vector<Canary>& canaries) {
  if (canaries.size() > kMaxCanaries) {
    return Error(ErrorKind::kUsage,
                 fmt::format("{} canaries are more than {}", canaries.size(), kMaxCanaries));
  }
  std::set<std::string> names;
  std::set<std::string> values;
  for (const Canary& canary : canaries) {
    if (canary.name.empty() || !names.insert(canary.name).second) {
      return bad_canary(canary, "has no name of its own", "a finding names the canary");
    }
    if (canary.value.size() < kMinCanary || canary.value.size() > kMaxCanary) {
      return bad_canary(canary,
                        fmt::format("has {} octets instead of {} to {}", canary.value.size(),
                                    kMinCanary, kMaxCanary),
                        "take a text that stands nowhere else, such as 20 random letters");
    }
    const std::string value = fold(canary.value.reveal());
    if (std::set<char>(value.begin(), value.end()).size() < kFewestDistinctInCanary) {
      return bad_canary(canary, "has too few different characters",
                        "take a text that stands nowhere else, such as 20 random letters");
    }
    if (!values.insert(value).second) {
      return bad_canary(canary, "has the value of another, but for case",
                        "one finding could not tell which of them leaked");
    }
  }
  return std::unique_ptr<SecretInspector>(
      new SecretInspector(std::make_unique<const Automaton>(canaries)));
}

SecretInspector::SecretInspector(std::unique_ptr<const Automaton> automaton)
    : automaton_(std::move(automaton)) {}

SecretInspector::~SecretInspector() = default;

void SecretInspector::inspect(std::string_view text, const Place& place, Direction direction,
                              Findings& out) const {
  Matcher(*automaton_, place, direction).whole(text, out);
}

std::unique_ptr<StreamInspector> SecretInspector::stream(std::string_view place,
                                                         Direction direction) const {
  return std::make_unique<SecretStream>(automaton_, place, direction);
}

size_t SecretInspector::max_hold_back() const {
  return automaton_->longest;
}

}  // namespace sally::content
