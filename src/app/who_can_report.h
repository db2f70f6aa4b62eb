// What `policy who-can` found, for people and for programs.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "app/console.h"
#include "cedar/partial/access_query.h"

namespace sally::app {

// Of one action: who may do it with the resource that was asked about, or with what the principal
// that was asked about may do it.
struct WhoCan {
  struct Found {
    std::string type;
    std::optional<cedar::EntityUid> entity;  // none: any that is not among the entities
    cedar::PartialAnswer answer;
  };
  cedar::EntityUid action;
  std::vector<Found> found;

  [[nodiscard]] bool anybody() const;
};

struct WhoCanReport {
  bool asks_principal = true;  // else for the resource
  cedar::EntityUid known;      // the other one
  std::vector<WhoCan> actions;
  std::span<const cedar::ActivePolicy> policies;  // outlive the report

  [[nodiscard]] bool anybody() const;
  [[nodiscard]] std::string to_text(const Console& console) const;
  [[nodiscard]] std::string to_json() const;
};

}  // namespace sally::app
