#include "formats/codec/unpacker.h"

#include <bzlib.h>
#include <fmt/format.h>
#include <lz4frame.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace sally::formats {
namespace {

constexpr size_t kWindow = size_t{64} << 10;
constexpr size_t kLooked = 16;  // octets that tell whether another part begins
constexpr size_t kZipLzmaHeader = 4;
constexpr int kMostWindowLog = 27;

constexpr std::array<std::string_view, 9> kNames = {"gzip", "zlib",     "deflate", "bzip2", "xz",
                                                    "lzma", "zip-lzma", "lz4",     "zstd"};

uint32_t little32(ByteView at) {
  uint32_t value = 0;
  std::memcpy(&value, at.data(), sizeof value);
  return value;
}

bool begins(ByteView head, std::string_view signature) {
  return as_text(head).starts_with(signature);
}

bool is_bzip2(ByteView head) {
  const std::string_view text = as_text(head);
  return text.size() >= 10 && text.starts_with("BZh") && text[3] >= '1' && text[3] <= '9' &&
         (text.substr(4, 6) == "\x31\x41\x59\x26\x53\x59" ||
          text.substr(4, 6) == "\x17\x72\x45\x38\x50\x90");
}

bool is_zlib(ByteView head) {
  if (head.size() < 2) {
    return false;
  }
  const auto first = static_cast<unsigned>(head[0]);
  const auto second = static_cast<unsigned>(head[1]);
  constexpr unsigned kDictionary = 0x20;
  return (first & 15U) == 8 && first >> 4U <= 7 && ((first << 8U) + second) % 31 == 0 &&
         (second & kDictionary) == 0;
}

bool is_lzma(ByteView head) {
  constexpr size_t kHeader = 13;
  constexpr uint64_t kMostSize = uint64_t{1} << 40;
  if (head.size() <= kHeader || head[0] != std::byte{0x5d} || head[1] != std::byte{0} ||
      head[kHeader] != std::byte{0}) {
    return false;
  }
  uint64_t size = 0;
  std::memcpy(&size, head.data() + 5, sizeof size);
  return size == ~uint64_t{0} || size < kMostSize;
}

bool is_skipped_frame(ByteView head) {
  return head.size() >= 4 && little32(head) >> 4U == 0x184D2A5U;
}

}  // namespace

std::string_view name_of(Codec codec) {
  return kNames[static_cast<size_t>(codec)];
}

std::optional<Codec> codec_of(ByteView head) {
  if (begins(head, "\x1f\x8b\x08")) {
    return Codec::kGzip;
  }
  if (begins(head, std::string_view("\xfd"
                                    "7zXZ\0",
                                    6))) {
    return Codec::kXz;
  }
  if (begins(head, "\x04\x22\x4d\x18")) {
    return Codec::kLz4;
  }
  if (begins(head, "\x28\xb5\x2f\xfd") || is_skipped_frame(head)) {
    return Codec::kZstd;
  }
  if (is_bzip2(head)) {
    return Codec::kBzip2;
  }
  if (is_lzma(head)) {
    return Codec::kLzma;
  }
  return is_zlib(head) ? std::optional(Codec::kZlib) : std::nullopt;
}

// One part of a stream, in pieces.
class Unpacker::Stage {
 public:
  enum class State : uint8_t { kMore, kEnded, kDamaged, kTooLarge };
  struct Step {
    size_t taken = 0;
    size_t made = 0;
    State state = State::kMore;
  };
  Stage() = default;
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;
  virtual ~Stage() = default;
  [[nodiscard]] virtual bool ready() const = 0;
  // Uses what it can of `in`, fills what it can of `out`.
  virtual Step step(ByteView in, MutableBytes out) = 0;
  // Whether the input may end here without a mark of its end.
  [[nodiscard]] virtual bool may_end() const { return false; }
};

class Unpacker::Inflate final : public Stage {
 public:
  explicit Inflate(int window_bits) { ready_ = inflateInit2(&stream_, window_bits) == Z_OK; }
  Inflate(const Inflate&) = delete;
  Inflate& operator=(const Inflate&) = delete;
  ~Inflate() override {
    if (ready_) {
      inflateEnd(&stream_);
    }
  }
  [[nodiscard]] bool ready() const override { return ready_; }
  Step step(ByteView in, MutableBytes out) override {
    stream_.next_in = const_cast<Bytef*>(as_u8(in));  // zlib only reads it
    stream_.avail_in = static_cast<uInt>(in.size());
    stream_.next_out = as_u8(out);
    stream_.avail_out = static_cast<uInt>(out.size());
    const int status = inflate(&stream_, Z_NO_FLUSH);
    const bool fine = status == Z_OK || status == Z_BUF_ERROR;
    return {.taken = in.size() - stream_.avail_in,
            .made = out.size() - stream_.avail_out,
            .state = status == Z_STREAM_END ? State::kEnded
                     : fine                 ? State::kMore
                                            : State::kDamaged};
  }

 private:
  z_stream stream_{};
  bool ready_ = false;
};

class Unpacker::Bunzip2 final : public Stage {
 public:
  Bunzip2() { ready_ = BZ2_bzDecompressInit(&stream_, 0, 0) == BZ_OK; }
  Bunzip2(const Bunzip2&) = delete;
  Bunzip2& operator=(const Bunzip2&) = delete;
  ~Bunzip2() override {
    if (ready_) {
      BZ2_bzDecompressEnd(&stream_);
    }
  }
  [[nodiscard]] bool ready() const override { return ready_; }
  Step step(ByteView in, MutableBytes out) override {
    stream_.next_in = const_cast<char*>(as_text(in).data());  // bzip2 only reads it
    stream_.avail_in = static_cast<unsigned>(in.size());
    stream_.next_out = reinterpret_cast<char*>(out.data());
    stream_.avail_out = static_cast<unsigned>(out.size());
    const int status = BZ2_bzDecompress(&stream_);
    return {.taken = in.size() - stream_.avail_in,
            .made = out.size() - stream_.avail_out,
            .state = status == BZ_STREAM_END ? State::kEnded
                     : status == BZ_OK       ? State::kMore
                                             : State::kDamaged};
  }

 private:
  bz_stream stream_{};
  bool ready_ = false;
};

class Unpacker::Unlzma final : public Stage {
 public:
  explicit Unlzma(Codec codec) : codec_(codec) {
    if (codec == Codec::kXz) {
      ready_ = lzma_stream_decoder(&stream_, kMostWindow, 0) == LZMA_OK;
    } else if (codec == Codec::kLzma) {
      ready_ = lzma_alone_decoder(&stream_, kMostWindow) == LZMA_OK;
    } else {
      ready_ = true;  // begun when its properties are there
    }
  }
  Unlzma(const Unlzma&) = delete;
  Unlzma& operator=(const Unlzma&) = delete;
  ~Unlzma() override { lzma_end(&stream_); }
  [[nodiscard]] bool ready() const override { return ready_; }
  [[nodiscard]] bool may_end() const override { return raw_; }
  Step step(ByteView in, MutableBytes out) override {
    size_t header = 0;
    if (codec_ == Codec::kZipLzma && !raw_) {
      const Step begun = begin_raw(in);
      if (!raw_) {
        return begun;
      }
      header = begun.taken;
      in = in.subspan(header);
    }
    stream_.next_in = as_u8(in);
    stream_.avail_in = in.size();
    stream_.next_out = as_u8(out);
    stream_.avail_out = out.size();
    const lzma_ret status = lzma_code(&stream_, LZMA_RUN);
    return {.taken = header + in.size() - stream_.avail_in,
            .made = out.size() - stream_.avail_out,
            .state = state_of(status)};
  }

 private:
  static State state_of(lzma_ret status) {
    if (status == LZMA_STREAM_END) {
      return State::kEnded;
    }
    if (status == LZMA_OK || status == LZMA_BUF_ERROR) {
      return State::kMore;
    }
    return status == LZMA_MEMLIMIT_ERROR || status == LZMA_MEM_ERROR ? State::kTooLarge
                                                                     : State::kDamaged;
  }
  // Two octets of version, two of length, the properties. Sets raw_ where all of it is fine.
  Step begin_raw(ByteView in) {
    if (in.size() < kZipLzmaHeader) {
      return {};
    }
    const auto length = static_cast<size_t>(in[2]) | static_cast<size_t>(in[3]) << 8U;
    constexpr size_t kProperties = 5;
    if (length != kProperties) {
      return {.state = State::kDamaged};
    }
    if (in.size() < kZipLzmaHeader + length) {
      return {};
    }
    std::array<lzma_filter, 2> filters = {lzma_filter{LZMA_FILTER_LZMA1, nullptr},
                                          lzma_filter{LZMA_VLI_UNKNOWN, nullptr}};
    if (lzma_properties_decode(filters.data(), nullptr, as_u8(in) + kZipLzmaHeader, length) !=
        LZMA_OK) {
      return {.state = State::kDamaged};
    }
    const bool fits = lzma_raw_decoder_memusage(filters.data()) <= kMostWindow;
    const bool made = fits && lzma_raw_decoder(&stream_, filters.data()) == LZMA_OK;
    std::free(filters[0].options);  // as lzma_properties_decode says
    if (!made) {
      return {.state = fits ? State::kDamaged : State::kTooLarge};
    }
    raw_ = true;
    return {.taken = kZipLzmaHeader + length};
  }

  Codec codec_;
  lzma_stream stream_ = LZMA_STREAM_INIT;
  bool ready_ = false;
  bool raw_ = false;
};

class Unpacker::Unlz4 final : public Stage {
 public:
  Unlz4() { ready_ = LZ4F_isError(LZ4F_createDecompressionContext(&context_, LZ4F_VERSION)) == 0; }
  Unlz4(const Unlz4&) = delete;
  Unlz4& operator=(const Unlz4&) = delete;
  ~Unlz4() override { LZ4F_freeDecompressionContext(context_); }
  [[nodiscard]] bool ready() const override { return ready_; }
  Step step(ByteView in, MutableBytes out) override {
    size_t taken = in.size();
    size_t made = out.size();
    const size_t status = LZ4F_decompress(context_, out.data(), &made, in.data(), &taken, nullptr);
    if (LZ4F_isError(status) != 0) {
      return {.state = State::kDamaged};
    }
    return {.taken = taken, .made = made, .state = status == 0 ? State::kEnded : State::kMore};
  }

 private:
  LZ4F_dctx* context_ = nullptr;
  bool ready_ = false;
};

class Unpacker::Unzstd final : public Stage {
 public:
  Unzstd() : stream_(ZSTD_createDStream()) {
    if (stream_ != nullptr) {
      ZSTD_DCtx_setParameter(stream_, ZSTD_d_windowLogMax, kMostWindowLog);
    }
  }
  Unzstd(const Unzstd&) = delete;
  Unzstd& operator=(const Unzstd&) = delete;
  ~Unzstd() override { ZSTD_freeDStream(stream_); }
  [[nodiscard]] bool ready() const override { return stream_ != nullptr; }
  Step step(ByteView in, MutableBytes out) override {
    ZSTD_inBuffer from{in.data(), in.size(), 0};
    ZSTD_outBuffer to{out.data(), out.size(), 0};
    const size_t status = ZSTD_decompressStream(stream_, &to, &from);
    Step step{.taken = from.pos, .made = to.pos};
    if (ZSTD_isError(status) != 0) {
      step.state = ZSTD_getErrorCode(status) == ZSTD_error_frameParameter_windowTooLarge
                       ? State::kTooLarge
                       : State::kDamaged;
    } else if (status == 0) {
      step.state = State::kEnded;
    }
    return step;
  }

 private:
  ZSTD_DStream* stream_;
};

std::unique_ptr<Unpacker::Stage> Unpacker::stage_of(Codec codec) {
  constexpr int kZlibWindow = 15;
  constexpr int kGzipOnly = 16;
  switch (codec) {
    case Codec::kGzip:
      return std::make_unique<Inflate>(kZlibWindow + kGzipOnly);
    case Codec::kZlib:
      return std::make_unique<Inflate>(kZlibWindow);
    case Codec::kDeflate:
      return std::make_unique<Inflate>(-kZlibWindow);
    case Codec::kBzip2:
      return std::make_unique<Bunzip2>();
    case Codec::kXz:
    case Codec::kLzma:
    case Codec::kZipLzma:
      return std::make_unique<Unlzma>(codec);
    case Codec::kLz4:
      return std::make_unique<Unlz4>();
    case Codec::kZstd:
      return std::make_unique<Unzstd>();
  }
  return nullptr;
}

Unpacker::Unpacker(Codec codec, const Input& input)
    : input_(input), codec_(codec), stage_(stage_of(codec)) {}

Unpacker::~Unpacker() = default;

Result<std::unique_ptr<Unpacker>> Unpacker::open(Codec codec, const Input& input) {
  std::unique_ptr<Unpacker> unpacker(new Unpacker(codec, input));
  if (unpacker->stage_ == nullptr || !unpacker->stage_->ready()) {
    return Error(ErrorKind::kInternal, fmt::format("{} could not start", name_of(codec)));
  }
  return unpacker;
}

// Moves what is left to the front and fills up behind it.
Result<> Unpacker::refill() {
  if (window_.empty()) {
    window_.resize(static_cast<size_t>(std::min<uint64_t>(kWindow, input_.size())));
  }
  std::copy(window_.begin() + static_cast<ptrdiff_t>(next_),
            window_.begin() + static_cast<ptrdiff_t>(filled_), window_.begin());
  filled_ -= std::exchange(next_, 0);
  const uint64_t at = taken_ + filled_;
  const auto room =
      static_cast<size_t>(std::min<uint64_t>(window_.size() - filled_, input_.size() - at));
  TRY_OK(input_.read(at, MutableBytes(window_).subspan(filled_, room)));
  filled_ += room;
  return ok();
}

Result<bool> Unpacker::another_part() {
  if (filled_ - next_ < kLooked) {
    TRY_OK(refill());
  }
  // Zeros may stand between the parts, and then only after whole groups of four in .xz.
  size_t zeros = 0;
  if (codec_ == Codec::kGzip || codec_ == Codec::kXz) {
    for (;;) {
      while (next_ + zeros < filled_ && window_[next_ + zeros] == std::byte{0}) {
        ++zeros;
      }
      if (next_ + zeros < filled_ || taken_ + zeros >= input_.size()) {
        break;
      }
      next_ += zeros;
      taken_ += std::exchange(zeros, 0);
      TRY_OK(refill());
    }
    next_ += zeros;
    taken_ += zeros;
    if (filled_ - next_ < kLooked) {
      TRY_OK(refill());
    }
  }
  const ByteView rest = ByteView(window_).subspan(next_, filled_ - next_);
  const std::optional<Codec> next = codec_of(rest);
  const bool frames = codec_ == Codec::kLz4 || codec_ == Codec::kZstd;
  const bool follows =
      codec_ != Codec::kDeflate && codec_ != Codec::kZipLzma && next &&
      (*next == codec_ || (frames && (*next == Codec::kLz4 || *next == Codec::kZstd)));
  if (!follows) {
    return false;
  }
  codec_ = *next;
  stage_ = stage_of(codec_);
  if (stage_ == nullptr || !stage_->ready()) {
    return Error(ErrorKind::kInternal, fmt::format("{} could not start", name_of(codec_)));
  }
  return true;
}

Result<size_t> Unpacker::read(MutableBytes to) {
  size_t made = 0;
  while (made < to.size() && !ended_ && !damage_) {
    if (next_ == filled_) {
      if (auto filled = refill(); !filled.ok()) {
        damage_ = filled.error();
        break;
      }
    }
    const ByteView in = ByteView(window_).subspan(next_, filled_ - next_);
    const Stage::Step step = stage_->step(in, to.subspan(made));
    next_ += step.taken;
    taken_ += step.taken;
    made += step.made;
    if (step.state == Stage::State::kDamaged) {
      damage_ = Error(ErrorKind::kInvalidInput,
                      fmt::format("{}: damaged at octet {}", name_of(codec_), taken_));
    } else if (step.state == Stage::State::kTooLarge) {
      damage_ = Error(ErrorKind::kTooLarge, fmt::format("{}: asks for a window of more than {} MiB",
                                                        name_of(codec_), kMostWindow >> 20U));
    } else if (step.state == Stage::State::kEnded) {
      auto more = another_part();
      if (!more.ok()) {
        damage_ = more.error();
      } else {
        ended_ = !*more;
      }
    } else if (step.taken == 0 && step.made == 0) {
      // Nothing moves: it wants more than there is, or has all and no mark of its end.
      const size_t before = filled_ - next_;
      if (auto filled = refill(); !filled.ok()) {
        damage_ = filled.error();
      } else if (filled_ - next_ == before) {
        ended_ = stage_->may_end();
        if (!ended_) {
          damage_ = Error(ErrorKind::kInvalidInput,
                          fmt::format("{}: ends at octet {} in the middle of it", name_of(codec_),
                                      input_.size()));
        }
      }
    }
  }
  if (made == 0 && damage_ && !to.empty()) {
    return *damage_;
  }
  return made;
}

}  // namespace sally::formats
