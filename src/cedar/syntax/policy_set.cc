#include "cedar/syntax/policy_set.h"

#include <fmt/format.h>

#include <utility>

#include "base/check.h"
#include "base/text.h"

namespace sally::cedar {
namespace {

Error no_such(std::string_view what, std::string_view id) {
  return Error(ErrorKind::kNotFound, fmt::format("no {} `{}`", what, printable(id)));
}

Result<> check_slot(const Link& link, std::string_view slot, bool wanted, bool given) {
  if (wanted == given) {
    return ok();
  }
  return wanted ? Error(ErrorKind::kInvalidInput,
                        fmt::format("link `{}` gives `{}` no value", printable(link.id), slot),
                        fmt::format("template `{}` has that slot", printable(link.template_id)))
                : Error(ErrorKind::kInvalidInput,
                        fmt::format("link `{}` gives `{}` a value", printable(link.id), slot),
                        fmt::format("template `{}` has no such slot", printable(link.template_id)));
}

ScopeConstraint filled(const ScopeConstraint& constraint, const std::optional<EntityUid>& value) {
  ScopeConstraint out = constraint;
  if (out.slot) {
    SALLY_CHECK(value.has_value());
    out.slot = false;
    out.entity = *value;
  }
  return out;
}

}  // namespace

std::optional<size_t> PolicySet::find(std::string_view id, Member member) const {
  const auto found = index_.find(id);
  if (found == index_.end() || found->second.member != member) {
    return std::nullopt;
  }
  return found->second.index;
}

const Policy* PolicySet::find_policy(std::string_view id) const {
  const auto index = find(id, Member::kPolicy);
  return index ? &policies_[*index] : nullptr;
}

const Policy* PolicySet::find_template(std::string_view id) const {
  const auto index = find(id, Member::kTemplate);
  return index ? &templates_[*index] : nullptr;
}

const Link* PolicySet::find_link(std::string_view id) const {
  const auto index = find(id, Member::kLink);
  return index ? &links_[*index] : nullptr;
}

Result<> PolicySet::claim(const std::string& id, Member member, size_t index) {
  if (!index_.try_emplace(id, Place{member, index}).second) {
    return Error(ErrorKind::kConflict, fmt::format("two policies have the id `{}`", printable(id)),
                 "ids of policies, templates and links are one namespace");
  }
  return ok();
}

Result<> PolicySet::add(Policy policy) {
  const Member member = policy.is_template() ? Member::kTemplate : Member::kPolicy;
  auto& list = policy.is_template() ? templates_ : policies_;
  TRY_OK(claim(policy.id, member, list.size()));
  list.push_back(std::move(policy));
  return ok();
}

Result<> PolicySet::add_link(Link link) {
  const Policy* const from = find_template(link.template_id);
  if (from == nullptr) {
    return no_such("template", link.template_id);
  }
  TRY_OK(check_slot(link, "?principal", from->principal.slot, link.principal.has_value()));
  TRY_OK(check_slot(link, "?resource", from->resource.slot, link.resource.has_value()));
  TRY_OK(claim(link.id, Member::kLink, links_.size()));
  links_.push_back(std::move(link));
  return ok();
}

void PolicySet::index_again() {
  index_.clear();
  for (size_t i = 0; i < policies_.size(); ++i) {
    index_.emplace(policies_[i].id, Place{Member::kPolicy, i});
  }
  for (size_t i = 0; i < templates_.size(); ++i) {
    index_.emplace(templates_[i].id, Place{Member::kTemplate, i});
  }
  for (size_t i = 0; i < links_.size(); ++i) {
    index_.emplace(links_[i].id, Place{Member::kLink, i});
  }
}

Result<> PolicySet::remove_policy(std::string_view id) {
  const auto index = find(id, Member::kPolicy);
  if (!index) {
    return no_such("policy", id);
  }
  policies_.erase(policies_.begin() + static_cast<ptrdiff_t>(*index));
  index_again();
  return ok();
}

Result<> PolicySet::remove_template(std::string_view id) {
  const auto index = find(id, Member::kTemplate);
  if (!index) {
    return no_such("template", id);
  }
  const std::string removed = std::move(templates_[*index].id);
  templates_.erase(templates_.begin() + static_cast<ptrdiff_t>(*index));
  std::erase_if(links_, [&](const Link& link) { return link.template_id == removed; });
  index_again();
  return ok();
}

Result<> PolicySet::remove_link(std::string_view id) {
  const auto index = find(id, Member::kLink);
  if (!index) {
    return no_such("link", id);
  }
  links_.erase(links_.begin() + static_cast<ptrdiff_t>(*index));
  index_again();
  return ok();
}

std::vector<ActivePolicy> PolicySet::active() const {
  std::vector<ActivePolicy> out;
  out.reserve(policies_.size() + links_.size());
  for (const auto& policy : policies_) {
    out.push_back({policy.id, &policy, policy.principal, policy.resource});
  }
  for (const auto& link : links_) {
    const Policy* const from = find_template(link.template_id);
    SALLY_CHECK(from != nullptr);
    out.push_back({link.id, from, filled(from->principal, link.principal),
                   filled(from->resource, link.resource)});
  }
  return out;
}

}  // namespace sally::cedar
