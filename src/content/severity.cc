#include "content/severity.h"

#include <algorithm>

namespace sally::content {
namespace {

constexpr std::string_view kInfo[] = {"PERSON",      "LOCATION", "ORGANIZATION", "NRP",
                                      "TITLE",       "AGE",      "DATE_TIME",    "URL",
                                      "DOMAIN_NAME", "ZIP_CODE", "IP_ADDRESS"};
constexpr std::string_view kLow[] = {"EMAIL_ADDRESS", "PHONE_NUMBER", "ADDRESS", "MAC_ADDRESS",
                                     "DATE_OF_BIRTH"};

}  // namespace

Severity severity_of(std::string_view type) {
  if (std::ranges::find(kInfo, type) != std::end(kInfo)) {
    return Severity::kInfo;
  }
  return std::ranges::find(kLow, type) != std::end(kLow) ? Severity::kLow : Severity::kMedium;
}

}  // namespace sally::content
