#include "content/names/gazetteer.h"

#include <algorithm>

namespace sally::content::names {
namespace {

Error corrupt(const char* what) {
  return Error(ErrorKind::kCorrupt, what);
}

}  // namespace

Gazetteer Gazetteer::build(const std::unordered_map<uint64_t, uint32_t>& flags_of) {
  // In an order that does not depend on the map's.
  std::vector<std::pair<uint64_t, uint32_t>> sorted(flags_of.begin(), flags_of.end());
  std::ranges::sort(sorted);
  uint32_t bits = kMinBits;
  constexpr size_t kLoad = 10;  // entries in a bucket, on average at most
  while (bits < kMaxBits && (kLoad << bits) < sorted.size()) {
    ++bits;
  }
  Gazetteer out(bits);
  for (const auto& [key, flags] : sorted) {
    Bucket& bucket = out.buckets_[out.bucket_of(key)];
    const uint32_t print = print_of(key);
    const auto place = std::ranges::find_if(
        bucket, [&](uint32_t entry) { return entry == 0 || entry >> 16 == print; });
    if (place != bucket.end()) {
      *place |= print << 16 | (flags & 0xFFFFU);
    }
  }
  return out;
}

std::string Gazetteer::serialise() const {
  std::string counts;
  std::string entries;
  for (const Bucket& bucket : buckets_) {
    const auto used = std::ranges::find(bucket, 0U) - bucket.begin();
    counts += static_cast<char>(used);
    for (const uint32_t entry : bucket) {
      for (int shift = 0; entry != 0 && shift < 32; shift += 8) {
        entries += static_cast<char>(entry >> shift & 0xFF);
      }
    }
  }
  return counts + entries;
}

Result<Gazetteer> Gazetteer::parse(uint32_t bits, std::string_view data) {
  if (bits < kMinBits || bits > kMaxBits || data.size() < size_t{1} << bits) {
    return corrupt("the gazetteer is cut off");
  }
  Gazetteer out(bits);
  const std::string_view counts = data.substr(0, out.buckets_.size());
  data.remove_prefix(counts.size());
  for (size_t i = 0; i < counts.size(); ++i) {
    const auto used = static_cast<uint8_t>(counts[i]);
    if (used > kBucketEntries || data.size() < used * size_t{4}) {
      return corrupt("a bucket of the gazetteer has too many entries");
    }
    for (size_t k = 0; k < used; ++k) {
      const auto octet = [&](size_t at) { return uint32_t{static_cast<uint8_t>(data[at])}; };
      out.buckets_[i][k] =
          octet(4 * k) | octet(4 * k + 1) << 8 | octet(4 * k + 2) << 16 | octet(4 * k + 3) << 24;
      if (out.buckets_[i][k] >> 16 == 0) {
        return corrupt("an entry of the gazetteer is empty");
      }
    }
    data.remove_prefix(used * size_t{4});
  }
  if (!data.empty()) {
    return corrupt("something follows the gazetteer");
  }
  return out;
}

}  // namespace sally::content::names
