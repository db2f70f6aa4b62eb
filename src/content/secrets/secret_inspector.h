// SecretInspector: finds credentials by their shape, and planted canaries by their text.
//
// One pass: a filter of three octets (literal_filter.h) leaves few positions; there a trie of all
// prefixes and canaries is walked; behind a prefix the body is measured and checked
// (secret_rules.h). A text gives the same findings however it is cut into pieces.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "core/inspector.h"

namespace sally::content {

// A text that stands nowhere else: seen in a prompt or an answer, something leaked.
struct Canary {
  std::string name;
  Secret value;  // 8 to 256 octets
};

class SecretInspector final : public Inspector {
 public:
  static constexpr size_t kMinCanary = 8;
  static constexpr size_t kMaxCanary = 256;
  static constexpr size_t kMaxCanaries = 1'000;

  // kUsage, naming the canary, for: a name that is empty or taken, a value too short, too long, of
  // fewer than 4 different characters, or equal to another's but for case.
  static Result<std::unique_ptr<SecretInspector>> create(const std::vector<Canary>& canaries);
  ~SecretInspector() override;

  [[nodiscard]] std::string_view name() const override { return "secrets"; }
  // Findings: a rule's id, or `canary:` and its name, severity critical. Canaries are found in
  // upper and lower case (ASCII) and inside words.
  void inspect(std::string_view text, const Place& place, Direction direction,
               Findings& out) const override;
  [[nodiscard]] std::unique_ptr<StreamInspector> stream(std::string_view place,
                                                        Direction direction) const override;
  [[nodiscard]] size_t max_hold_back() const override;

  struct Automaton;  // in secret_inspector.cc

 private:
  explicit SecretInspector(std::unique_ptr<const Automaton> automaton);
  // Shared with the streams, which may outlive a reload.
  std::shared_ptr<const Automaton> automaton_;
};

}  // namespace sally::content
