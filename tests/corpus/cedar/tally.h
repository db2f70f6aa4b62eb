// Tally: what passed and what failed, by stratum.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sally::cedar {

// What is judged. The hard ones repeat checks of others that a program which says yes to everything
// would fail; they are shown by themselves and not added to the sum again.
enum class Stratum : uint8_t {
  kPolicies,
  kSchemas,
  kEntities,
  kValidation,
  kInvalid,  // hard: the policies that must not validate
  kStrict,
  kPermissive,
  kStrictOnly,  // hard: the policies that only permissive validation accepts
  kNeither,     // hard: the policies that neither accepts
  kEntityVerdicts,
  kRequestVerdicts,
  kDecision,
  kReason,
  kErrors,
  kExplained,     // the explanation has the same answer
  kFromJson,      // the same answer where the request is built from JSON
  kWithErrors,    // hard: the requests in which a policy errs
  kManyPolicies,  // hard: the requests to more than one policy
  kSchemaTwins,
  kPolicyTwins,
  kRoundTrips,
  kSchemaRoundTrips,
  kPartial,  // partial evaluation: the same once what was taken away is put back
  kLinks,
  kLevels,
  kProbes,
  kFormat,
  kSamples,
};
inline constexpr size_t kStrata = static_cast<size_t>(Stratum::kSamples) + 1;

class Tally {
 public:
  explicit Tally(bool verbose) : verbose_(verbose) {}

  // Counts one check. `why` says what was seen instead; it is shown with -v for the first failures
  // of each stratum.
  void expect(Stratum stratum, std::string_view name, bool as_it_should, std::string_view why = {});
  // Something in the input that is not judged, by kind.
  void skip(std::string_view kind, std::string_view name);

  // Prints a line for each stratum that had checks, what was skipped, and `N passed, N failed`.
  // The exit status: 0 where all passed, and something did.
  [[nodiscard]] int finish() const;

 private:
  struct Row {
    size_t passed = 0;
    size_t failed = 0;
    std::vector<std::string> failures;  // the first ones
  };
  bool verbose_;
  std::vector<Row> rows_ = std::vector<Row>(kStrata);
  std::map<std::string, std::vector<std::string>, std::less<>> skipped_;
};

}  // namespace sally::cedar
