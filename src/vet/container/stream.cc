#include "vet/container/stream.h"

#include <array>
#include <string>

#include "vet/container/unpacked.h"

namespace sally::vet::container {
namespace {

// Two octets and the length as Python's hex() writes it, filled with blanks: of 64 bits by Python 3
// and 2, of 32 bits.
constexpr std::array<size_t, 3> kZFileHeaders = {21, 22, 12};

// zlib and .lzma begin like other things too. What is damaged within its beginning gives a loader
// nothing, as it decodes more than that at once.
bool unpacks(formats::Codec codec, const Look& look) {
  constexpr size_t kTelling = 64;
  const formats::MemoryInput head(look.head);
  auto unpacker = formats::Unpacker::open(codec, head);
  if (!unpacker.ok()) {
    return false;
  }
  std::array<std::byte, Look::kHead> out{};
  const auto count = (*unpacker)->read(out);
  if (!count.ok() || *count == 0) {
    return false;
  }
  const bool whole = *count == out.size() || (*unpacker)->taken() == look.head.size() ||
                     (*unpacker)->read(MutableBytes(out).first(1)).ok();
  return whole || *count >= kTelling;
}

// The name without what says how it was compressed.
std::string inner_name(std::string_view name) {
  constexpr std::array<std::string_view, 9> kEnds = {".gz",  ".bz2", ".xz", ".lzma", ".lz4",
                                                     ".zst", ".z",   ".Z",  ".zlib"};
  for (const std::string_view end : kEnds) {
    if (name.size() > end.size() && name.ends_with(end)) {
      return std::string(name.substr(0, name.size() - end.size()));
    }
  }
  if (name.ends_with(".tgz")) {
    return std::string(name.substr(0, name.size() - 3)) + "tar";
  }
  return name.empty() ? "unpacked" : std::string(name);
}

}  // namespace

bool may_be_compressed(const Look& look) {
  const auto codec = formats::codec_of(look.head);
  if (!codec) {
    return false;
  }
  const bool no_signature = *codec == formats::Codec::kZlib || *codec == formats::Codec::kLzma;
  return !no_signature || unpacks(*codec, look);
}

Result<> examine_compressed(const formats::Input& input, Examination& examination) {
  TRY(const Bytes head, formats::head_of(input, Look::kHead));
  if (const auto codec = formats::codec_of(head)) {
    examine_packed(*codec, input, inner_name(examination.name()), examination);
  }
  return ok();
}

bool may_be_zfile(const Look& look) {
  return as_text(look.head).starts_with("ZF0x");
}

Result<> examine_zfile(const formats::Input& input, Examination& examination) {
  for (const size_t header : kZFileHeaders) {
    const formats::PartOfInput rest(input, header, input.size());
    TRY(const Bytes head, formats::head_of(rest, 2));
    if (formats::codec_of(head) == formats::Codec::kZlib) {
      examine_packed(formats::Codec::kZlib, rest, inner_name(examination.name()), examination);
      return ok();
    }
  }
  return Error(ErrorKind::kInvalidInput, "begins as joblib's `ZF` and goes on as no zlib stream");
}

}  // namespace sally::vet::container
