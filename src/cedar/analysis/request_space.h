// RequestSpace: requests of one environment, with the entities they need, that tell apart what
// policies ask: every combination of the samples of what they look at. What no policy looks at does
// not vary.
//
//   for (uint64_t i = 0; i < space.size(); ++i) {
//     if (space.build(i)) { authorize(policies, space.store(), space.request(), ...); }
//   }
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cedar/analysis/paths.h"
#include "cedar/entities/entities.h"
#include "cedar/eval/request.h"
#include "cedar/eval/store.h"

namespace sally::cedar {

class RequestSpace {
 public:
  // `schema`, `terms` and `given` outlive it. Of the given entities those of the types of principal
  // and resource are asked about as they are, at most kMostGiven of each.
  RequestSpace(const Schema& schema, const Environment& environment, Terms& terms,
               std::span<const Rule* const> rules, const Entities& given);
  static constexpr size_t kMostGiven = 32;

  // How many indices there are, saturating.
  [[nodiscard]] uint64_t size() const { return size_; }

  // The request of an index below size(). False where it is that of another index (a choice was
  // made about what is not there), or no entities are like that.
  bool build(uint64_t index);
  // A combination by chance, the same for the same number.
  bool build_sample(uint64_t number);

  // Of the last build, until the next.
  [[nodiscard]] const Request& request() const { return request_; }
  [[nodiscard]] const EntityStore& store() const { return *store_; }
  // How many choices were not the plainest.
  [[nodiscard]] size_t weight() const;
  // What policies can reach from the request, of the given entities and the others.
  [[nodiscard]] std::vector<Entity> reachable_entities() const;

 private:
  static constexpr size_t kNone = static_cast<size_t>(-1);

  // What can be chosen for a slot.
  struct Choice {
    enum class Kind : uint8_t { kAbsent, kValue, kPrincipal, kResource };
    Kind kind = Kind::kValue;
    Value value = Value::boolean(false);
  };
  struct Slot {
    std::vector<Choice> choices;
    bool of_context = false;
  };
  // An attribute or a tag.
  struct Member {
    std::string name;
    size_t slot = kNone;
    Value plain = Value::boolean(false);  // where there is no slot
    bool is_record = false;
    std::vector<Member> members = {};  // of a record
    size_t site = kNone;               // of an entity that is looked into
    TermId path = 0;
  };
  // An entity that is looked into.
  struct Site {
    std::string type;
    std::vector<Member> attributes;
    std::vector<Member> tags;
    struct Group {
      size_t slot;
      TermId path;  // of the group
    };
    std::vector<Group> groups;
  };
  struct Built {
    Entity entity;
    size_t site;
  };

  size_t add_slot(std::vector<Choice> choices, bool of_context);
  void add_candidates(Variable variable, const EntityType& type, size_t site, size_t& slot);
  size_t make_site(TermId path, std::string_view type, bool of_context);
  [[nodiscard]] std::vector<Member> members_of(TermId object, const Type& record, bool of_context);
  [[nodiscard]] std::optional<Member> member(TermId path, const Attribute& attribute,
                                             bool of_context);

  bool build_chosen();
  bool build_entities();
  bool finish_entities();
  [[nodiscard]] const Choice& choose(size_t slot);
  EntityUid choose_entity(size_t slot, size_t site, TermId path);
  [[nodiscard]] std::optional<Value> build_member(const Member& member);
  [[nodiscard]] Value build_record(const std::vector<Member>& members);
  void build_site(const EntityUid& uid, size_t site);

  const Schema& schema_;
  const Environment environment_;
  Terms& terms_;
  const Entities& given_;
  TermTypes types_;
  Paths paths_;

  std::vector<Slot> slots_;  // those of the context last
  std::vector<Site> sites_;
  std::vector<Member> context_;
  size_t principal_slot_ = kNone;
  size_t resource_slot_ = kNone;
  size_t principal_site_ = kNone;
  size_t resource_site_ = kNone;
  bool context_has_sites_ = false;
  uint64_t size_ = 1;

  std::vector<size_t> digits_;         // what is chosen, by slot
  std::vector<bool> used_;             // whether that was looked at
  std::vector<size_t> entities_from_;  // the digits that the entities were built from
  bool entities_fit_ = false;
  std::vector<bool> used_by_entities_;
  std::map<TermId, EntityUid> found_at_;  // entities by their paths
  std::vector<std::pair<EntityUid, size_t>> pending_;
  std::vector<Built> built_;
  std::vector<EntityUid> absent_;
  Entities entities_;
  std::unique_ptr<EntityStore> store_;
  Request request_;
};

}  // namespace sally::cedar
