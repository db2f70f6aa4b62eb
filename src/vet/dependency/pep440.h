// Python's versions and version specifiers (PEP 440), as `packaging` orders them.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vet/dependency/digits.h"

namespace sally::vet::dependency {

class Pep440 {
 public:
  // nullopt: no version. What PEP 440 normalises (`v1.0-RC.1`) is read.
  static std::optional<Pep440> parse(std::string_view text);

  [[nodiscard]] bool is_pre() const { return pre_ != Pre::kNone || dev_.has_value(); }
  // As PEP 440 writes it: `1!2.0rc1.post2.dev3+local.4`.
  [[nodiscard]] std::string to_string() const;

  // The order of PEP 440; `1.0` and `1.0.0` are the same.
  friend std::strong_ordering operator<=>(const Pep440& a, const Pep440& b);
  friend bool operator==(const Pep440& a, const Pep440& b) { return (a <=> b) == 0; }

 private:
  friend class Specifiers;
  enum class Pre : uint8_t { kA, kB, kRc, kNone };
  struct LocalPart {
    std::string text;  // lower case; a number without leading zeros
    bool is_number;
  };
  [[nodiscard]] Pep440 without_local() const;
  // Epoch, release and whether nothing else stands there.
  [[nodiscard]] static std::strong_ordering compare_release(const Pep440& a, const Pep440& b);
  // What follows the release: `rc1`, `post1`, `dev0`.
  [[nodiscard]] std::vector<std::string> tail_parts() const;

  Digits epoch_;
  std::vector<Digits> release_;
  Pre pre_ = Pre::kNone;
  Digits pre_number_;
  std::optional<Digits> post_;
  std::optional<Digits> dev_;
  std::vector<LocalPart> local_;
};

// `>=1.0, !=1.5.*, <2`: all of them.
class Specifiers {
 public:
  enum class Operator : uint8_t {
    kCompatible,
    kEqual,
    kNotEqual,
    kAtMost,
    kAtLeast,
    kBelow,
    kAbove,
    kSame
  };

  // nullopt where one of them is none. Empty text: nothing is asked.
  static std::optional<Specifiers> parse(std::string_view text);

  // Whether `version` is admitted, with pre-releases.
  [[nodiscard]] bool admits(const Pep440& version, std::string_view as_written) const;
  [[nodiscard]] bool empty() const { return parts_.empty(); }
  // The one version of `==1.2.3` or `===1.2.3`, as it was written; empty: there is none.
  [[nodiscard]] std::string_view pinned() const;

 private:
  struct Part {
    Operator op;
    bool prefix = false;  // `.*`
    Pep440 version;       // of kSame: none
    std::string text;
  };
  static bool admits(const Part& part, const Pep440& version, std::string_view as_written);
  static bool matches_prefix(const Pep440& prefix, const Pep440& version);

  std::vector<Part> parts_;
};

// A project's name as indexes compare it (PEP 503): `Foo__Bar.baz` is `foo-bar-baz`.
std::string folded_name(std::string_view name);

}  // namespace sally::vet::dependency
