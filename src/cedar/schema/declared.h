// What a schema declares, by whole names: the first step of the resolver.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cedar/entity_uid.h"
#include "cedar/schema/fragment.h"
#include "cedar/syntax/span.h"

namespace sally::cedar {

// Collects problems in the order of the text; of very many only the first that were found stay, so
// that the work for messages is bounded.
class Problems {
 public:
  void add(Span span, std::string message, std::string help = {});
  [[nodiscard]] bool empty() const { return problems_.empty(); }
  [[nodiscard]] std::vector<Problem> take() && { return std::move(problems_); }

 private:
  static constexpr size_t kMost = 64;
  std::vector<Problem> problems_;
};

// Pointers are into the fragment, which outlives this.
struct Declared {
  struct CommonType {
    const NamespaceDecl* where;
    const CommonTypeDecl* what;
  };
  // By their whole names, with the place of each name in the text.
  std::map<std::string, CommonType, std::less<>> common_types;
  std::map<std::string, Span, std::less<>> entity_types;
  std::map<EntityUid, Span> actions;
  std::set<std::string, std::less<>> action_types;  // `Action`, `Ns::Action` of declared actions

  // The declared name nearest to `name`, as a help text; empty where none is near.
  [[nodiscard]] std::string suggest_type(std::string_view name, bool with_common_types) const;
  [[nodiscard]] std::string suggest_action(const EntityUid& uid) const;
};

// Also tells what is declared twice, has a reserved name, or shadows (RFC 70).
[[nodiscard]] Declared collect(const SchemaFragment& fragment, Problems& problems);

}  // namespace sally::cedar
