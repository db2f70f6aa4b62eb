// Advisories: a database of OSV records on disk, in the layouts that osv-scanner knows.
//
//   <folder>/osv-scanner/<ecosystem>/all.zip    <folder>/osv-scalibr/<ecosystem>/all.zip
//   <folder>/<ecosystem>/all.zip                <folder>/<ecosystem>/*.json, <folder>/*.json
//
// An ecosystem is read when it is first asked for: a scan that meets no package reads nothing.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "vet/dependency/advisory.h"

namespace sally::vet::dependency {

// What is known of one package in one version: records of one and the same thing are one of these.
struct KnownFlaw {
  const Advisory* advisory;      // the record that says most: one with a score before one without
  const Affected* affected;      // of it
  std::vector<std::string> ids;  // of all records, GHSA and CVE and PYSEC; sorted, its own first
  Severity severity;             // the worst of those that have a score
};

// Safe from several threads.
class Advisories {
 public:
  // The records below `folders`. kUsage where one of them is none, or nothing is there.
  static Result<std::unique_ptr<const Advisories>> open(const std::vector<std::string>& folders);
  ~Advisories();
  Advisories(const Advisories&) = delete;
  Advisories& operator=(const Advisories&) = delete;

  // What is known of that version; withdrawn records are passed over.
  [[nodiscard]] std::vector<KnownFlaw> of(std::string_view ecosystem, std::string_view name,
                                          std::string_view version) const;
  // All that is listed for a package, whatever its version; good while this lives.
  struct Listed {
    const Advisory* advisory;
    const Affected* affected;
  };
  [[nodiscard]] std::vector<Listed> about(std::string_view ecosystem, std::string_view name) const;

  // What has been read so far.
  struct Read {
    std::string ecosystem;  // empty: a folder of records of any
    size_t records = 0;
    size_t unreadable = 0;
    std::string newest;  // the latest `modified` of a record, RFC 3339; empty: none says
  };
  [[nodiscard]] std::vector<Read> read() const;

 private:
  struct Source;
  Advisories();
  void add(const std::string& folder, bool is_layout);
  static void load(const Source& source);
  // Those that may tell of `ecosystem`, read.
  [[nodiscard]] std::vector<const Source*> sources_of(std::string_view ecosystem) const;

  std::vector<std::unique_ptr<Source>> sources_;
};

}  // namespace sally::vet::dependency
