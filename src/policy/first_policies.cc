#include "policy/first_policies.h"

namespace sally::policy {
namespace {

constexpr FirstPolicy kFirst[] = {
#include "policy/first_policies.inc"
};

}  // namespace

std::span<const FirstPolicy> first_policies() {
  return kFirst;
}

}  // namespace sally::policy
