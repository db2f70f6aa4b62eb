// PrefixMatcher: secrets that their first characters give away, and canaries, in a text that is
// whole or comes in pieces.
//
// A filter of three octets (literal_filter.h) leaves few positions; there a trie of all prefixes
// and canaries is walked; behind a prefix the body is measured and checked (secret_rules.h).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "content/secrets/literal_filter.h"
#include "content/secrets/secret_finder.h"
#include "content/secrets/secret_rules.h"

namespace sally::content {

// What is looked for. Literals are numbered: first the prefixes of secret_rules(), then the
// canaries. Case is folded in the trie; a prefix is compared exactly when its end is reached. The
// canaries stand here in the clear: to find a text is to know it.
struct PrefixAutomaton {
  static constexpr uint32_t kNoNode = 0;  // the root is nobody's child
  struct Edge {
    uint8_t octet;
    uint32_t node;
  };
  struct Node {
    uint32_t first_edge = 0;
    uint16_t edges = 0;
    uint16_t literals = 0;
    uint32_t first_literal = 0;
    bool inside = false;  // something that may stand inside words ends here or below
  };

  explicit PrefixAutomaton(const std::vector<Canary>& canaries);

  [[nodiscard]] uint32_t child(const Node& node, uint8_t octet) const {
    const Edge* const edge = edges.data() + node.first_edge;
    for (size_t i = 0; i < node.edges; ++i) {
      if (edge[i].octet == octet) {
        return edge[i].node;
      }
    }
    return kNoNode;
  }

  enum class Place : uint8_t { kToken, kAnywhere };
  static std::vector<LiteralFilter::Key> prefix_keys(Place place);
  static std::vector<LiteralFilter::Key> other_keys(const std::vector<Canary>& canaries);
  void build(const std::vector<std::string>& texts);

  LiteralFilter filter;
  std::vector<Node> nodes;
  std::vector<Edge> edges;
  std::vector<uint32_t> literals;
  std::array<uint32_t, 256> first{};  // the root's children
  std::vector<std::string> canary_rules;
  std::vector<size_t> canary_sizes;
  size_t longest = 0;          // octets that may have to wait for what follows
  size_t shortest = SIZE_MAX;  // octets of the shortest thing there is to find
};

// One text in pieces. Keeps what is open between two pieces: walks that may yet reach a literal's
// end, and runs, bodies that may yet grow. Nothing is looked at twice.
class PrefixMatcher {
 public:
  // `automaton` outlives the matcher.
  explicit PrefixMatcher(const PrefixAutomaton& automaton) : automaton_(automaton) {}

  // A text that comes as one piece, of which nothing waits for another.
  void whole(std::string_view text, std::vector<FoundSecret>& out);
  // As StreamInspector::feed.
  size_t feed(std::string_view piece, std::vector<FoundSecret>& out);
  void finish(std::vector<FoundSecret>& out);

 private:
  // Places are offsets into the window.
  struct Walk {
    size_t start;
    uint32_t node;
    bool prefixes;  // a prefix may begin at `start`; otherwise only what stands inside words
  };
  struct Run {
    size_t start;
    size_t body;
    uint32_t rule;
  };

  void scan(std::vector<FoundSecret>& out);
  [[nodiscard]] char before(size_t at, size_t back) const;
  void begin(size_t at, std::vector<FoundSecret>& out);
  bool stays_open(Walk& walk, size_t at, std::vector<FoundSecret>& out);
  void reach(const Walk& walk, uint32_t literal, size_t at, std::vector<FoundSecret>& out);
  bool stays_open(const Run& run, std::vector<FoundSecret>& out);
  size_t end_of(Charset charset, size_t from);
  void report(std::string_view rule, Severity severity, float score, size_t start, size_t length,
              std::vector<FoundSecret>& out) const;

  const PrefixAutomaton& automaton_;

  std::string_view window_;
  size_t fresh_ = 0;              // the part of the window before was seen already
  size_t base_ = 0;               // of the window, in the whole text
  bool over_ = false;             // nothing follows the window
  std::array<char, 2> before_{};  // what stands before the window
  std::string kept_;
  std::vector<Walk> walks_;
  std::vector<Run> runs_;
  struct Measured {
    size_t begin;
    size_t end;
  };
  bool measured_any_ = false;  // measured_ tells of this window
  std::array<Measured, kCharsets> measured_;
};

}  // namespace sally::content
