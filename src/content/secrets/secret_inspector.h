// SecretInspector: secrets that their own characters tell, and canaries, in texts that are whole or
// come in pieces: cheap enough for every text. Of a very long secret only the beginning is found;
// what is told by the words before it is SecretFinder's. A text gives the same findings however it
// is cut into pieces.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "content/secrets/secret_finder.h"
#include "core/inspector.h"

namespace sally::content {

class SecretInspector final : public Inspector {
 public:
  static constexpr size_t kMaxCanary = SecretFinder::kMaxCanary;

  // As SecretFinder::create.
  static Result<std::unique_ptr<SecretInspector>> create(const std::vector<Canary>& canaries);
  ~SecretInspector() override;

  [[nodiscard]] std::string_view name() const override { return "secrets"; }
  [[nodiscard]] bool asks_origin() const override { return false; }
  // Findings: a rule's id, or `canary:` and its name, severity critical. Canaries are found in
  // upper and lower case (ASCII) and inside words.
  void inspect(std::string_view text, const Segment& segment, Findings& out) const override;
  [[nodiscard]] std::unique_ptr<StreamInspector> stream(const Segment& segment) const override;
  [[nodiscard]] size_t max_hold_back() const override;

 private:
  explicit SecretInspector(std::shared_ptr<const PrefixAutomaton> automaton);
  // Shared with the streams, which may outlive a reload.
  std::shared_ptr<const PrefixAutomaton> automaton_;
};

}  // namespace sally::content
