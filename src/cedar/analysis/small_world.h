// For tests: a schema whose requests can all be asked, policies over it by chance, and what each of
// them says to each request.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "cedar/entities/json_reader.h"
#include "cedar/eval/authorizer.h"
#include "cedar/schema/parser.h"
#include "cedar/schema/schema.h"
#include "cedar/syntax/parser.h"

namespace sally::cedar {

inline constexpr std::string_view kSmallSchema = R"(
entity Team in [Team];
entity User in [Team] { n: Long, b: Bool, s?: String } tags Long;
entity Doc { owner: User };
action read, write appliesTo { principal: User, resource: Doc, context: { x: Long, f?: Bool } };
)";

// A number below `end`, by chance.
using Choose = std::function<uint32_t(uint32_t end)>;

class PolicyWriter {
 public:
  explicit PolicyWriter(Choose choose) : choose_(std::move(choose)) {}

  std::string policies(uint32_t count) {
    std::string out;
    for (uint32_t i = 0; i < count; ++i) {
      out += choose_(3) == 0 ? "forbid (" : "permit (";
      out += pick({"principal", "principal", "principal == User::\"u1\"",
                   "principal in Team::\"t1\"", "principal is User in Team::\"t2\""});
      out += ", ";
      out += pick({"action", "action == Action::\"read\""});
      out += ", ";
      out += pick({"resource", "resource", "resource == Doc::\"d\""});
      out += ")";
      for (uint32_t k = choose_(3); k > 0; --k) {
        out += fmt::format("\n{} {{ {} }}", pick({"when", "when", "unless"}), condition(2));
      }
      out += ";\n";
    }
    return out;
  }

 private:
  std::string_view pick(std::initializer_list<std::string_view> list) {
    return std::data(list)[choose_(static_cast<uint32_t>(list.size()))];
  }
  uint32_t number() { return choose_(4); }

  std::string condition(int depth) {
    switch (depth == 0 ? 0 : choose_(7)) {
      case 1:
        return fmt::format("!({})", condition(depth - 1));
      case 2:
      case 3:
        return fmt::format("({} && {})", condition(depth - 1), condition(depth - 1));
      case 4:
      case 5:
        return fmt::format("({} || {})", condition(depth - 1), condition(depth - 1));
      case 6:
        return fmt::format("(if {} then {} else {})", condition(depth - 1), condition(depth - 1),
                           condition(depth - 1));
      default:
        return atom();
    }
  }

  std::string atom() {
    switch (choose_(16)) {
      case 0:
        return fmt::format("principal.n {} {}", pick({"<", "<=", ">", ">=", "==", "!="}), number());
      case 1:
        return fmt::format("context.x {} {}", pick({"<", "<=", ">", ">=", "==", "!="}), number());
      case 2:
        return fmt::format("context.x {} principal.n", pick({"<", "<=", ">", ">=", "==", "!="}));
      case 3:
        return std::string(pick(
            {"principal has s", "context has f", "resource has owner", "principal has nothing"}));
      case 4:
        return fmt::format("principal.s {} \"{}\"", pick({"==", "!=", "like", "like"}),
                           pick({"a", "ab", "a*", "*b", "*"}));
      case 5:
        return fmt::format("(principal has s && principal.s like \"{}\")",
                           pick({"a", "ab", "a*", "*b", "*", "b*"}));
      case 6:
        return fmt::format("principal in {}",
                           pick({"Team::\"t1\"", "Team::\"t2\"", "User::\"u1\"",
                                 "[Team::\"t1\", Team::\"t2\"]", "[resource.owner]"}));
      case 7:
        return fmt::format("{} == {}", pick({"principal", "resource.owner"}),
                           pick({"User::\"u1\"", "User::\"u2\"", "principal", "resource.owner"}));
      case 8:
        return std::string(pick({"principal.b", "context.f", "principal.b == context.f",
                                 "context.f != true", "(context has f && context.f)"}));
      case 9:
        return fmt::format("context.x {} {} {} {}", pick({"+", "-", "*"}),
                           pick({"1", "9223372036854775807"}), pick({"<", "==", ">"}), number());
      case 10:
        return fmt::format("[{}, {}].contains({})", number(), number(),
                           pick({"principal.n", "context.x", "resource.owner.n"}));
      case 11:
        return fmt::format("resource.owner.n {} {}", pick({"<", "==", ">="}), number());
      case 12:
        return fmt::format("principal.{}(\"k\"){}", pick({"hasTag", "hasTag", "getTag"}),
                           choose_(3) == 0 ? "" : fmt::format(" == {}", pick({"1", "true"})));
      case 13:
        return std::string(pick({"principal is User", "resource is Doc", "principal is Doc",
                                 "action == Action::\"read\"", "true", "1 == 2",
                                 "principal is User in Team::\"t1\""}));
      case 14:
        return fmt::format("(if principal.b then principal.n else context.x) {} {}",
                           pick({"<", "==", ">"}), number());
      default:
        return fmt::format("{{a: context.x, b: [principal.n]}}.{}",
                           pick({"a == 1", "b.contains(2)", "a < principal.n", "b == [principal.n]",
                                 "b.isEmpty()"}));
    }
  }

  Choose choose_;
};

// All requests there are with these few values, each with its entities.
class SmallWorld {
 public:
  SmallWorld() : schema_(*parse_schema(kSmallSchema)) {
    for (const std::string_view user : users()) {
      for (const std::string_view owner : {"", "u1", "u2"}) {
        add_store(user, owner);
      }
    }
    for (const std::string_view action : {"read", "write"}) {
      for (const int64_t x : {0, 1, 2, 3}) {
        for (const int f : {0, 1, 2}) {
          add_request(action, x, f);
        }
      }
    }
  }

  [[nodiscard]] const Schema& schema() const { return schema_; }

  // Calls `visit` with every request and, for each policy in the order of the set, whether it
  // applies; until it returns false.
  using Visit = std::function<bool(const Request&, const std::vector<bool>&)>;
  void for_each(const PolicySet& policies, const Visit& visit) const {
    const Half permits(policies, Effect::kPermit);
    const Half forbids(policies, Effect::kForbid);
    Scratch scratch;
    for (const EntityStore& store : stores_) {
      for (const Request& request : requests_) {
        std::vector<bool> applies(policies.policies().size(), false);
        permits.decide(store, request, scratch, applies);
        forbids.decide(store, request, scratch, applies);
        if (!visit(request, applies)) {
          return;
        }
      }
    }
  }

 private:
  // The policies of one effect: only then all that apply are told.
  class Half {
   public:
    Half(const PolicySet& policies, Effect effect) {
      PolicySet half;
      for (size_t i = 0; i < policies.policies().size(); ++i) {
        if (policies.policies()[i].effect == effect) {
          SALLY_CHECK(half.add(policies.policies()[i]).ok());
          places_.push_back(i);
        }
      }
      auto compiled = CompiledPolicies::create(half);
      SALLY_CHECK(compiled.ok());
      compiled_ = *std::move(compiled);
    }
    void decide(const EntityStore& store, const Request& request, Scratch& scratch,
                std::vector<bool>& applies) const {
      const auto view = view_of(request, scratch);
      SALLY_CHECK(view.ok());
      for (const uint32_t index : authorize(compiled_, store, *view, scratch).determining) {
        applies[places_[index]] = true;
      }
    }

   private:
    CompiledPolicies compiled_;
    std::vector<size_t> places_;
  };

  // What the principal may look like; empty: it is not there.
  static const std::vector<std::string_view>& users() {
    static const std::vector<std::string_view> kUsers{
        "",
        R"("attrs": {"n": 0, "b": true}, "parents": [])",
        R"("attrs": {"n": 1, "b": false, "s": "a"}, "parents": [{"type": "Team", "id": "t1"}])",
        R"("attrs": {"n": 2, "b": true, "s": "ab"}, "parents": [{"type": "Team", "id": "t2"}])",
        R"("attrs": {"n": 3, "b": false, "s": "b"}, "parents": [{"type": "Team", "id": "t1"}])",
        R"("attrs": {"n": 1, "b": true, "s": ""}, "parents": [], "tags": {"k": 1})",
        R"("attrs": {"n": 2, "b": false}, "tags": {"k": 2},
           "parents": [{"type": "Team", "id": "t1"}, {"type": "Team", "id": "t2"}])"};
    return kUsers;
  }

  void add_store(std::string_view user, std::string_view owner) {
    std::string text = R"([{"uid": {"type": "User", "id": "u2"}, "attrs": {"n": 2, "b": true},
                            "parents": []})";
    if (!user.empty()) {
      text += fmt::format(R"(, {{"uid": {{"type": "User", "id": "u1"}}, {}}})", user);
    }
    if (!owner.empty()) {
      text += fmt::format(R"(, {{"uid": {{"type": "Doc", "id": "d"}}, "parents": [], "attrs":
                             {{"owner": {{"__entity": {{"type": "User", "id": "{}"}}}}}}}})",
                          owner);
    }
    const auto entities = read_entities(text + "]", &schema_);
    SALLY_CHECK(entities.ok());
    stores_.push_back(EntityStore::create(*entities));
  }

  void add_request(std::string_view action, int64_t x, int f) {
    std::vector<Field> context{{"x", Value::number(x)}};
    if (f != 0) {
      context.push_back({"f", Value::boolean(f == 1)});
    }
    for (const std::string_view user : {"u1", "u2"}) {
      requests_.push_back({{"User", std::string(user)},
                           {"Action", std::string(action)},
                           {"Doc", "d"},
                           Value::record(context)});
    }
  }

  Schema schema_;
  std::vector<EntityStore> stores_;
  std::vector<Request> requests_;
};

}  // namespace sally::cedar
