#include "content/secrets/prefix_matcher.h"

#include <algorithm>
#include <climits>
#include <map>

#include "base/encoding.h"

namespace sally::content {
namespace {

constexpr uint32_t kNoNode = PrefixAutomaton::kNoNode;

std::string fold(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), to_lower);
  return out;
}

// What a fitting body behind the prefix is worth.
float score_of(const SecretRule& rule) {
  switch (rule.check) {
    case BodyCheck::kSally:
      return 1.0F;
    case BodyCheck::kMixed:
    case BodyCheck::kTail:
    case BodyCheck::kNotFiller:
      return 0.8F;
    case BodyCheck::kRandom:
    case BodyCheck::kNumbered:
    case BodyCheck::kParts:
    case BodyCheck::kAuthress:
    case BodyCheck::kPem:
    case BodyCheck::kJwt:
      break;
  }
  return 0.95F;
}

uint8_t folded(char c) {
  return static_cast<uint8_t>(to_lower(c));
}

// Whether all that the rule finds begins a token as LiteralFilter knows them.
bool begins_token(const SecretRule& rule) {
  constexpr size_t kToken = LiteralFilter::kToken;
  if (begins_inside_words(rule) || rule.prefix.size() + rule.min < kToken ||
      !std::ranges::all_of(rule.prefix.substr(0, kToken), LiteralFilter::is_visible)) {
    return false;
  }
  for (int c = CHAR_MIN; c <= CHAR_MAX && rule.prefix.size() < kToken; ++c) {
    const char octet = static_cast<char>(c);
    if (is_in(rule.charset, octet) && !LiteralFilter::is_visible(octet)) {
      return false;
    }
  }
  return true;
}

LiteralFilter::Key key_of(std::string_view text) {
  return {static_cast<uint8_t>(text[0]), static_cast<uint8_t>(text[1]),
          static_cast<uint8_t>(text[2])};
}

}  // namespace

PrefixAutomaton::PrefixAutomaton(const std::vector<Canary>& canaries)
    : filter(prefix_keys(Place::kToken), other_keys(canaries)) {
  std::vector<std::string> texts;
  for (const SecretRule& rule : secret_rules()) {
    texts.push_back(fold(rule.prefix));
    longest = std::max(longest, rule.prefix.size() + rule.max);
    shortest = std::min(shortest, rule.prefix.size() + rule.min);
  }
  for (const Canary& canary : canaries) {
    canary_rules.push_back("canary:" + canary.name);
    texts.push_back(fold(canary.value.reveal()));
    canary_sizes.push_back(canary.value.size());
    longest = std::max(longest, canary.value.size() - 1);
    shortest = std::min(shortest, canary.value.size());
  }
  build(texts);
}

// The keys of the prefixes that begin tokens, or of the others.
std::vector<LiteralFilter::Key> PrefixAutomaton::prefix_keys(Place place) {
  std::vector<LiteralFilter::Key> keys;
  for (const SecretRule& rule : secret_rules()) {
    if (begins_token(rule) != (place == Place::kToken)) {
      continue;
    }
    if (rule.prefix.size() >= LiteralFilter::kWidth) {
      keys.push_back(key_of(rule.prefix));
      continue;
    }
    for (char c = ' '; c <= '~'; ++c) {  // the body's first character makes the key whole
      if (is_in(rule.charset, c)) {
        keys.push_back(key_of(std::string(rule.prefix) + c));
      }
    }
  }
  return keys;
}

std::vector<LiteralFilter::Key> PrefixAutomaton::other_keys(const std::vector<Canary>& canaries) {
  std::vector<LiteralFilter::Key> keys = prefix_keys(Place::kAnywhere);
  for (const Canary& canary : canaries) {
    for (unsigned upper = 0; upper < 1U << LiteralFilter::kWidth; ++upper) {
      std::string key = fold(canary.value.reveal().substr(0, LiteralFilter::kWidth));
      for (size_t i = 0; i < key.size(); ++i) {
        if ((upper >> i & 1U) != 0 && key[i] >= 'a' && key[i] <= 'z') {
          key[i] = static_cast<char>(key[i] & ~0x20);
        }
      }
      keys.push_back(key_of(key));
    }
  }
  return keys;
}

// Numbers the nodes in the order in which they are met; children stand together.
void PrefixAutomaton::build(const std::vector<std::string>& texts) {
  struct Growing {
    std::map<uint8_t, uint32_t> children;
    std::vector<uint32_t> literals;
    bool inside = false;
  };
  std::vector<Growing> growing(1);
  for (uint32_t literal = 0; literal < texts.size(); ++literal) {
    const bool inside =
        literal >= secret_rules().size() || begins_inside_words(secret_rules()[literal]);
    uint32_t at = 0;
    for (const char c : texts[literal]) {
      auto [child, fresh] = growing[at].children.try_emplace(static_cast<uint8_t>(c),
                                                             static_cast<uint32_t>(growing.size()));
      at = child->second;
      if (fresh) {
        growing.emplace_back();
      }
      growing[at].inside |= inside;
    }
    growing[at].literals.push_back(literal);
  }
  for (const Growing& grown : growing) {
    Node node;
    node.first_edge = static_cast<uint32_t>(edges.size());
    node.edges = static_cast<uint16_t>(grown.children.size());
    node.first_literal = static_cast<uint32_t>(literals.size());
    node.literals = static_cast<uint16_t>(grown.literals.size());
    node.inside = grown.inside;
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

// A text that comes as one piece, of which nothing waits for another.
void PrefixMatcher::whole(std::string_view text, std::vector<FoundSecret>& out) {
  window_ = text;
  over_ = true;
  scan(out);
}

// As StreamInspector::feed.
size_t PrefixMatcher::feed(std::string_view piece, std::vector<FoundSecret>& out) {
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

void PrefixMatcher::finish(std::vector<FoundSecret>& out) {
  window_ = kept_;
  fresh_ = kept_.size();
  over_ = true;
  walks_.clear();
  scan(out);
}

void PrefixMatcher::scan(std::vector<FoundSecret>& out) {
  measured_any_ = false;
  std::erase_if(runs_, [&](const Run& run) { return !stays_open(run, out); });
  std::erase_if(walks_, [&](Walk& walk) { return !stays_open(walk, fresh_, out); });

  const size_t size = window_.size();
  automaton_.filter.for_each(window_, fresh_, [&](size_t at) { begin(at, out); });
  const size_t unfiltered = size - std::min(size, LiteralFilter::kWidth - 1);
  for (size_t at = std::max(fresh_, unfiltered); at < size; ++at) {
    begin(at, out);
  }
}

// The character `back` places before `at`.
char PrefixMatcher::before(size_t at, size_t back) const {
  return at >= back ? window_[at - back] : before_[at + 2 - back];
}

void PrefixMatcher::begin(size_t at, std::vector<FoundSecret>& out) {
  const uint32_t node = automaton_.first[folded(window_[at])];
  if (node == kNoNode) {
    return;
  }
  Walk walk{at, node, may_begin(before(at, 2), before(at, 1))};
  if ((walk.prefixes || automaton_.nodes[node].inside) && stays_open(walk, at + 1, out)) {
    walks_.push_back(walk);
  }
}

// Walks on from `at`. True when the window ended first.
bool PrefixMatcher::stays_open(Walk& walk, size_t at, std::vector<FoundSecret>& out) {
  while (at < window_.size()) {
    walk.node = automaton_.child(automaton_.nodes[walk.node], folded(window_[at]));
    if (walk.node == kNoNode) {
      return false;
    }
    ++at;
    const PrefixAutomaton::Node& node = automaton_.nodes[walk.node];
    for (size_t i = 0; i < node.literals; ++i) {
      reach(walk, automaton_.literals[node.first_literal + i], at, out);
    }
    if (node.edges == 0 || !(walk.prefixes || node.inside)) {
      return false;
    }
  }
  return !over_;
}

// `literal` ends before `at`.
void PrefixMatcher::reach(const Walk& walk, uint32_t literal, size_t at,
                          std::vector<FoundSecret>& out) {
  const auto rules = secret_rules();
  if (literal >= rules.size()) {
    const size_t canary = literal - rules.size();
    report(automaton_.canary_rules[canary], Severity::kCritical, 1.0F, walk.start,
           automaton_.canary_sizes[canary], out);
    return;
  }
  // The same letters in another case are another text.
  if ((walk.prefixes || begins_inside_words(rules[literal])) &&
      window_.substr(walk.start, at - walk.start) == rules[literal].prefix) {
    const Run run{walk.start, at, literal};
    if (stays_open(run, out)) {
      runs_.push_back(run);
    }
  }
}

// Measures the body again and decides, or is true when the window ended first.
bool PrefixMatcher::stays_open(const Run& run, std::vector<FoundSecret>& out) {
  const SecretRule& rule = secret_rules()[run.rule];
  // Of a run that is not new, all that is not fresh is body.
  const size_t end = end_of(rule.charset, std::max(run.body, fresh_));
  if (end - run.body > rule.max) {
    if (rule.over == Over::kFinding && accepts(rule, window_.substr(run.body, rule.max), true)) {
      report(rule.id, rule.severity, score_of(rule), run.start, rule.prefix.size() + rule.max, out);
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
    report(rule.id, rule.severity, score_of(rule), run.start, stop - run.start, out);
  }
  return false;
}

// Where the characters of `charset` that begin at `from` end. Measured once for all bodies that
// lie in one another.
size_t PrefixMatcher::end_of(Charset charset, size_t from) {
  if (!std::exchange(measured_any_, true)) {
    measured_.fill({.begin = 1, .end = 0});
  }
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

void PrefixMatcher::report(std::string_view rule, Severity severity, float score, size_t start,
                           size_t length, std::vector<FoundSecret>& out) const {
  const size_t begin = base_ + start;
  out.push_back({begin, begin + length, rule, severity, score});
}

}  // namespace sally::content
