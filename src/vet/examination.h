// Examination: the work on one target, and what it may cost. A format's reader gets one, reports
// what it finds, and hands back what lies inside (members of an archive, what was compressed).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "formats/input.h"
#include "vet/target.h"

namespace sally::vet {

namespace dependency {
class Advisories;
}
class SecretSearch;

// What one target may cost.
struct Limits {
  uint64_t unpacked = uint64_t{16} << 30;  // octets that come out of archives and compressors
  uint64_t ratio = 2'000;                  // of what comes out to what went in, above 16 MiB
  uint32_t depth = 12;                     // archives within archives
  uint32_t members = 200'000;
  uint32_t findings = 200;  // that are listed
  Millis time = std::chrono::minutes(5);
};

// What readers look things up in. All outlive the scan and are safe from several threads.
struct Services {
  const Clock& clock;
  const dependency::Advisories* advisories = nullptr;  // null: no database was named
  const SecretSearch* secrets = nullptr;               // null: secrets are not looked for
};

// Belongs to one thread.
class Examination {
 public:
  // All three outlive it.
  Examination(Target& target, const Limits& limits, const Services& services);
  Examination(const Examination&) = delete;
  Examination& operator=(const Examination&) = delete;

  // Examines what stands in `input` as every format that a loader could take it for, as a member
  // named `name` of what is being examined (the target itself: its file name). Never fails: what
  // cannot be read is a finding. Above the depth or the number of members a finding, and no look.
  void examine(const formats::Input& input, std::string_view name);

  // Adds a finding in what is being examined; `member` is filled in, texts are cut and made valid
  // UTF-8. Above the most that are listed the mildest goes.
  void add(Finding finding);
  // The same in short, with the rule's own severity.
  void add(RuleId rule, uint64_t offset, std::string message, std::string evidence = {});
  // What `error` says is why this could not be read to its end.
  void unread(const Error& error, uint64_t offset = 0);

  // Counts `octets` that came out of an archive or a compressor. kTooLarge where that is more than
  // one target may cost, with a finding; the reader stops.
  Result<> spend(uint64_t octets);
  // kTimeout where the time is over, with a finding; asked now and then by whatever may take long.
  Result<> time_left();

  // What is being examined turned out to be `format`, which no row of the formats tells.
  void name_format(std::string_view format);
  void add_package(Package package);
  void add_fact(std::string_view name, std::string_view value);

  [[nodiscard]] const Limits& limits() const { return limits_; }
  [[nodiscard]] const Services& services() const { return services_; }
  // What is being examined: `archive/data.pkl`; empty: the target itself.
  [[nodiscard]] const std::string& member() const { return member_; }
  // The name of the file or member, without its folders.
  [[nodiscard]] std::string_view name() const;
  [[nodiscard]] const std::string& target_path() const { return target_.path; }

 private:
  void limit_hit(std::string message);

  Target& target_;
  const Limits& limits_;
  const Services& services_;
  MonoTime until_;
  std::string member_;
  uint32_t depth_ = 0;
  uint32_t members_ = 0;
  uint64_t unpacked_ = 0;
  bool limit_told_ = false;
};

}  // namespace sally::vet
