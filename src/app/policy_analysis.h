// What the analysis observes of policies, for people and for programs.
#pragma once

#include <string>

#include "cedar/analysis/analysis.h"
#include "cedar/schema/schema.h"
#include "cedar/syntax/policy_set.h"
#include "formats/json/writer.h"

namespace sally::app {

class PolicyAnalysis {
 public:
  // What the validator warns of already is left out. `policies` outlive it.
  PolicyAnalysis(const cedar::PolicySet& policies, const cedar::Schema& schema);

  [[nodiscard]] bool found_nothing() const { return found_.observations.empty(); }
  // Each observation with its line, and what was not decided.
  [[nodiscard]] std::string to_text() const;
  // The members `observations` and `undecided` of the object that is open.
  void write(formats::JsonWriter& json) const;

 private:
  void write_place(formats::JsonWriter& json, const cedar::Observation& one) const;
  [[nodiscard]] const cedar::Policy* policy_of(const std::string& id) const;

  const cedar::PolicySet& policies_;
  cedar::Analysis found_;
};

}  // namespace sally::app
