// Exchange: what one request replaced, and what its answer may get back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"
#include "content/anonymise/placeholder.h"
#include "store/vault.h"

namespace sally::content::anonymise {

struct ExchangeTerms {
  std::string scope;    // where a value has one placeholder: names a session or a tenant
  std::string subject;  // whose values these are, for `Vault::forget`
  // Which placeholders an answer gets back. In a scope that several callers share it must be
  // kIssued: one of them could else ask a model for the placeholders of another.
  enum class Restorable : uint8_t {
    kScope,   // every genuine one of the scope
    kIssued,  // those that this exchange put into its request
  };
  Restorable restorable = Restorable::kScope;
};

// A replacement that is no placeholder, and what it stands for.
struct Surrogate {
  std::string text;
  Secret value;
};

// Belongs to one thread.
class Exchange {
 public:
  // So many placeholders that are not genuine are looked up; then none any more.
  static constexpr size_t kMostMisses = 256;
  static constexpr size_t kMostSurrogates = 1'000;
  // Neither longer nor with characters that JSON escapes: such a value gets a placeholder.
  static constexpr size_t kLongestSurrogate = 200;

  // `vault` outlives it; null where there are no placeholders.
  Exchange(store::Vault* vault, ExchangeTerms terms, WallTime now)
      : vault_(vault), terms_(std::move(terms)), now_(now) {}

  [[nodiscard]] store::Vault* vault() const { return vault_; }
  [[nodiscard]] const ExchangeTerms& terms() const { return terms_; }
  [[nodiscard]] WallTime now() const { return now_; }
  [[nodiscard]] const std::vector<Surrogate>& surrogates() const { return surrogates_; }
  // Placeholders that could not be restored because the vault failed: they stay as they are.
  [[nodiscard]] size_t failures() const { return failures_; }

  // Notes that the entry's placeholder stands in the request.
  void issue(const store::VaultEntry& entry) { issued_.insert(entry.number); }
  // Notes a surrogate. False where it stands for another value already, or cannot be taken.
  bool add_surrogate(std::string_view text, std::string_view value);

  // The value of a genuine placeholder of this scope, whether it may be restored or not.
  [[nodiscard]] std::optional<Secret> find(const Placeholder& placeholder);
  // The same where the answer may have it.
  [[nodiscard]] std::optional<Secret> restore(const Placeholder& placeholder);

 private:
  store::Vault* vault_;
  ExchangeTerms terms_;
  WallTime now_;
  std::unordered_set<uint32_t> issued_;
  std::vector<Surrogate> surrogates_;
  size_t misses_ = 0;
  size_t failures_ = 0;
};

}  // namespace sally::content::anonymise
