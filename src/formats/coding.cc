#include "formats/coding.h"

#include <brotli/decode.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/encoding.h"
#include "base/text.h"

namespace sally::formats {
namespace {

constexpr size_t kMostStages = 2;
constexpr size_t kChunk = 16 * 1024;

Error malformed(std::string_view what) {
  return Error(ErrorKind::kUpstream, "the " + std::string(what) + " coding is malformed");
}

}  // namespace

// One coding. Gives its output to `take` in pieces of at most kChunk; stops when `take` fails.
class Decoder::Stage {
 public:
  // Non-owning: called while `feed` runs.
  class Take {
   public:
    virtual Result<> take(ByteView piece) = 0;

   protected:
    ~Take() = default;
  };
  Stage() = default;
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;
  virtual ~Stage() = default;
  virtual Result<> feed(ByteView piece, Take& take) = 0;
  [[nodiscard]] virtual bool ended() const = 0;
};

class Decoder::Zlib final : public Stage {
 public:
  enum class Wrapper : uint8_t { kGzip, kZlib };
  explicit Zlib(Wrapper wrapper) {
    constexpr int kWindow = 15;
    constexpr int kGzipOnly = 16;
    ready_ =
        inflateInit2(&stream_, wrapper == Wrapper::kGzip ? kWindow + kGzipOnly : kWindow) == Z_OK;
  }
  Zlib(const Zlib&) = delete;
  Zlib& operator=(const Zlib&) = delete;
  ~Zlib() override {
    if (ready_) {
      inflateEnd(&stream_);
    }
  }

  Result<> feed(ByteView piece, Take& take) override {
    if (!ready_) {
      return Error(ErrorKind::kInternal, "zlib could not start");
    }
    // zlib reads through this pointer only.
    stream_.next_in = const_cast<Bytef*>(as_u8(piece));
    stream_.avail_in = static_cast<uInt>(piece.size());
    std::array<std::byte, kChunk> buffer;
    while (stream_.avail_in > 0) {
      if (ended_) {
        return malformed("gzip or deflate");  // something follows the end
      }
      size_t produced = 0;
      do {
        stream_.next_out = as_u8(MutableBytes(buffer));
        stream_.avail_out = static_cast<uInt>(buffer.size());
        const int status = inflate(&stream_, Z_NO_FLUSH);
        if (status == Z_STREAM_END) {
          ended_ = true;
        } else if (status != Z_OK && status != Z_BUF_ERROR) {
          return malformed("gzip or deflate");
        }
        produced = buffer.size() - stream_.avail_out;
        if (produced > 0) {
          TRY_OK(take.take(ByteView(buffer).first(produced)));
        }
      } while (produced == buffer.size() && !ended_);
    }
    return ok();
  }
  [[nodiscard]] bool ended() const override { return ended_; }

 private:
  z_stream stream_{};
  bool ready_ = false;
  bool ended_ = false;
};

class Decoder::Brotli final : public Stage {
 public:
  Brotli() : state_(BrotliDecoderCreateInstance(nullptr, nullptr, nullptr)) {}
  Brotli(const Brotli&) = delete;
  Brotli& operator=(const Brotli&) = delete;
  ~Brotli() override { BrotliDecoderDestroyInstance(state_); }

  Result<> feed(ByteView piece, Take& take) override {
    if (state_ == nullptr) {
      return Error(ErrorKind::kInternal, "brotli could not start");
    }
    const uint8_t* next_in = as_u8(piece);
    size_t left = piece.size();
    std::array<std::byte, kChunk> buffer;
    for (;;) {
      if (ended_) {
        return left == 0 ? ok() : Result<>(malformed("br"));
      }
      uint8_t* next_out = as_u8(MutableBytes(buffer));
      size_t room = buffer.size();
      const BrotliDecoderResult status =
          BrotliDecoderDecompressStream(state_, &left, &next_in, &room, &next_out, nullptr);
      if (status == BROTLI_DECODER_RESULT_ERROR) {
        return malformed("br");
      }
      if (room < buffer.size()) {
        TRY_OK(take.take(ByteView(buffer).first(buffer.size() - room)));
      }
      ended_ = status == BROTLI_DECODER_RESULT_SUCCESS;
      if (status == BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT) {
        return ok();
      }
    }
  }
  [[nodiscard]] bool ended() const override { return ended_; }

 private:
  BrotliDecoderState* state_;
  bool ended_ = false;
};

Decoder::Decoder(const DecodeLimits& limits) : limits_(limits) {}
Decoder::Decoder(Decoder&& other) noexcept = default;
Decoder& Decoder::operator=(Decoder&& other) noexcept = default;
Decoder::~Decoder() = default;

Result<Decoder> Decoder::open(std::string_view coding, const DecodeLimits& limits) {
  Decoder decoder(limits);
  while (!coding.empty()) {
    const size_t comma = std::min(coding.find(','), coding.size());
    const std::string_view name = trim_blanks(coding.substr(0, comma));
    coding.remove_prefix(std::min(coding.size(), comma + 1));
    std::unique_ptr<Stage> stage;
    if (name.empty() || equal_ignoring_case(name, "identity")) {
      continue;
    }
    if (equal_ignoring_case(name, "gzip") || equal_ignoring_case(name, "x-gzip")) {
      stage = std::make_unique<Zlib>(Zlib::Wrapper::kGzip);
    } else if (equal_ignoring_case(name, "deflate")) {
      stage = std::make_unique<Zlib>(Zlib::Wrapper::kZlib);
    } else if (equal_ignoring_case(name, "br")) {
      stage = std::make_unique<Brotli>();
    } else {
      return Error(ErrorKind::kUpstream, "unknown content coding `" + printable(name, 40) + "`");
    }
    if (decoder.stages_.size() == kMostStages) {
      return Error(ErrorKind::kUpstream, "more than two content codings");
    }
    decoder.stages_.push_back(std::move(stage));
  }
  std::ranges::reverse(decoder.stages_);  // the last one applied is the first to undo
  return decoder;
}

Result<> Decoder::count(size_t& total, size_t bytes) const {
  total += bytes;
  if (total > limits_.bytes || total > std::max(kFreeBytes, in_ * limits_.ratio)) {
    return Error(ErrorKind::kUpstream, "a compressed body expands further than it may");
  }
  return ok();
}

Result<> Decoder::decode(ByteView piece, std::string& out) {
  // The end of the pipeline: counts, and appends.
  class Collect final : public Stage::Take {
   public:
    Collect(Decoder& decoder, std::string& target) : decoder_(decoder), target_(target) {}
    Result<> take(ByteView bytes) override {
      TRY_OK(decoder_.count(decoder_.out_, bytes.size()));
      target_.append(as_text(bytes));
      return ok();
    }

   private:
    Decoder& decoder_;
    std::string& target_;
  };
  // The link to the second stage, where there is one. What passes here is bounded too: it may be a
  // great deal that decodes to nothing.
  class Link final : public Stage::Take {
   public:
    Link(Decoder& decoder, Stage& next, Stage::Take& end)
        : decoder_(decoder), next_(next), end_(end) {}
    Result<> take(ByteView bytes) override {
      TRY_OK(decoder_.count(decoder_.between_, bytes.size()));
      return next_.feed(bytes, end_);
    }

   private:
    Decoder& decoder_;
    Stage& next_;
    Stage::Take& end_;
  };

  in_ += piece.size();
  Collect collect(*this, out);
  if (stages_.empty()) {
    return collect.take(piece);
  }
  if (stages_.size() == 1) {
    return stages_[0]->feed(piece, collect);
  }
  Link link(*this, *stages_[1], collect);
  return stages_[0]->feed(piece, link);
}

Result<> Decoder::finish() {
  for (const auto& stage : stages_) {
    if (!stage->ended() && in_ > 0) {
      return Error(ErrorKind::kUpstream, "a compressed body ended before its coding did");
    }
  }
  return ok();
}

}  // namespace sally::formats
