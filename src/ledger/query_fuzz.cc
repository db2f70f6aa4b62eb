// Whatever is searched for, the index finds what a search without it finds.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/event_index.h"
#include "ledger/test_event.h"

namespace {

using namespace sally;
using namespace sally::ledger;

// A log of a few events and its index; for as long as the process lives.
struct Indexed {
  TestFolder folder;
  MemorySource log;
  std::optional<EventIndex> index;

  Indexed() {
    SeededRandom random(1);
    log.add(test_event(random));
    log.add(test_refusal(random));
    AccessEvent foreign = test_event(random);
    foreign.model = "\xC3\x89lan AND near NOT or";
    log.add(foreign);
    log.add(ChangeEvent{.id = Ulid::make(test_time(), random),
                        .time = test_time(),
                        .what = "key.revoke",
                        .target = "k1",
                        .who = "alice"});
    auto opened = EventIndex::open(folder.path() / "index.sqlite");
    if (!opened.ok() || !opened->catch_up(log).ok()) {
      std::abort();
    }
    index.emplace(*std::move(opened));
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static Indexed indexed;
  const std::string text(reinterpret_cast<const char*>(data), size);
  for (const EventQuery& query :
       {EventQuery{.text = text}, EventQuery{.principal = text}, EventQuery{.model = text},
        EventQuery{.finding = text}, EventQuery{.change = text}}) {
    const auto found = indexed.index->find(query, IndexOrder::kOldestFirst, 0, 100);
    if (!found.ok()) {
      if (found.error().kind() != ErrorKind::kUsage || query.text.empty()) {
        std::abort();
      }
      continue;
    }
    std::vector<uint64_t> expected;
    for (uint64_t seq = 0; seq < indexed.log.entries.size(); ++seq) {
      if (matches(query, *parse_any(indexed.log.entries[seq]))) {
        expected.push_back(seq);
      }
    }
    if (*found != expected) {
      std::abort();
    }
  }
  return 0;
}
