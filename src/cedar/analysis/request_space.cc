#include "cedar/analysis/request_space.h"

#include <algorithm>
#include <limits>
#include <set>

#include "cedar/analysis/samples.h"
#include "cedar/validate/members.h"

namespace sally::cedar {
namespace {

constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();

// SplitMix64 (Steele, Lea, Flood 2014): numbers that look like chance and are the same everywhere.
uint64_t mixed(uint64_t number) {
  number += 0x9E3779B97F4A7C15;
  number = (number ^ (number >> 30)) * 0xBF58476D1CE4E5B9;
  number = (number ^ (number >> 27)) * 0x94D049BB133111EB;
  return number ^ (number >> 31);
}

constexpr uint64_t kContextsOfOneSample = 16;  // are tried with the same entities

void append_entities(const Value& value, std::vector<EntityUid>& out) {
  if (value.kind() == ValueKind::kEntity) {
    out.push_back(value.as_entity());
  } else if (value.kind() == ValueKind::kSet) {
    for (const Value& element : value.as_set()) {
      append_entities(element, out);
    }
  } else if (value.kind() == ValueKind::kRecord) {
    for (const Field& field : value.as_record()) {
      append_entities(field.value, out);
    }
  }
}

}  // namespace

RequestSpace::RequestSpace(const Schema& schema, const Environment& environment, Terms& terms,
                           std::span<const Rule* const> rules, const Entities& given)
    : schema_(schema),
      environment_(environment),
      terms_(terms),
      given_(given),
      types_(schema, terms, environment),
      paths_(terms, types_, rules) {
  const TermId principal = terms_.variable(Variable::kPrincipal);
  const TermId resource = terms_.variable(Variable::kResource);
  principal_site_ = make_site(principal, environment.principal->name, false);
  resource_site_ = make_site(resource, environment.resource->name, false);
  add_candidates(Variable::kPrincipal, *environment.principal, principal_site_, principal_slot_);
  add_candidates(Variable::kResource, *environment.resource, resource_site_, resource_slot_);
  const size_t sites = sites_.size();
  context_ = members_of(terms_.variable(Variable::kContext), environment.action->context, true);
  context_has_sites_ = sites_.size() > sites;
  for (const Slot& slot : slots_) {
    if (__builtin_mul_overflow(size_, uint64_t{slot.choices.size()}, &size_)) {
      size_ = kMost;
      break;
    }
  }
  digits_.resize(slots_.size());
  used_.resize(slots_.size());
  request_.action = environment.action->uid;
}

size_t RequestSpace::add_slot(std::vector<Choice> choices, bool of_context) {
  slots_.push_back({std::move(choices), of_context});
  return slots_.size() - 1;
}

// Who can be principal or resource: somebody nobody named, those that are named, those that are
// given, and somebody of whom nothing is known.
void RequestSpace::add_candidates(Variable variable, const EntityType& type, size_t site,
                                  size_t& slot) {
  const bool is_principal = variable == Variable::kPrincipal;
  std::vector<Choice> choices;
  const auto add = [&](const EntityUid& uid) {
    const Value value = Value::entity(uid);
    if (uid.type == type.name && type.allows_id(uid.id) &&
        std::ranges::find(choices, value, &Choice::value) == choices.end()) {
      choices.push_back({Choice::Kind::kValue, value});
    }
  };
  add(fresh_entity(schema_, type.name, is_principal ? "somebody" : "something"));
  for (const std::string& id : type.enum_ids) {
    add({type.name, id});
  }
  for (const Value& constant : paths_.pool_of(terms_.variable(variable)).constants) {
    if (constant.kind() == ValueKind::kEntity) {
      add(constant.as_entity());
    }
  }
  size_t taken = 0;
  for (const Entity& entity : given_.all()) {
    if (entity.uid.type == type.name && taken < kMostGiven) {
      add(entity.uid);
      ++taken;
    }
  }
  if (!is_principal && environment_.principal == environment_.resource) {
    choices.push_back({Choice::Kind::kPrincipal, Value::boolean(false)});
  }
  const bool looked_into = !sites_[site].tags.empty() ||
                           std::ranges::any_of(sites_[site].attributes, [](const Member& member) {
                             return member.slot != kNone;
                           });
  if (looked_into && !type.is_enum()) {
    choices.push_back({Choice::Kind::kAbsent, Value::entity({type.name, "unknown"})});
  }
  slot = add_slot(std::move(choices), false);
}

size_t RequestSpace::make_site(TermId path, std::string_view type, bool of_context) {
  const size_t index = sites_.size();
  sites_.push_back({.type = std::string(type), .attributes = {}, .tags = {}, .groups = {}});
  const EntityType* const declared = schema_.find_entity_type(type);
  if (declared == nullptr) {
    return index;
  }
  auto attributes = members_of(path, declared->attributes, of_context);
  std::vector<Member> tags;
  if (declared->tags) {
    for (const auto& [name, term] : paths_.tags_of(path)) {
      if (auto tag = member(term, {name, *declared->tags, false}, of_context)) {
        tags.push_back(*std::move(tag));
      }
    }
  }
  std::vector<Site::Group> groups;
  for (const TermId group : paths_.groups_of(path)) {
    const auto only_equal = in_means_equal(schema_, type, types_.entity_type_of(group));
    if (only_equal && !*only_equal) {
      const std::vector<Choice> choices{{Choice::Kind::kValue, Value::boolean(false)},
                                        {Choice::Kind::kValue, Value::boolean(true)}};
      groups.push_back({add_slot(choices, of_context), group});
    }
  }
  sites_[index].attributes = std::move(attributes);
  sites_[index].tags = std::move(tags);
  sites_[index].groups = std::move(groups);
  return index;
}

std::vector<RequestSpace::Member> RequestSpace::members_of(TermId object, const Type& record,
                                                           bool of_context) {
  std::vector<Member> out;
  for (const Attribute& attribute : record.attributes()) {
    const TermId path =
        terms_.make({.kind = ExprKind::kGet, .operands = {object}, .names = {attribute.name}});
    if (auto found = member(path, attribute, of_context)) {
      out.push_back(*std::move(found));
    }
  }
  return out;
}

// nullopt where nobody looks at it and it need not be there.
std::optional<RequestSpace::Member> RequestSpace::member(TermId path, const Attribute& attribute,
                                                         bool of_context) {
  Member out{.name = attribute.name, .path = path};
  if (!paths_.contains(path)) {
    if (!attribute.required) {
      return std::nullopt;
    }
    out.plain = plain_value(schema_, attribute.type);
    return out;
  }
  std::vector<Choice> choices;
  if (!attribute.required) {
    choices.push_back({Choice::Kind::kAbsent, Value::boolean(false)});
  }
  if (attribute.type.kind() == TypeKind::kRecord) {
    out.is_record = true;
    out.members = members_of(path, attribute.type, of_context);
    choices.push_back({Choice::Kind::kValue, Value::boolean(true)});
  } else {
    for (Value& value : samples_of(schema_, attribute.type, paths_.pool_of(path))) {
      choices.push_back({Choice::Kind::kValue, std::move(value)});
    }
  }
  if (attribute.type.kind() == TypeKind::kEntity) {
    const std::string& type = attribute.type.entity_type();
    if (type == environment_.principal->name && !environment_.principal->is_enum()) {
      choices.push_back({Choice::Kind::kPrincipal, Value::boolean(false)});
    }
    if (type == environment_.resource->name && !environment_.resource->is_enum()) {
      choices.push_back({Choice::Kind::kResource, Value::boolean(false)});
    }
    out.site = make_site(path, type, of_context);
  }
  out.slot = add_slot(std::move(choices), of_context);
  return out;
}

bool RequestSpace::build(uint64_t index) {
  for (size_t i = slots_.size(); i-- > 0;) {
    digits_[i] = static_cast<size_t>(index % slots_[i].choices.size());
    index /= slots_[i].choices.size();
  }
  if (!build_chosen()) {
    return false;
  }
  for (size_t i = 0; i < digits_.size(); ++i) {
    if (digits_[i] != 0 && !used_[i]) {
      return false;
    }
  }
  return true;
}

bool RequestSpace::build_sample(uint64_t number) {
  for (size_t i = 0; i < slots_.size(); ++i) {
    const uint64_t seed = slots_[i].of_context ? number : number / kContextsOfOneSample;
    digits_[i] = static_cast<size_t>(mixed(mixed(seed) + i) % slots_[i].choices.size());
  }
  return build_chosen();
}

size_t RequestSpace::weight() const {
  size_t out = 0;
  for (size_t i = 0; i < digits_.size(); ++i) {
    out += digits_[i] != 0 && used_[i] ? 1 : 0;
  }
  return out;
}

bool RequestSpace::build_chosen() {
  std::vector<size_t> chosen = digits_;
  for (size_t i = 0; i < chosen.size(); ++i) {
    if (slots_[i].of_context && !context_has_sites_) {
      chosen[i] = 0;
    }
  }
  if (chosen != entities_from_) {
    entities_from_ = std::move(chosen);
    entities_fit_ = build_entities();
    used_by_entities_ = used_;
  } else {
    used_ = used_by_entities_;
  }
  if (!entities_fit_) {
    return false;
  }
  if (!context_has_sites_) {
    request_.context = build_record(context_);
  }
  return true;
}

bool RequestSpace::build_entities() {
  used_.assign(slots_.size(), false);
  found_at_.clear();
  pending_.clear();
  built_.clear();
  absent_.clear();
  request_.principal =
      choose_entity(principal_slot_, principal_site_, terms_.variable(Variable::kPrincipal));
  request_.resource =
      choose_entity(resource_slot_, resource_site_, terms_.variable(Variable::kResource));
  if (context_has_sites_) {
    request_.context = build_record(context_);
  }
  for (size_t i = 0; i < pending_.size(); ++i) {
    const auto [uid, site] = pending_[i];
    build_site(uid, site);
  }
  return finish_entities();
}

// Memberships last: a group may be what another entity says.
bool RequestSpace::finish_entities() {
  std::vector<Entity> all(given_.all().begin(), given_.all().end());
  for (Built& built : built_) {
    for (const Site::Group& group : sites_[built.site].groups) {
      const Term& term = terms_[group.path];
      const auto found = found_at_.find(group.path);
      if (!term.constant && found == found_at_.end()) {
        continue;
      }
      const EntityUid uid = term.constant ? term.constant->as_entity() : found->second;
      if (uid != built.entity.uid && choose(group.slot).value.as_bool()) {
        built.entity.parents.push_back(uid);
      }
    }
    all.push_back(built.entity);
  }
  auto entities = Entities::create(std::move(all));
  if (!entities.ok()) {
    return false;
  }
  entities_ = *std::move(entities);
  store_ = std::make_unique<EntityStore>(EntityStore::create(entities_));
  return true;
}

const RequestSpace::Choice& RequestSpace::choose(size_t slot) {
  used_[slot] = true;
  return slots_[slot].choices[digits_[slot]];
}

EntityUid RequestSpace::choose_entity(size_t slot, size_t site, TermId path) {
  const Choice& choice = choose(slot);
  if (choice.kind == Choice::Kind::kAbsent) {
    absent_.push_back(choice.value.as_entity());
    return choice.value.as_entity();
  }
  const EntityUid uid = choice.kind == Choice::Kind::kPrincipal  ? request_.principal
                        : choice.kind == Choice::Kind::kResource ? request_.resource
                                                                 : choice.value.as_entity();
  found_at_.insert_or_assign(path, uid);
  pending_.emplace_back(uid, site);
  return uid;
}

std::optional<Value> RequestSpace::build_member(const Member& member) {
  if (member.slot == kNone) {
    return member.plain;
  }
  if (slots_[member.slot].choices[digits_[member.slot]].kind == Choice::Kind::kAbsent) {
    used_[member.slot] = true;
    return std::nullopt;
  }
  if (member.site != kNone) {
    return Value::entity(choose_entity(member.slot, member.site, member.path));
  }
  const Choice& choice = choose(member.slot);
  return member.is_record ? build_record(member.members) : choice.value;
}

Value RequestSpace::build_record(const std::vector<Member>& members) {
  std::vector<Field> fields;
  for (const Member& member : members) {
    if (auto value = build_member(member)) {
      fields.push_back({member.name, *std::move(value)});
    }
  }
  return Value::record(std::move(fields));
}

// An entity that is given is what it is; one that two paths lead to is built for the first.
void RequestSpace::build_site(const EntityUid& uid, size_t site) {
  const bool is_built =
      std::ranges::any_of(built_, [&](const Built& built) { return built.entity.uid == uid; });
  if (is_built || given_.find(uid) != nullptr || schema_.find_entity_type(uid.type) == nullptr ||
      std::ranges::find(absent_, uid) != absent_.end()) {
    return;
  }
  Entity entity{.uid = uid};
  entity.attributes = build_record(sites_[site].attributes);
  entity.tags = build_record(sites_[site].tags);
  built_.push_back({std::move(entity), site});
}

std::vector<Entity> RequestSpace::reachable_entities() const {
  std::vector<EntityUid> queue{request_.principal, request_.resource};
  append_entities(request_.context, queue);
  std::set<EntityUid> seen;
  std::vector<Entity> out;
  for (size_t i = 0; i < queue.size(); ++i) {
    const Entity* const entity = seen.insert(queue[i]).second ? entities_.find(queue[i]) : nullptr;
    if (entity == nullptr || schema_.find_action(entity->uid) != nullptr) {
      continue;
    }
    out.push_back(*entity);
    queue.insert(queue.end(), entity->parents.begin(), entity->parents.end());
    append_entities(entity->attributes, queue);
    append_entities(entity->tags, queue);
  }
  return out;
}

}  // namespace sally::cedar
