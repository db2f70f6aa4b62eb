#include "cedar/eval/index.h"

#include <algorithm>
#include <map>

namespace sally::cedar {
namespace {

struct Before {
  bool operator()(const EntityName* a, const EntityName* b) const { return compare(*a, *b) < 0; }
};
template <typename T>
using ByName = std::map<const EntityName*, T, Before>;

}  // namespace

PolicyIndex::PolicyIndex(const std::vector<std::vector<IndexChoice>>& choices) {
  // How often each key could be chosen: a policy takes the choice that few others have.
  std::array<ByName<size_t>, kIndexPlaces> counts;
  for (const auto& policy : choices) {
    for (const IndexChoice& choice : policy) {
      for (const IndexKey& key : choice) {
        ++counts[static_cast<size_t>(key.place)][key.name];
      }
    }
  }
  const auto cost = [&counts](const IndexChoice& choice) {
    size_t out = 0;
    for (const IndexKey& key : choice) {
      out += counts[static_cast<size_t>(key.place)][key.name];
    }
    return out;
  };
  std::array<ByName<std::vector<uint32_t>>, kIndexPlaces> chosen;
  for (uint32_t i = 0; i < choices.size(); ++i) {
    const auto best = std::min_element(
        choices[i].begin(), choices[i].end(),
        [&](const IndexChoice& a, const IndexChoice& b) { return cost(a) < cost(b); });
    if (best == choices[i].end()) {
      always_.push_back(i);
      continue;
    }
    for (const IndexKey& key : *best) {
      auto& policies = chosen[static_cast<size_t>(key.place)][key.name];
      // An action that a list names twice.
      if (policies.empty() || policies.back() != i) {
        policies.push_back(i);
      }
    }
    repeats_ = repeats_ || best->size() > 1;
  }
  for (size_t place = 0; place < kIndexPlaces; ++place) {
    std::vector<Entry> entries;
    for (const auto& [name, policies] : chosen[place]) {
      Entry& entry = entries.emplace_back();
      entry.name = *name;
      entry.begin = static_cast<uint32_t>(policies_.size());
      policies_.insert(policies_.end(), policies.begin(), policies.end());
      entry.end = static_cast<uint32_t>(policies_.size());
    }
    tables_[place] = Table(std::move(entries));
  }
}

void PolicyIndex::add(const Entry* entry, std::vector<uint32_t>& out) const {
  if (entry != nullptr) {
    out.insert(out.end(), policies_.begin() + entry->begin, policies_.begin() + entry->end);
  }
}

void PolicyIndex::find_entity(IndexKey::Place place, const EntityName& name,
                              const EntityStore& store, std::vector<uint32_t>& out) const {
  const Table& entities = table(place);
  if (entities.entries().empty()) {
    return;
  }
  add(entities.find(name), out);
  const StoredEntity* stored = store.find(name);
  if (stored == nullptr) {
    return;
  }
  // Whichever are fewer: what the entity lies in, or the keys.
  if (stored->ancestors.size() <= entities.entries().size()) {
    for (const EntityName* ancestor : stored->ancestors) {
      add(entities.find(*ancestor), out);
    }
    return;
  }
  for (const Entry& entry : entities.entries()) {
    if (stored->is_in(entry.name)) {
      add(&entry, out);
    }
  }
}

void PolicyIndex::find_type(IndexKey::Place place, const EntityName& name,
                            std::vector<uint32_t>& out) const {
  EntityName type;
  type.type = name.type;
  type.hash = name.type_hash;
  add(table(place).find(type), out);
}

void PolicyIndex::find(const RequestView& request, const EntityStore& store,
                       std::vector<uint32_t>& out) const {
  using Place = IndexKey::Place;
  out.insert(out.end(), always_.begin(), always_.end());
  find_entity(Place::kPrincipal, request.principal, store, out);
  find_entity(Place::kAction, request.action, store, out);
  find_entity(Place::kResource, request.resource, store, out);
  find_type(Place::kPrincipalType, request.principal, out);
  find_type(Place::kResourceType, request.resource, out);
  std::sort(out.begin(), out.end());
  if (repeats_) {
    out.erase(std::unique(out.begin(), out.end()), out.end());
  }
}

}  // namespace sally::cedar
