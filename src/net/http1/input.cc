#include "net/http1/input.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace sally::net::http1 {
namespace {

constexpr size_t kSmall =
    size_t{4} * 1024;  // a message this small moves out of the block it was read into

}  // namespace

MutableBytes Input::space(const HttpLimits& limits) {
  if (!pinned_) {
    if (first_.capacity() == 0) {
      first_ = Buffer(Buffer::kRead);
    } else if (first_.space().empty()) {
      // The head is longer than the block. One byte beyond the limit is enough to see that it is.
      first_.reserve(std::max<size_t>(1, std::min(first_.size() * 3, limits.head_bytes + 1)));
    }
    return first_.space();
  }
  if (more_.empty()) {
    const bool long_body = framing_ == Framing::kLength && left_ > Buffer::kRead;
    more_ = Buffer(long_body ? Buffer::kLargeRead : Buffer::kRead);
  }
  more_.reserve(1);
  return more_.space();
}

void Input::filled(size_t count) {
  (pinned_ ? more_ : first_).commit(count);
}

void Input::relax() {
  Buffer& filling = pinned_ ? more_ : first_;
  if (filling.empty()) {
    filling.release();
  }
}

HeadScanner::State Input::scan(const HttpLimits& limits) {
  SALLY_CHECK(!pinned_);
  return scanner_.scan(first_.bytes(), limits);
}

MutableBytes Input::take_head() {
  first_.consume(scanner_.skipped_bytes());
  const size_t size = scanner_.head_bytes() - scanner_.skipped_bytes();
  scanner_.reset();
  if (first_.size() <= kSmall - Buffer::kSlack && first_.capacity() > kSmall) {
    first_ = first_.fitted(0);
  }
  pinned_ = true;
  const MutableBytes head = first_.bytes().first(size);
  first_.consume(size);
  return head;
}

void Input::expect(Framing framing, std::optional<uint64_t> length, uint64_t limit) {
  framing_ = framing;
  left_ = length.value_or(0);
  taken_ = 0;
  limit_ = limit;
  begun_ = false;
  too_large_ = framing == Framing::kLength && left_ > limit;
  complete_ = framing == Framing::kNone || (framing == Framing::kLength && left_ == 0);
  broken_ = false;
  decoder_ = ChunkedDecoder();
}

void Input::consume(size_t count) {
  (more_.empty() ? first_ : more_).consume(count);
}

Input::Step Input::step() {
  begun_ = true;
  if (complete_) {
    return {State::kEnd, {}};
  }
  if (too_large_) {
    return {State::kTooLarge, {}};
  }
  if (broken_) {
    return {State::kBroken, {}};
  }
  const MutableBytes input = rest();
  if (input.empty()) {
    more_.release();  // a connection that waits holds none
    return {State::kMore, {}};
  }
  ByteView data;
  if (framing_ == Framing::kChunked) {
    // Every piece that is here, moved together: a peer that sends many small chunks at once costs
    // its reader one round.
    MutableBytes joined;
    for (;;) {
      const MutableBytes left = rest();
      const ChunkedDecoder::Step step = decoder_.step(left);
      consume(step.used);
      if (step.state == ChunkedDecoder::State::kData) {
        if (joined.empty()) {
          joined =
              left.subspan(static_cast<size_t>(step.data.data() - left.data()), step.data.size());
        } else {
          std::memmove(joined.data() + joined.size(), step.data.data(), step.data.size());
          joined = {joined.data(), joined.size() + step.data.size()};
        }
        continue;
      }
      complete_ = step.state == ChunkedDecoder::State::kEnd;
      broken_ = step.state == ChunkedDecoder::State::kBroken;
      break;
    }
    if (joined.empty()) {
      return {complete_ ? State::kEnd : broken_ ? State::kBroken : State::kMore, {}};
    }
    data = joined;
  } else {
    const size_t size = framing_ == Framing::kLength
                            ? static_cast<size_t>(std::min<uint64_t>(left_, input.size()))
                            : input.size();
    data = input.first(size);
    consume(size);
    if (framing_ == Framing::kLength) {
      left_ -= size;
      complete_ = left_ == 0;
    }
  }
  taken_ += data.size();
  if (taken_ > limit_) {
    too_large_ = true;
    return {State::kTooLarge, {}};
  }
  return {State::kData, data};
}

bool Input::end_of_stream() {
  if (framing_ == Framing::kUntilClose && rest().empty()) {
    complete_ = true;
  }
  return complete_;
}

std::optional<ByteView> Input::whole() {
  if (begun_ || too_large_ || !more_.empty()) {
    return std::nullopt;
  }
  const MutableBytes input = first_.bytes();
  if (framing_ == Framing::kNone || complete_) {
    begun_ = true;
    return ByteView{};
  }
  if (framing_ == Framing::kLength) {
    if (input.size() < left_) {
      return std::nullopt;
    }
    const ByteView body = input.first(static_cast<size_t>(left_));
    first_.consume(body.size());
    begun_ = complete_ = true;
    return body;
  }
  if (framing_ != Framing::kChunked) {
    return std::nullopt;
  }
  // Once to see that the last chunk is here, and once more to move the data together.
  ChunkedDecoder look;
  size_t size = 0;
  for (ByteView left = input;;) {
    const ChunkedDecoder::Step step = look.step(left);
    if (step.state == ChunkedDecoder::State::kEnd) {
      break;
    }
    size += step.data.size();
    if (step.state != ChunkedDecoder::State::kData || size > limit_) {
      return std::nullopt;
    }
    left = left.subspan(step.used);
  }
  std::byte* out = input.data();
  for (MutableBytes left = input;;) {
    const ChunkedDecoder::Step step = decoder_.step(left);
    consume(step.used);
    if (step.state == ChunkedDecoder::State::kEnd) {
      break;
    }
    std::memmove(out, step.data.data(), step.data.size());
    out += step.data.size();
    left = left.subspan(step.used);
  }
  begun_ = complete_ = true;
  return ByteView(input.data(), size);
}

void Input::next() {
  pinned_ = false;
  if (!more_.empty()) {
    first_ = std::move(more_);
  } else if (first_.empty()) {
    first_.release();
  }
  more_.release();
  framing_ = Framing::kNone;
  complete_ = true;
}

ByteView Input::take_raw() {
  const ByteView raw = rest();
  consume(raw.size());
  return raw;
}

}  // namespace sally::net::http1
