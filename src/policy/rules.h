// RuleAuthorizer: who may call what, as an ordered list of rules.
//
// What no rule allows is refused. A rule that denies overrides every rule that allows, wherever it
// stands; among rules of one effect the first that matches is the one named. A rule matches when
// every condition it has is met. Before any rule, the key's own scope must cover the request.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/result.h"
#include "core/decision.h"

namespace sally::policy {

enum class Effect : uint8_t { kAllow, kDeny };

// Who a rule is about: any one of these is enough. A rule about nobody is refused by `create`.
struct Who {
  bool anyone = false;                 // every caller, anonymous ones too
  bool anonymous = false;              // callers without a credential
  std::vector<std::string> keys = {};  // by id or by name
  std::vector<std::string> teams = {};
};

// One rule as the operator wrote it. An empty list is no condition. Texts of routes, models,
// actions and findings may end in `*`, which then stands for any rest; nothing else is special in
// them.
struct Rule {
  std::string name;  // unique
  Effect effect = Effect::kAllow;
  Who who;
  std::vector<std::string> routes;
  // A request that names no model meets this condition only where it is `*`.
  std::vector<std::string> models;
  std::vector<std::string> actions;  // `openai:*`, `kserve:infer`
  std::vector<Cidr> sources;
  std::vector<std::string> with_findings;     // at least one finding's rule is among these
  std::vector<std::string> without_findings;  // no finding's rule is among these; `*`: none at all
};

class RuleAuthorizer final : public Authorizer {
 public:
  static constexpr size_t kMaxRules = 1024;

  // kUsage, naming the rule, for: a name that is empty or taken, nobody in `who`, an empty text in
  // a list, a `*` that is not at the end, more than kMaxRules.
  static Result<std::unique_ptr<RuleAuthorizer>> create(std::vector<Rule> rules);

  // An anonymous caller that no rule allows is refused as kUnauthenticated: a key may be all that
  // is missing. Everybody else as kDenied. A key that is scoped to models may do nothing that names
  // no model: a listing asks for each model by itself.
  [[nodiscard]] Decision authorize(const AccessRequest& request) const override;

  [[nodiscard]] std::span<const Rule> rules() const { return rules_; }

 private:
  static constexpr size_t kWords = kMaxRules / 64;
  // A set of rules: bit i is rules_[i].
  using RuleSet = std::array<uint64_t, kWords>;

  struct TextHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  // One condition, turned round: from the value seen to the rules whose condition it meets.
  struct Column {
    RuleSet always{};  // rules without the condition
    std::unordered_map<std::string, RuleSet, TextHash, std::equal_to<>> exact;
    std::vector<std::pair<std::string, RuleSet>> prefixes;  // of texts that end in `*`
  };

  RuleAuthorizer() = default;

  void compile();
  static void add(Column& column, const std::vector<std::string>& texts, size_t rule);
  // Adds to `set` the rules whose condition `value` meets.
  void join(RuleSet& set, const Column& column, std::string_view value) const;
  // Removes from `set` the rules whose condition `value` does not meet.
  void keep(RuleSet& set, const Column& column, std::string_view value) const;
  [[nodiscard]] RuleSet about(const Principal& principal) const;
  [[nodiscard]] size_t words() const { return (rules_.size() + 63) / 64; }
  [[nodiscard]] Decision default_deny(const AccessRequest& request) const;

  std::vector<Rule> rules_;
  RuleSet denies_{};
  RuleSet anyone_{};
  RuleSet anonymous_{};
  Column keys_;
  Column teams_;
  Column routes_;
  Column models_;
  Column actions_;
};

}  // namespace sally::policy
