// Paths: what policies look at in requests and entities of one environment, and which constants
// they hold against it.
#pragma once

#include <map>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "cedar/analysis/run.h"

namespace sally::cedar {

// What one relation compares a path with, and what is compared with both.
struct Pool {
  std::set<Value> constants;
  std::set<Pattern> patterns;
  bool arithmetic = false;  // sums and the like: the limits of 64 bits count
  bool addresses = false;   // questions of kind, as isLoopback()
};

// A path is `principal`, `resource`, `context`, or an attribute or a tag with a constant name of a
// path.
class Paths {
 public:
  // Of these rules together. `terms` outlives it and may get new ones.
  Paths(Terms& terms, TermTypes& types, std::span<const Rule* const> rules);

  [[nodiscard]] bool contains(TermId term) const { return paths_.contains(term); }
  [[nodiscard]] const Pool& pool_of(TermId path) const;
  // The names of the tags asked of the entity at the path, with their terms.
  [[nodiscard]] const std::map<std::string, TermId>& tags_of(TermId path) const;
  // Of the entity at a path the groups that it is asked to be in: constants, and paths to entities.
  [[nodiscard]] const std::set<TermId>& groups_of(TermId path) const;

 private:
  void visit(TermId root);
  void add_path(TermId path);
  void note_groups(TermId member, TermId group);
  // The paths of a relation share a pool, whatever else they are in.
  void relate(TermId relation);
  TermId root_of(TermId path);
  void gather(TermId term, std::vector<TermId>& paths, Pool& pool);
  bool is_path(TermId term);

  Terms& terms_;
  TermTypes& types_;
  std::set<TermId> seen_;
  std::set<TermId> paths_;
  std::map<TermId, TermId> joined_;  // towards the path that stands for all of a pool
  std::map<TermId, Pool> pools_;     // of those
  std::map<TermId, std::map<std::string, TermId>> tags_;
  std::map<TermId, std::set<TermId>> groups_;
};

}  // namespace sally::cedar
