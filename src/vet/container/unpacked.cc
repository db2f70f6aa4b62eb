#include "vet/container/unpacked.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "formats/codec/checksum.h"
#include "vet/container/spool.h"
#include "vet/format.h"

namespace sally::vet::container {
namespace {

constexpr size_t kAtOnce = size_t{128} << 10;
constexpr uint64_t kFreeOfRatio = uint64_t{16} << 20;
constexpr size_t kEnd = size_t{128} << 10;  // kept of the end: where a zip has its directory

Error ends_early(uint64_t at) {
  return Error(ErrorKind::kInvalidInput,
               fmt::format("ends at octet {} in the middle of something", at));
}

// What came out: its beginning and its end in memory, the rest when it is asked for.
class UnpackedInput : public formats::Input {
 public:
  explicit UnpackedInput(const Packed& packed) : packed_(packed) {}

  // As it comes out. With `keep` all of it can be read without unpacking again.
  Result<> append(ByteView octets, bool keep) {
    if (keep || size_ < Spool::kInMemory) {
      if (size_ == spool_->size()) {
        const auto room =
            keep ? octets.size() : std::min<size_t>(octets.size(), Spool::kInMemory - size_);
        TRY_OK(spool_->append(octets.first(room)));
      }
    }
    size_ += octets.size();
    end_.insert(end_.end(), octets.begin(), octets.end());
    if (end_.size() > 2 * kEnd) {
      end_.erase(end_.begin(), end_.end() - static_cast<ptrdiff_t>(kEnd));
    }
    return ok();
  }

  [[nodiscard]] uint64_t size() const override { return size_; }

  Result<> read(uint64_t offset, MutableBytes to) const override {
    if (offset > size_ || to.size() > size_ - offset) {
      return ends_early(size_);
    }
    const uint64_t end_from = size_ - end_.size();
    if (offset >= end_from) {
      std::ranges::copy(ByteView(end_).subspan(static_cast<size_t>(offset - end_from), to.size()),
                        to.begin());
      return ok();
    }
    const std::scoped_lock lock(filling_);
    if (offset + to.size() > spool_->size()) {
      TRY_OK(unpack_again());
    }
    return spool_->read(offset, to);
  }

 private:
  Result<> unpack_again() const {
    TRY(const auto source, packed_.open());
    auto again = std::make_unique<Spool>();
    Bytes piece(kAtOnce);
    while (again->size() < size_) {
      const auto want =
          static_cast<size_t>(std::min<uint64_t>(piece.size(), size_ - again->size()));
      TRY(const size_t count, source->read(MutableBytes(piece).first(want)));
      if (count == 0) {
        return Error(ErrorKind::kIo, "became shorter while it was read");
      }
      TRY_OK(again->append(ByteView(piece).first(count)));
    }
    spool_ = std::move(again);
    return ok();
  }

  const Packed& packed_;
  uint64_t size_ = 0;
  Bytes end_;
  mutable std::mutex filling_;
  mutable std::unique_ptr<Spool> spool_ = std::make_unique<Spool>();
};

bool is_bomb(uint64_t unpacked, uint64_t packed, const Limits& limits) {
  return unpacked > kFreeOfRatio && unpacked / limits.ratio > packed;
}

// The outcome as far as it comes; what came out is in `input`.
Outcome unpack(const Packed& packed, std::string_view name, UnpackedInput& input,
               Examination& examination) {
  Outcome outcome;
  const auto source = packed.open();
  if (!source.ok()) {
    outcome.damage = source.error();
    return outcome;
  }
  Bytes piece(Look::kHead);
  bool keep = false;
  for (bool first = true;; first = false) {
    const uint64_t left = packed.most ? *packed.most - outcome.size : piece.size();
    const auto got = (*source)->read(
        MutableBytes(piece).first(static_cast<size_t>(std::min<uint64_t>(piece.size(), left))));
    if (!got.ok()) {
      outcome.damage = got.error();
      return outcome;
    }
    const ByteView octets = ByteView(piece).first(*got);
    if (octets.empty()) {
      return outcome;
    }
    outcome.stopped = !examination.spend(octets.size()).ok();
    keep = first ? is_wanted(octets, name) : keep;
    outcome.crc = formats::crc32_of(octets, outcome.crc);
    outcome.size += octets.size();
    if (auto kept = input.append(octets, keep); !kept.ok()) {
      outcome.damage = kept.error();
      return outcome;
    }
    if (!outcome.stopped && is_bomb(outcome.size, packed.packed, examination.limits())) {
      examination.add(
          RuleId::kUnpackBomb, 0,
          fmt::format("`{}`: {} octets unpack to more than {}", name, packed.packed, outcome.size));
      outcome.stopped = true;
    }
    if (outcome.stopped) {
      return outcome;
    }
    piece.resize(kAtOnce);
  }
}

}  // namespace

bool is_wanted(ByteView head, std::string_view name) {
  const formats::MemoryInput input(head);
  const Look look{.name = name.substr(name.rfind('/') + 1), .head = head, .input = input};
  return std::ranges::any_of(formats_read(),
                             [&](const Format& format) { return format.may_be(look); });
}

Outcome examine_unpacked(const Packed& packed, std::string_view name, Examination& examination,
                         const std::function<void(const formats::Input&)>& look) {
  UnpackedInput input(packed);
  Outcome outcome = unpack(packed, name, input, examination);
  if (outcome.size > 0) {
    if (look) {
      look(input);
    }
    examination.examine(input, name);
  }
  return outcome;
}

void examine_packed(formats::Codec codec, const formats::Input& input, std::string_view name,
                    Examination& examination) {
  uint64_t taken = 0;
  // Tells how far it came when it goes.
  class Counted : public formats::Source {
   public:
    Counted(std::unique_ptr<formats::Unpacker> unpacker, uint64_t& taken)
        : unpacker_(std::move(unpacker)), taken_(taken) {}
    Result<size_t> read(MutableBytes to) override {
      auto count = unpacker_->read(to);
      taken_ = unpacker_->taken();
      return count;
    }

   private:
    std::unique_ptr<formats::Unpacker> unpacker_;
    uint64_t& taken_;
  };
  const Packed packed{.open = [&]() -> Result<std::unique_ptr<formats::Source>> {
                        TRY(auto unpacker, formats::Unpacker::open(codec, input));
                        return std::make_unique<Counted>(std::move(unpacker), taken);
                      },
                      .packed = input.size()};
  const Outcome outcome = examine_unpacked(packed, name, examination);
  if (outcome.damage) {
    examination.unread(*outcome.damage, taken);
  } else if (!outcome.stopped && taken < input.size()) {
    examination.add(RuleId::kArchiveExtra, taken,
                    fmt::format("{} octets follow the end of what {} made", input.size() - taken,
                                name_of(codec)));
    examination.examine(formats::PartOfInput(input, taken, input.size()), "rest");
  }
}

}  // namespace sally::vet::container
