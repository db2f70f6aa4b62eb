#include "vet/dependency/cvss.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace sally::vet::dependency {
namespace {

// The value of `metric` in `vector`; empty where it is missing or stands twice.
std::string_view metric(std::string_view vector, std::string_view name) {
  std::string_view found;
  while (!vector.empty()) {
    const size_t end = std::min(vector.find('/'), vector.size());
    const std::string_view part = vector.substr(0, end);
    vector.remove_prefix(std::min(end + 1, vector.size()));
    const size_t colon = part.find(':');
    if (colon != std::string_view::npos && part.substr(0, colon) == name) {
      if (!found.empty()) {
        return {};
      }
      found = part.substr(colon + 1);
    }
  }
  return found;
}

struct Weight {
  std::string_view value;
  double weight;
};

template <size_t N>
std::optional<double> weight(std::string_view vector, std::string_view name,
                             const std::array<Weight, N>& weights) {
  const std::string_view value = metric(vector, name);
  const auto found = std::ranges::find(weights, value, &Weight::value);
  return found == weights.end() ? std::nullopt : std::optional(found->weight);
}

// Section 7.4 and appendix A: the smallest number with one digit behind the point that is not below
// `value`, in whole numbers, so that all machines agree.
double rounded_up(double value) {
  const auto scaled = static_cast<int64_t>(std::llround(value * 100'000));
  if (scaled % 10'000 == 0) {
    return static_cast<double>(scaled) / 100'000;
  }
  const int64_t tenths = scaled / 10'000 + 1;
  return static_cast<double>(tenths) / 10;
}

}  // namespace

std::optional<double> cvss3_base_score(std::string_view vector) {
  if (!vector.starts_with("CVSS:3.0/") && !vector.starts_with("CVSS:3.1/")) {
    return std::nullopt;
  }
  vector.remove_prefix(9);
  static constexpr std::array<Weight, 4> kVector = {
      {{"N", 0.85}, {"A", 0.62}, {"L", 0.55}, {"P", 0.2}}};
  static constexpr std::array<Weight, 2> kComplexity = {{{"L", 0.77}, {"H", 0.44}}};
  static constexpr std::array<Weight, 3> kPrivileges = {{{"N", 0.85}, {"L", 0.62}, {"H", 0.27}}};
  static constexpr std::array<Weight, 3> kPrivilegesChanged = {
      {{"N", 0.85}, {"L", 0.68}, {"H", 0.5}}};
  static constexpr std::array<Weight, 2> kInteraction = {{{"N", 0.85}, {"R", 0.62}}};
  static constexpr std::array<Weight, 3> kImpact = {{{"H", 0.56}, {"L", 0.22}, {"N", 0}}};

  const std::string_view scope = metric(vector, "S");
  const bool changed = scope == "C";
  const auto av = weight(vector, "AV", kVector);
  const auto ac = weight(vector, "AC", kComplexity);
  const auto pr = weight(vector, "PR", changed ? kPrivilegesChanged : kPrivileges);
  const auto ui = weight(vector, "UI", kInteraction);
  const auto c = weight(vector, "C", kImpact);
  const auto i = weight(vector, "I", kImpact);
  const auto a = weight(vector, "A", kImpact);
  if (!av || !ac || !pr || !ui || !c || !i || !a || (!changed && scope != "U")) {
    return std::nullopt;
  }
  const double base = 1 - (1 - *c) * (1 - *i) * (1 - *a);
  const double impact =
      changed ? 7.52 * (base - 0.029) - 3.25 * std::pow(base - 0.02, 15) : 6.42 * base;
  if (impact <= 0) {
    return 0;
  }
  const double sum = impact + 8.22 * *av * *ac * *pr * *ui;
  return rounded_up(std::min(changed ? 1.08 * sum : sum, 10.0));
}

std::optional<Severity> cvss4_severity(std::string_view vector) {
  if (!vector.starts_with("CVSS:4.0/")) {
    return std::nullopt;
  }
  vector.remove_prefix(9);
  const auto count = [&](std::string_view value) {
    int found = 0;
    for (const std::string_view name : {"VC", "VI", "VA"}) {
      found += metric(vector, name) == value ? 1 : 0;
    }
    return found;
  };
  const bool behind =
      metric(vector, "SC") == "H" || metric(vector, "SI") == "H" || metric(vector, "SA") == "H";
  const bool anybody = metric(vector, "AV") == "N" && metric(vector, "AT") == "N" &&
                       metric(vector, "PR") == "N" && metric(vector, "UI") == "N";
  if (metric(vector, "AV").empty() || metric(vector, "VC").empty()) {
    return std::nullopt;
  }
  if (anybody && (count("H") >= 2 || (count("H") == 1 && behind))) {
    return Severity::kCritical;
  }
  if (count("H") > 0 || behind) {
    return Severity::kHigh;
  }
  return count("L") > 0 ? Severity::kMedium : Severity::kLow;
}

Severity severity_of_score(double score) {
  if (score >= 9) {
    return Severity::kCritical;
  }
  if (score >= 7) {
    return Severity::kHigh;
  }
  if (score >= 4) {
    return Severity::kMedium;
  }
  return score > 0 ? Severity::kLow : Severity::kInfo;
}

std::optional<Severity> severity_of_vector(std::string_view vector) {
  if (const auto score = cvss3_base_score(vector)) {
    return severity_of_score(*score);
  }
  return cvss4_severity(vector);
}

}  // namespace sally::vet::dependency
