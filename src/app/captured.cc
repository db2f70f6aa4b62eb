#include "app/captured.h"

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/random.h"
#include "ledger/event_json.h"
#include "ledger/log_reader.h"

namespace sally::app {

Result<Captured> open_captured(const Config& config) {
  if (!config.capture) {
    return Error(ErrorKind::kUsage, "nothing is kept of bodies: there is nothing to look at",
                 "`capture` in the configuration says what is kept");
  }
  const capture::RecorderSettings& settings = config.capture->settings;
  Captured out;
  TRY(out.keys, capture::SubjectKeys::open(settings.folder, config.capture->key,
                                           capture::SubjectKeys::IfMissing::kFail,
                                           std::make_unique<SystemRandom>()));
  TRY(out.content, capture::ContentStore::open(settings.folder / "content", settings.content));
  return out;
}

Result<std::map<Ulid, AccessEvent>> find_accesses(const std::filesystem::path& folder,
                                                  std::span<const Ulid> ids) {
  constexpr size_t kIdSize = 26;
  constexpr std::string_view kBefore = R"("metadata":{"uid":")";
  const std::set<std::string, std::less<>> wanted = [&] {
    std::set<std::string, std::less<>> out;
    for (const Ulid& id : ids) {
      out.emplace(id.str());
    }
    return out;
  }();
  TRY(auto reader, ledger::LogReader::open(folder));
  std::map<Ulid, AccessEvent> out;
  TRY_OK(reader.read(reader.first(), UINT64_MAX, [&](uint64_t, std::string_view entry) {
    const size_t at = entry.find(kBefore);
    if (at != std::string_view::npos &&
        wanted.contains(entry.substr(at + kBefore.size(), kIdSize))) {
      auto event = ledger::parse_any(entry);
      if (auto* access = event ? std::get_if<ledger::RecordedEvent>(&*event) : nullptr) {
        const Ulid id = access->event.id;
        out.emplace(id, std::move(access->event));
      }
    }
    return out.size() == wanted.size() ? ledger::Visit::kStop : ledger::Visit::kContinue;
  }));
  return out;
}

}  // namespace sally::app
