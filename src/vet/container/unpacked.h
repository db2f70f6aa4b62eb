// What comes out of a compressor, examined.
//
//   examine_unpacked({.open = [&] { return open_gzip(input); }, .packed = input.size()},
//                    "model.pkl", examination);
//
// All of it comes out once, is counted against what a target may cost, and is examined as a member.
// Where it begins like nothing that is read only its ends are kept; what a reader asks for between
// them comes out again. A bomb is a finding, damage is a finding, and what came before them is
// examined.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "formats/codec/source.h"
#include "formats/codec/unpacker.h"
#include "vet/examination.h"

namespace sally::vet::container {

struct Packed {
  // The octets from their beginning; called again where they are wanted a second time.
  std::function<Result<std::unique_ptr<formats::Source>>()> open;
  uint64_t packed = 0;  // octets that go in: what the ratio is of
  // More than this is not asked for: what a zip says. nullopt: all.
  std::optional<uint64_t> most = {};
};

// What came out.
struct Outcome {
  uint64_t size = 0;
  uint32_t crc = 0;                  // CRC-32 of it
  std::optional<Error> damage = {};  // why it ended before its end; is no finding yet
  bool stopped = false;              // by a limit, which is a finding
};

// Unpacks and examines. Reports limits; damage is the caller's to report. `look` sees what came out
// before that.
Outcome examine_unpacked(const Packed& packed, std::string_view name, Examination& examination,
                         const std::function<void(const formats::Input&)>& look = {});

// The same for the whole of `input`; damage and what follows the end are findings.
void examine_packed(formats::Codec codec, const formats::Input& input, std::string_view name,
                    Examination& examination);

// Whether a reader wants what begins with `head` and is named `name`.
bool is_wanted(ByteView head, std::string_view name);

}  // namespace sally::vet::container
