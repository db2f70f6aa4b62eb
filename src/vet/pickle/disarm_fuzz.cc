// Any octets as a model to disarm and as one to examine: what is written has the size that its
// header says, and nothing is read outside.
#include <cstring>
#include <string>

#include "base/check.h"
#include "base/clock.h"
#include "formats/json/document.h"
#include "vet/pickle/disarm.h"
#include "vet/pickle/pickle.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const sally::formats::MemoryInput input(
      std::string_view(reinterpret_cast<const char*>(data), size));
  std::string out;
  const auto done =
      sally::vet::pickle::disarm(input, [&](sally::ByteView octets) -> sally::Result<> {
        out += sally::as_text(octets);
        if (out.size() > (size_t{64} << 20)) {
          return sally::Error(sally::ErrorKind::kTooLarge, "enough");
        }
        return sally::ok();
      });
  if (done.ok()) {
    uint64_t header = 0;
    SALLY_CHECK(out.size() > sizeof header);
    std::memcpy(&header, out.data(), sizeof header);
    SALLY_CHECK(out.size() == sizeof header + header + done->octets);
    SALLY_CHECK(
        sally::formats::JsonDocument::parse(std::string_view(out).substr(sizeof header, header))
            .ok());
  }
  const sally::SystemClock clock;
  const sally::vet::Services services{.clock = clock};
  const sally::vet::Limits limits{.findings = 10};
  sally::vet::Target target{.path = "model.pkl"};
  sally::vet::Examination examination(target, limits, services);
  (void)sally::vet::pickle::examine_pickle(input, examination);
  return 0;
}
