// A segment of a journal, and a ring, as they were found on a disk.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "base/random.h"
#include "ledger/journal.h"
#include "ledger/ring.h"
#include "ledger/test_disk.h"
#include "tlog/tile.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally;
  using namespace sally::ledger;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto frame = parse_frame(bytes)) {
    // What reads as a frame is written as the same frame.
    std::string again;
    FrameWriter writer(again, frame->head.lanes.size());
    tlog::BundleReader entries(frame->entries);
    while (const auto entry = entries.next()) {
      writer.add(*entry);
    }
    writer.finish(frame->head);
    SALLY_CHECK(parse_frame(again).has_value());
    SALLY_CHECK(parse_frame(again)->entries == frame->entries);
  }
  SeededRandom random(1);
  SimulatedDisk disk(random);
  auto segment = make_segment(disk, "/journal", 0, bytes);
  SALLY_CHECK(segment.ok());
  std::vector<Segment> segments;
  segments.push_back(*std::move(segment));
  if (const auto end = scan_journal(segments); end.ok()) {
    const auto frames = frames_from(segments[0], 0, end->next_seq);
    SALLY_CHECK(frames.ok() && bytes.starts_with(*frames));
  }
  if (size > 0) {
    const RingView view(as_bytes(bytes), 1);
    std::string out;
    if (size >= Ring::record_bytes(0)) {
      for (uint64_t at = 0; at < 4 * size; at += 8) {
        [[maybe_unused]] const auto next = view.read(at, out);
      }
    }
  }
  return 0;
}
