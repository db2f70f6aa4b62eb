#include "content/names/train/evaluate.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <vector>

namespace sally::content::names {
namespace {

bool overlap(const Entity& a, const Entity& b) {
  return a.begin < b.end && b.begin < a.end;
}

bool is_match(const Entity& a, const Entity& b) {
  const size_t from = std::max(a.begin, b.begin);
  const size_t to = std::min(a.end, b.end);
  if (from >= to) {
    return false;
  }
  const size_t both = std::max(a.end, b.end) - std::min(a.begin, b.begin);
  return 2 * (to - from) >= both;
}

using Keep = std::function<bool(const Entity&)>;

// Each of the gold spans is matched at most once.
Counts match(const std::vector<Entity>& gold, const std::vector<Entity>& found, const Keep& keep,
             bool with_type) {
  Counts out;
  std::vector<bool> used(found.size());
  for (const Entity& entity : found) {
    out.found += keep(entity) ? 1 : 0;
  }
  for (const Entity& entity : gold) {
    if (!keep(entity)) {
      continue;
    }
    ++out.gold;
    for (size_t i = 0; i < found.size(); ++i) {
      if (!used[i] && keep(found[i]) && is_match(entity, found[i]) &&
          (!with_type || entity.type == found[i].type)) {
        used[i] = true;
        ++out.right;
        break;
      }
    }
  }
  return out;
}

}  // namespace

void Counts::add(const Counts& other) {
  gold += other.gold;
  found += other.found;
  right += other.right;
}

double f_score(const Counts& counts, double beta) {
  const double square = beta * beta;
  const double below =
      square * static_cast<double>(counts.gold) + static_cast<double>(counts.found);
  return below > 0 ? (1 + square) * static_cast<double>(counts.right) / below : 0;
}

Counts Figures::typed() const {
  Counts out = person;
  out.add(location);
  out.add(organization);
  return out;
}

void Figures::add(const Figures& other) {
  person.add(other.person);
  location.add(other.location);
  organization.add(other.organization);
  address.add(other.address);
  any.add(other.any);
  texts += other.texts;
  clean += other.clean;
  false_in_clean += other.false_in_clean;
}

Figures measure(const NameTagger& tagger, const Example& example) {
  std::vector<Entity> found;
  tagger.find(example.text, found);
  Figures out;
  out.texts = 1;
  if (example.gold.empty() && example.others.empty()) {
    out.clean = 1;
    out.false_in_clean = found.size();
  }
  std::erase_if(found, [&](const Entity& entity) {
    const auto covers = [&](const Entity& other) { return overlap(other, entity); };
    return std::ranges::any_of(example.others, covers) &&
           std::ranges::none_of(example.gold, covers);
  });
  const auto of = [&](EntityType type) {
    return match(
        example.gold, found, [&](const Entity& entity) { return entity.type == type; }, true);
  };
  out.address = of(EntityType::kAddress);
  // A place inside an address is no mistake of the place's type.
  std::erase_if(found, [&](const Entity& entity) {
    return entity.type != EntityType::kAddress &&
           std::ranges::any_of(example.gold, [&](const Entity& other) {
             return other.type == EntityType::kAddress && overlap(other, entity);
           });
  });
  out.person = of(EntityType::kPerson);
  out.location = of(EntityType::kLocation);
  out.organization = of(EntityType::kOrganization);
  out.any = match(
      example.gold, found, [](const Entity& entity) { return entity.type != EntityType::kAddress; },
      false);
  return out;
}

std::string report(const NameTagger& tagger, std::span<const Example> examples) {
  std::map<std::string, Figures, std::less<>> of;
  Figures all;
  for (const Example& example : examples) {
    const Figures figures = measure(tagger, example);
    of[example.source].add(figures);
    all.add(figures);
  }
  std::string out =
      fmt::format("{:<24} {:>6} {:>6} {:>6} {:>6} {:>6} {:>6} {:>6} {:>6} {:>9}\n", "F2", "texts",
                  "any", "typed", "PERSON", "LOC", "ORG", "ADDR", "typF1", "false/1k");
  const auto line = [&](std::string_view name, const Figures& f) {
    const auto cell = [](const Counts& counts, double beta) {
      return counts.gold == 0 ? std::string("-") : fmt::format("{:.3f}", f_score(counts, beta));
    };
    out += fmt::format(
        "{:<24} {:>6} {:>6} {:>6} {:>6} {:>6} {:>6} {:>6} {:>6} {:>9}\n", name, f.texts,
        cell(f.any, 2), cell(f.typed(), 2), cell(f.person, 2), cell(f.location, 2),
        cell(f.organization, 2), cell(f.address, 2), cell(f.typed(), 1),
        f.clean == 0 ? std::string("-")
                     : fmt::format("{:.1f}", 1000.0 * static_cast<double>(f.false_in_clean) /
                                                 static_cast<double>(f.clean)));
  };
  for (const auto& [source, figures] : of) {
    line(source, figures);
  }
  line("all", all);
  return out;
}

}  // namespace sally::content::names
