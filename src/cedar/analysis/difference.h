// Difference: what changes when one set of policies takes the place of another.
//
//   TRY(const Difference found, compare(in_force, candidate, schema, entities));
//   if (found.classes.empty() && found.is_exhausted()) { ... }
//
// Where the prover shows that both sets decide alike, nothing is tried. Elsewhere requests are made
// that tell apart what the policies ask (analysis/request_space.h) and decided by both.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "cedar/entities/entities.h"
#include "cedar/eval/request.h"
#include "cedar/schema/schema.h"
#include "cedar/syntax/policy_set.h"

namespace sally::cedar {

struct DifferenceOptions {
  uint64_t requests = 1'000'000;       // at most so many are tried
  uint64_t steps = uint64_t{1} << 24;  // of the proofs
};

struct Difference {
  // Requests that are decided differently for the same reasons.
  struct Class {
    std::string principal_type;
    EntityUid action;
    std::string resource_type;
    bool newly_allowed = false;  // else newly denied
    // The policies that determine the two decisions; none: no permit applies.
    std::vector<std::string> before;
    std::vector<std::string> after;
    uint64_t requests = 0;
    // The plainest of them, with the entities that policies can reach from it.
    Request example;
    std::vector<Entity> entities;
  };
  std::vector<Class> classes;  // by type of principal, action, type of resource, then as found

  uint64_t environments = 0;  // of the schema
  uint64_t proved = 0;        // in which both sets decide every request alike
  uint64_t exhausted = 0;     // of which all requests that tell policies apart were tried
  uint64_t tried = 0;         // requests
  uint64_t space = 0;  // how many there are at most, saturating, without those of proved ones
  uint64_t newly_allowed = 0;
  uint64_t newly_denied = 0;

  [[nodiscard]] bool is_proved() const { return proved == environments; }
  [[nodiscard]] bool is_exhausted() const { return proved + exhausted == environments; }
};

// `entities` fit the schema and hold its actions; more are made up beside them. kTooLarge where a
// set cannot be compiled.
Result<Difference> compare(const PolicySet& before, const PolicySet& after, const Schema& schema,
                           const Entities& entities, const DifferenceOptions& options = {});

}  // namespace sally::cedar
