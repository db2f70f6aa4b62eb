// PrivacyRewriter: what stands in the place of personal data and secrets while a model has a text,
// and what the caller gets back.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "content/anonymise/keys.h"
#include "content/anonymise/operator.h"
#include "content/text_finder.h"
#include "core/rewriter.h"
#include "store/vault.h"

namespace sally::content {

// Where a value has one placeholder, and who gets it back.
enum class PlaceholderScope : uint8_t {
  kSession,  // the session of the caller: every answer in it
  kTeam,     // the team: an answer to the request that held the value
};

struct PrivacySettings {
  // Of each direction; `keep` is only told of. Answers have no operator that needs a vault.
  anonymise::OperatorTable request{anonymise::Keep{}};
  anonymise::OperatorTable response{anonymise::Keep{}};
  PlaceholderScope scope = PlaceholderScope::kSession;
  float score = 0.5F;  // what is less sure is passed over
};

class PrivacyRewriter final : public Rewriter {
 public:
  // `vault` may be null where no operator makes placeholders. `root`: 32 octets, as Keys take them.
  PrivacyRewriter(PrivacySettings settings, std::shared_ptr<const TextFinder> finder,
                  std::shared_ptr<store::Vault> vault, Secret root);

  // Names and other things that stand in every path do not count.
  [[nodiscard]] bool holds(std::string_view text) const override;
  [[nodiscard]] std::unique_ptr<Rewriting> begin(const RewritingSubject& subject,
                                                 WallTime now) const override;

  // Whose values a caller's are, as `Vault::forget` takes it.
  static std::string subject_of(std::string_view principal, std::string_view end_user);

 private:
  // The keys of a tenant; kept, within bounds.
  Result<std::shared_ptr<const anonymise::Keys>> keys_of(std::string_view tenant) const;

  const PrivacySettings settings_;
  const std::shared_ptr<const TextFinder> finder_;
  const std::shared_ptr<store::Vault> vault_;
  const Secret root_;

  mutable std::mutex mutex_;
  mutable std::unordered_map<std::string, std::shared_ptr<const anonymise::Keys>> keys_;
};

}  // namespace sally::content
