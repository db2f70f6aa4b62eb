#include "vet/dependency/advisories.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <mutex>
#include <set>
#include <unordered_map>
#include <utility>

#include "base/text.h"
#include "vet/dependency/advisory_files.h"

namespace sally::vet::dependency {

namespace fs = std::filesystem;

struct Advisories::Source {
  std::string ecosystem;  // empty: any
  std::string path;       // an archive, or a folder of records

  // Filled once, then constant.
  mutable std::once_flag once;
  mutable std::atomic<bool> is_read = false;
  mutable std::vector<Advisory> records;
  mutable std::unordered_map<std::string, std::vector<Listed>> by_package;
  mutable size_t unreadable = 0;
  mutable std::string newest;
};

namespace {

std::string key_of(std::string_view ecosystem, std::string_view canonical) {
  return fmt::format("{}\n{}", base_ecosystem(ecosystem), canonical);
}

bool has_records(const fs::path& folder) {
  std::error_code failure;
  for (fs::directory_iterator at(folder, failure), end; !failure && at != end;
       at.increment(failure)) {
    if (at->path().extension() == ".json") {
      return true;
    }
  }
  return false;
}

// `Debian:12` of a record is meant where `Debian` is asked, and the other way round; another
// release is not.
bool same_release(std::string_view recorded, std::string_view asked) {
  const bool any =
      recorded.find(':') == std::string_view::npos || asked.find(':') == std::string_view::npos;
  return any || recorded == asked;
}

}  // namespace

Advisories::Advisories() = default;
Advisories::~Advisories() = default;

void Advisories::add(const std::string& folder, bool is_layout) {
  std::error_code failure;
  const auto note = [&](const fs::path& path, std::string ecosystem) {
    auto source = std::make_unique<Source>();
    source->ecosystem = std::move(ecosystem);
    source->path = path.string();
    sources_.push_back(std::move(source));
  };
  std::vector<fs::path> folders;
  for (fs::directory_iterator at(folder, failure), end; !failure && at != end;
       at.increment(failure)) {
    if (at->is_directory(failure)) {
      folders.push_back(at->path());
    }
  }
  std::ranges::sort(folders);
  for (const fs::path& inner : folders) {
    const std::string name = inner.filename().string();
    if (!is_layout && (name == "osv-scanner" || name == "osv-scalibr")) {
      add(inner.string(), true);
    } else if (fs::is_regular_file(inner / "all.zip", failure)) {
      note(inner / "all.zip", name);
    } else if (has_records(inner)) {
      note(inner, name);
    }
  }
  if (has_records(folder)) {
    note(folder, {});
  }
}

Result<std::unique_ptr<const Advisories>> Advisories::open(
    const std::vector<std::string>& folders) {
  std::unique_ptr<Advisories> out(new Advisories());
  for (const std::string& folder : folders) {
    const size_t before = out->sources_.size();
    std::error_code failure;
    if (!fs::is_directory(folder, failure)) {
      return Error(ErrorKind::kUsage, fmt::format("`{}` is no folder", printable(folder)),
                   "name the folder that holds `osv-scanner/PyPI/all.zip`, or records of OSV");
    }
    out->add(folder, false);
    if (out->sources_.size() == before) {
      return Error(ErrorKind::kUsage, fmt::format("`{}` holds no advisories", printable(folder)),
                   "name the folder that holds `osv-scanner/PyPI/all.zip`, or records of OSV");
    }
  }
  return std::unique_ptr<const Advisories>(std::move(out));
}

void Advisories::load(const Source& source) {
  std::call_once(source.once, [&] {
    const auto take = [&](std::string_view json) {
      auto record = parse_advisory(json);
      if (!record.ok()) {
        ++source.unreadable;
        return;
      }
      source.newest = std::max(source.newest, record->modified);
      if (!record->withdrawn) {
        source.records.push_back(*std::move(record));
      }
    };
    source.unreadable += read_advisory_files(source.path, take);
    for (const Advisory& advisory : source.records) {
      for (const Affected& affected : advisory.affected) {
        source.by_package[key_of(affected.ecosystem, affected.name)].push_back(
            {.advisory = &advisory, .affected = &affected});
      }
    }
    source.is_read.store(true, std::memory_order_release);
  });
}

std::vector<const Advisories::Source*> Advisories::sources_of(std::string_view ecosystem) const {
  std::vector<const Source*> out;
  for (const std::unique_ptr<Source>& source : sources_) {
    if (source->ecosystem.empty() ||
        base_ecosystem(source->ecosystem) == base_ecosystem(ecosystem)) {
      load(*source);
      out.push_back(source.get());
    }
  }
  return out;
}

std::vector<Advisories::Listed> Advisories::about(std::string_view ecosystem,
                                                  std::string_view name) const {
  std::vector<Listed> out;
  const std::string key = key_of(ecosystem, canonical_name(ecosystem, name));
  for (const Source* source : sources_of(ecosystem)) {
    if (const auto found = source->by_package.find(key); found != source->by_package.end()) {
      std::ranges::copy_if(found->second, std::back_inserter(out), [&](const Listed& listed) {
        return same_release(listed.affected->ecosystem, ecosystem);
      });
    }
  }
  return out;
}

std::vector<KnownFlaw> Advisories::of(std::string_view ecosystem, std::string_view name,
                                      std::string_view version) const {
  std::vector<KnownFlaw> out;
  for (const Listed& listed : about(ecosystem, name)) {
    if (!affects(*listed.affected, version)) {
      continue;
    }
    std::vector<std::string> ids = listed.advisory->aliases;
    ids.insert(ids.begin(), listed.advisory->id);
    // A record may join two that were not known to be the same.
    KnownFlaw joined{.advisory = listed.advisory,
                     .affected = listed.affected,
                     .ids = std::move(ids),
                     .severity = listed.advisory->severity};
    for (auto at = out.begin(); at != out.end();) {
      const bool same = std::ranges::any_of(at->ids, [&](const std::string& id) {
        return std::ranges::find(joined.ids, id) != joined.ids.end();
      });
      if (!same) {
        ++at;
        continue;
      }
      const bool other_scored = at->advisory->is_scored;
      const bool scored = joined.advisory->is_scored;
      if (other_scored == scored) {
        joined.severity = std::max(joined.severity, at->severity);
      } else if (other_scored) {
        joined.severity = at->severity;
      }
      if (other_scored || !scored) {
        joined.advisory = at->advisory;
        joined.affected = at->affected;
      }
      joined.ids.insert(joined.ids.end(), at->ids.begin(), at->ids.end());
      at = out.erase(at);
    }
    out.push_back(std::move(joined));
  }
  for (KnownFlaw& flaw : out) {
    std::set<std::string> others(flaw.ids.begin(), flaw.ids.end());
    others.erase(flaw.advisory->id);
    flaw.ids.assign(others.begin(), others.end());
    flaw.ids.insert(flaw.ids.begin(), flaw.advisory->id);
  }
  std::ranges::sort(out, [](const KnownFlaw& a, const KnownFlaw& b) {
    return std::pair(b.severity, a.ids.front()) < std::pair(a.severity, b.ids.front());
  });
  return out;
}

std::vector<Advisories::Read> Advisories::read() const {
  std::vector<Read> out;
  for (const std::unique_ptr<Source>& source : sources_) {
    if (source->is_read.load(std::memory_order_acquire)) {
      out.push_back({.ecosystem = source->ecosystem,
                     .records = source->records.size(),
                     .unreadable = source->unreadable,
                     .newest = source->newest});
    }
  }
  return out;
}

}  // namespace sally::vet::dependency
