// Two versions of any octets: what orders them is an order, and what is written is read again.
#include <string_view>

#include "base/bytes.h"
#include "base/check.h"
#include "vet/dependency/any_version.h"
#include "vet/dependency/cvss.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally;
  using namespace sally::vet::dependency;
  const std::string_view text = as_text(std::as_bytes(std::span(data, size)));
  const std::string_view first = text.substr(0, text.find('\n'));
  const std::string_view second =
      first.size() < text.size() ? text.substr(first.size() + 1) : std::string_view();
  for (const Order order : {Order::kPep440, Order::kSemver, Order::kDpkg}) {
    const auto a = AnyVersion::parse(order, first);
    const auto b = AnyVersion::parse(order, second);
    if (a && b) {
      SALLY_CHECK((*a < *b) == (*b > *a));
      SALLY_CHECK((*a == *b) == (*b == *a));
    }
    SALLY_CHECK(!a || *a == *a);
  }
  if (const auto version = Pep440::parse(first)) {
    const auto again = Pep440::parse(version->to_string());
    SALLY_CHECK(again && *again == *version);
    if (const auto specifiers = Specifiers::parse(second)) {
      (void)specifiers->admits(*version, first);
    }
  }
  (void)vet::dependency::severity_of_vector(text);
  return 0;
}
