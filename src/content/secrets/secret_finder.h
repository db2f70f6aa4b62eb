// SecretFinder: where in a text do secrets stand? By their prefixes (secret_rules.h), by the names
// and words before them (assignments.h, passwords.h), and planted canaries by their text.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "core/finding.h"

namespace sally::content {

// A text that stands nowhere else: seen in a prompt or an answer, something leaked.
struct Canary {
  std::string name;
  Secret value;  // 8 to 256 octets
};

enum class ToldBy : uint8_t {
  kShape,    // its own characters: prefixes and canaries
  kContext,  // the names and words before it
};

struct FoundSecret {
  size_t begin = 0;       // octets of the text that was looked at
  size_t end = 0;         // behind its last octet
  std::string_view rule;  // `github-token`, `canary:` and its name: valid as long as the finder
  Severity severity = Severity::kHigh;
  float score = 0;  // how sure it is, 0 to 1
  ToldBy told_by = ToldBy::kShape;
  friend bool operator==(const FoundSecret&, const FoundSecret&) = default;
};

struct PrefixAutomaton;

// Immutable and shared by all threads.
class SecretFinder {
 public:
  static constexpr size_t kMinCanary = 8;
  static constexpr size_t kMaxCanary = 256;
  static constexpr size_t kMaxCanaries = 1'000;

  // No canaries.
  SecretFinder();
  // kUsage, naming the canary, for: a name that is empty or taken, a value too short, too long, of
  // fewer than 4 different characters, or equal to another's but for case.
  static Result<SecretFinder> create(const std::vector<Canary>& canaries);

  // Adds every secret of a whole text, in order, none over another. A secret that is longer than
  // what tells it (a private key) is found to its end, or to kMaxExtent octets.
  void find(std::string_view text, std::vector<FoundSecret>& out) const;
  static constexpr size_t kMaxExtent = 16'384;

  // For streams, which may outlive the finder.
  [[nodiscard]] const std::shared_ptr<const PrefixAutomaton>& automaton() const {
    return automaton_;
  }

 private:
  explicit SecretFinder(std::shared_ptr<const PrefixAutomaton> automaton);
  std::shared_ptr<const PrefixAutomaton> automaton_;
};

}  // namespace sally::content
