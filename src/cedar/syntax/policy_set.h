// PolicySet: static policies, templates, and links that fill the slots of templates.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cedar/syntax/ast.h"

namespace sally::cedar {

// A policy made from a template. A slot has a value exactly where the template has that slot.
struct Link {
  std::string id;
  std::string template_id;
  std::optional<EntityUid> principal;
  std::optional<EntityUid> resource;
};

// A policy that takes part in decisions: a static one, or a template with its slots filled.
struct ActivePolicy {
  std::string_view id;  // of the static policy or of the link
  const Policy* policy;
  ScopeConstraint principal;  // without slots
  ScopeConstraint resource;
};

// The ids of static policies, templates and links are one namespace. Everything stays in the order
// it was added in. A copy is deep.
class PolicySet {
 public:
  // By whether a slot stands in it, a static policy or a template. kConflict where the id is taken.
  Result<> add(Policy policy);
  // kNotFound where there is no such template; kInvalidInput where a slot of it gets no value or a
  // value has no slot; kConflict where the id is taken.
  Result<> add_link(Link link);

  // kNotFound where there is none of that id. With a template go its links.
  Result<> remove_policy(std::string_view id);
  Result<> remove_template(std::string_view id);
  Result<> remove_link(std::string_view id);

  [[nodiscard]] std::span<const Policy> policies() const { return policies_; }
  [[nodiscard]] std::span<const Policy> templates() const { return templates_; }
  [[nodiscard]] std::span<const Link> links() const { return links_; }
  [[nodiscard]] const Policy* find_policy(std::string_view id) const;
  [[nodiscard]] const Policy* find_template(std::string_view id) const;
  [[nodiscard]] const Link* find_link(std::string_view id) const;

  // Static policies, then links. Valid until the set changes.
  [[nodiscard]] std::vector<ActivePolicy> active() const;

 private:
  enum class Member : uint8_t { kPolicy, kTemplate, kLink };
  struct Place {
    Member member;
    size_t index;
  };
  using Index = std::map<std::string, Place, std::less<>>;

  [[nodiscard]] std::optional<size_t> find(std::string_view id, Member member) const;
  Result<> claim(const std::string& id, Member member, size_t index);
  void index_again();

  std::vector<Policy> policies_;
  std::vector<Policy> templates_;
  std::vector<Link> links_;
  Index index_;
};

}  // namespace sally::cedar
