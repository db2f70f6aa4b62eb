// Any policies on a fixed schema, a fixed store and one request: the text up to a line `---` is
// policies, the byte behind it says what of the request is taken away. What is left of each policy
// gives, once that is put back, what the policy gives.
#include <string_view>

#include "base/check.h"
#include "cedar/entities/json_reader.h"
#include "cedar/partial/access_query.h"
#include "cedar/partial/completion.h"
#include "cedar/schema/parser.h"
#include "cedar/syntax/parser.h"
#include "cedar/syntax/printer.h"

namespace {

using namespace sally::cedar;

struct World {
  Schema schema;
  Entities entities;
  Entities without_a;
  Request request;
};

const World& world() {
  static const World made = [] {
    auto schema = parse_schema(R"(
      entity G in [G];
      entity U in [G] { n: Long, s: String, f?: Bool, u?: U, r: { x: { y?: Long } }, set: Set<Long>,
                        ip: ipaddr, t: datetime } tags String;
      entity E enum ["one", "two"];
      entity R in [R, G] { owner: U, kind: E, all: Set<G> };
      action go, stay;
      action do in [go] appliesTo { principal: U, resource: R, context: {
        n: Long, f: Bool, o?: Long, s: String, who: U, arg: { a: Long, b?: String }, g: Set<G> } };
    )");
    SALLY_CHECK(schema.ok());
    constexpr std::string_view kUser =
        R"({"uid": {"type": "U", "id": "a"}, "attrs": {"n": 7, "s": "abc",
      "u": {"type": "U", "id": "b"}, "r": {"x": {"y": 1}}, "set": [1, 2], "ip": "10.0.0.1", "t": "1970-01-02"},
      "parents": [{"type": "G", "id": "g"}], "tags": {"k": "v"}}, )";
    constexpr std::string_view kRest = R"(
      {"uid": {"type": "U", "id": "c"}, "attrs": {"n": 1, "s": "", "f": true, "r": {"x": {}}, "set": [],
       "ip": "::1", "t": "2026-01-01"}, "parents": [{"type": "G", "id": "lost"}], "tags": {}},
      {"uid": {"type": "G", "id": "g"}, "attrs": {}, "parents": [{"type": "G", "id": "h"}]},
      {"uid": {"type": "R", "id": "r"}, "attrs": {"owner": {"type": "U", "id": "a"}, "kind": {"type": "E", "id": "one"},
       "all": [{"type": "G", "id": "g"}]}, "parents": [{"type": "R", "id": "top"}]}])";
    auto entities = read_entities("[" + std::string(kUser) + std::string(kRest), &*schema);
    auto without_a = read_entities("[" + std::string(kRest), &*schema);
    SALLY_CHECK(entities.ok() && without_a.ok());
    World out{*std::move(schema),
              *std::move(entities),
              *std::move(without_a),
              {{"U", "a"}, {"Action", "do"}, {"R", "r"}, Value::empty_record()}};
    auto context = read_context(R"({"n": 3, "f": true, "s": "x", "who": {"type": "U", "id": "c"},
      "arg": {"a": 1}, "g": [{"type": "G", "id": "h"}]})",
                                &out.schema, &out.request.action);
    SALLY_CHECK(context.ok());
    out.request.context = *std::move(context);
    return out;
  }();
  return made;
}

PartialEntity side(const EntityUid& uid, unsigned how) {
  return how == 0 ? PartialEntity(uid)
                  : PartialEntity(UnknownEntity{uid.type, static_cast<Presence>(how - 1)});
}

Value some_of(const Value& record, unsigned which) {
  std::vector<Field> kept;
  for (const Field& field : record.as_record()) {
    if (field.value.kind() == ValueKind::kRecord) {
      kept.push_back({field.name, some_of(field.value, which)});
    } else if ((which & 1U) != 0) {
      kept.push_back(field);
    }
    which = which >> 1U | (which & 1U) << 2U;
  }
  return Value::record(std::move(kept));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t split = text.find("---");
  const auto set = parse_policies(text.substr(0, split));
  if (!set.ok() || set->policies().size() > 20) {
    return 0;
  }
  const std::string_view behind = split == text.npos ? "" : text.substr(split + 3);
  const unsigned mask = behind.empty() ? 0 : static_cast<unsigned char>(behind.front());
  const World& w = world();
  const unsigned principal = mask & 3U;
  const unsigned resource = std::min(mask >> 2U & 3U, 2U);  // it stays in the store
  PartialRequest partial{side(w.request.principal, principal),
                         w.request.action,
                         side(w.request.resource, resource),
                         {}};
  partial.context.members = some_of(w.request.context, mask >> 4U & 7U);
  if (mask >> 7U != 0) {
    partial.context = {w.request.context, true};
  }
  const bool added = principal == 3;
  const EntityStore store = EntityStore::create(added ? w.without_a : w.entities);
  static const EntityStore kWhole = EntityStore::create(w.entities);
  Budget budget(uint64_t{1} << 20);
  Simplifier simplifier(w.schema, store, budget);
  SALLY_CHECK(simplifier.bind(partial).ok());
  static Scratch scratch;
  for (const ActivePolicy& policy : set->active()) {
    const PartialOutcome outcome = simplifier.evaluate(policy);
    const auto expected = state_of(policy, kWhole, w.request, scratch);
    const auto state = state_of(policy, outcome, kWhole, w.request, scratch);
    SALLY_CHECK(expected.ok() && state.ok());
    SALLY_CHECK(*expected == *state);
    SALLY_CHECK(*expected != PolicyState::kApplies || outcome.may_apply);
    SALLY_CHECK(*expected != PolicyState::kFails || outcome.may_fail);
    if (outcome.residual) {
      const auto again = parse_expression(to_cedar(outcome.residual->body, outcome.residual->expr));
      SALLY_CHECK(again.ok());
      SALLY_CHECK(same_expression(again->body, again->root, outcome.residual->body,
                                  outcome.residual->expr));
    }
  }
  return 0;
}
