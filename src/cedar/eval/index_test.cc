// The index changes what a decision costs, never what it is.
#include "cedar/eval/index.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "cedar/eval/authorizer.h"
#include "cedar/eval/machine.h"
#include "cedar/syntax/escape.h"
#include "cedar/syntax/parser.h"

namespace sally::cedar {
namespace {

class Generator {
 public:
  explicit Generator(uint32_t seed) : random_(seed) {}

  size_t below(size_t n) { return random_() % n; }
  EntityUid uid(std::string type) { return {std::move(type), std::to_string(below(5))}; }
  // Groups of actions are actions.
  static EntityUid group(const std::string& type, size_t n) {
    return {type == "Action" ? type : type + "G", "g" + std::to_string(n)};
  }
  std::string name(const std::string& type) {
    return quoted(below(2) == 0 ? uid(type) : group(type, below(5)));
  }

  // Groups over users, groups over groups, never in a circle.
  Entities entities() {
    std::vector<Entity> out;
    for (int i = 0; i < 5; ++i) {
      for (const char* type : {"U", "Action", "R"}) {
        Entity& user = out.emplace_back();
        user.uid = {type, std::to_string(i)};
        for (size_t n = below(3); n > 0; --n) {
          user.parents.push_back(group(type, below(5)));
        }
        if (below(6) == 0) {
          out.pop_back();
        }
      }
    }
    for (size_t i = 0; i < 5; ++i) {
      for (const char* type : {"U", "Action", "R"}) {
        Entity& made = out.emplace_back();
        made.uid = group(type, i);
        if (i > 0) {
          made.parents.push_back(group(type, below(i)));
        }
      }
    }
    auto made = Entities::create(std::move(out));
    EXPECT_TRUE(made.ok());
    return *std::move(made);
  }

  std::string scope(const std::string& variable, const std::string& type) {
    switch (below(5)) {
      case 0:
        return variable + " == " + name(type);
      case 1:
        return variable + " in " + name(type);
      case 2:
        return variable + " is " + type;
      case 3:
        return variable + " is " + type + " in " + name(type);
      default:
        return variable;
    }
  }
  std::string action() {
    switch (below(5)) {
      case 0:
        return "action == " + name("Action");
      case 1:
        return "action in " + name("Action");
      case 2:
        return "action in [" + name("Action") + ", " + name("Action") + ", " + name("Action") + "]";
      case 3:
        return below(3) == 0 ? "action in []" : "action";
      default:
        return "action";
    }
  }
  std::string policy() {
    static constexpr const char* kConditions[] = {"", " when { principal.x }", " unless { false }",
                                                  " when { principal in resource }"};
    return (below(4) == 0 ? "forbid(" : "permit(") + scope("principal", "U") + ", " + action() +
           ", " + scope("resource", "R") + ")" + kConditions[below(4)] + ";\n";
  }

 private:
  std::mt19937 random_;
};

TEST(PolicyIndex, LeavesOutOnlyPoliciesWhoseScopeDoesNotHold) {
  Generator generate(1);
  size_t left_out = 0;
  size_t applied = 0;
  for (int round = 0; round < 150; ++round) {
    std::string text;
    for (size_t n = generate.below(40); n > 0; --n) {
      text += generate.policy();
    }
    const auto set = parse_policies(text);
    ASSERT_TRUE(set.ok()) << text;
    const auto compiled = CompiledPolicies::create(*set);
    ASSERT_TRUE(compiled.ok());
    const EntityStore store = EntityStore::create(generate.entities());
    Scratch scratch;
    for (int i = 0; i < 20; ++i) {
      const auto view =
          view_of({generate.uid("U"), generate.uid("Action"), generate.uid("R")}, scratch);
      ASSERT_TRUE(view.ok());
      std::vector<uint32_t> found;
      compiled->index().find(*view, store, found);
      ASSERT_TRUE(std::is_sorted(found.begin(), found.end()));
      ASSERT_EQ(std::set(found.begin(), found.end()).size(), found.size());
      const std::set<uint32_t> candidates(found.begin(), found.end());
      for (uint32_t policy = 0; policy < compiled->policies().size(); ++policy) {
        const CompiledPolicy& one = compiled->policies()[policy];
        const bool holds = one.principal.holds(view->principal, store) &&
                           one.action.holds(view->action, store) &&
                           one.resource.holds(view->resource, store);
        applied += holds ? 1 : 0;
        left_out += candidates.contains(policy) ? 0 : 1;
        EXPECT_TRUE(!holds || candidates.contains(policy)) << text << "policy " << policy;
      }
    }
  }
  EXPECT_GT(left_out, 1000U);
  EXPECT_GT(applied, 1000U);
}

// Decisions of a whole set against what its policies say one by one.
TEST(PolicyIndex, DecidesAsEachPolicyAloneWould) {
  Generator generate(2);
  size_t allowed = 0;
  for (int round = 0; round < 15; ++round) {
    std::string text;
    for (int n = 0; n < 12; ++n) {
      text += generate.policy();
    }
    const auto set = parse_policies(text);
    ASSERT_TRUE(set.ok());
    const Entities entities = generate.entities();
    for (int i = 0; i < 5; ++i) {
      const Request request{generate.uid("U"), generate.uid("Action"), generate.uid("R")};
      std::vector<std::string> permits;
      std::vector<std::string> forbids;
      std::vector<std::string> errors;
      for (const Policy& policy : set->policies()) {
        PolicySet alone;
        Policy copy = policy;
        copy.effect = Effect::kPermit;
        ASSERT_TRUE(alone.add(std::move(copy)).ok());
        const auto answer = authorize(alone, entities, request);
        ASSERT_TRUE(answer.ok());
        if (answer->decision == Decision::kAllow) {
          (policy.effect == Effect::kPermit ? permits : forbids).push_back(policy.id);
        }
        if (!answer->errors.empty()) {
          errors.push_back(policy.id);
        }
      }
      const bool allow = !permits.empty() && forbids.empty();
      allowed += allow ? 1 : 0;
      const auto answer = authorize(*set, entities, request);
      ASSERT_TRUE(answer.ok());
      EXPECT_EQ(answer->decision == Decision::kAllow, allow) << text;
      EXPECT_EQ(answer->reasons, allow ? permits : forbids) << text;
      std::vector<std::string> failed;
      for (const PolicyFailure& failure : answer->errors) {
        failed.push_back(failure.policy);
      }
      EXPECT_EQ(failed, errors) << text;
    }
  }
  EXPECT_GT(allowed, 5U);
}

TEST(PolicyIndex, LooksAtFewOfManyPolicies) {
  std::string text = "permit(principal, action, resource);";
  for (int i = 0; i < 1000; ++i) {
    const std::string n = std::to_string(i);
    text += "permit(principal == U::\"" + n + "\", action, resource is R);";
    text += "permit(principal is U, action == Action::\"0\", resource in RG::\"" + n + "\");";
  }
  const auto compiled = CompiledPolicies::create(*parse_policies(text));
  ASSERT_TRUE(compiled.ok());
  const EntityStore store;
  Scratch scratch;
  const auto view = view_of({{"U", "7"}, {"Action", "0"}, {"R", "0"}}, scratch);
  std::vector<uint32_t> found;
  compiled->index().find(*view, store, found);
  EXPECT_EQ(found, (std::vector<uint32_t>{0, 15}));
}

TEST(FrozenTable, FindsEveryNameAndNoOther) {
  struct Entry {
    EntityName name;
  };
  std::vector<std::string> ids;
  for (int i = 0; i < 1000; ++i) {
    ids.push_back(std::to_string(i));
  }
  std::vector<Entry> entries;
  for (const std::string& id : ids) {
    entries.push_back({EntityName::of("T", id)});
    // All in one bucket, as an attacker would have them.
    entries.back().name.hash = 42;
  }
  const FrozenTable<Entry> table(std::move(entries));
  for (const std::string& id : ids) {
    EntityName name = EntityName::of("T", id);
    name.hash = 42;
    ASSERT_NE(table.find(name), nullptr);
    EXPECT_EQ(table.find(name)->name.id, id);
    name.type = "S";
    EXPECT_EQ(table.find(name), nullptr);
  }
  EXPECT_EQ(FrozenTable<Entry>().find(EntityName::of("T", "0")), nullptr);
}

}  // namespace
}  // namespace sally::cedar
