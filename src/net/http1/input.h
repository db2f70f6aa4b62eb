// Input: what arrived on one HTTP/1.1 connection and how it is cut into heads and bodies. Makes no
// system call: its owner fills it and asks what there is.
//
//   fill -> scan() ... kComplete -> take_head() -> parse -> expect(framing) -> step() ... kEnd ->
//   next()
#pragma once

#include <optional>

#include "base/bytes.h"
#include "net/buffer.h"
#include "net/http1/chunked.h"
#include "net/http1/parser.h"

namespace sally::net::http1 {

class Input {
 public:
  // Where to read to: at least one byte. Invalidates what step() gave last.
  MutableBytes space(const HttpLimits& limits);
  void filled(size_t count);
  // Nothing came after all: gives back what space() took.
  void relax();
  [[nodiscard]] bool empty() const { return rest().empty(); }
  [[nodiscard]] size_t unread() const { return rest().size(); }

  // Whether a head is there.
  HeadScanner::State scan(const HttpLimits& limits);
  [[nodiscard]] Refusal refusal() const { return scanner_.refusal(); }
  // The head that is complete. It stays where it is until next(): what is small is moved to a small
  // block first, so that a message that lasts long does not hold a large one.
  MutableBytes take_head();

  // The body that follows the head. `limit` bytes at most; more are kTooLarge.
  void expect(Framing framing, std::optional<uint64_t> length, uint64_t limit);

  enum class State : uint8_t {
    kData,      // `data`: valid until the next call of step() or space()
    kMore,      // something must be read
    kEnd,       // the body is complete
    kTooLarge,  // it is larger than the limit
    kBroken,    // its framing is malformed: problem()
  };
  struct Step {
    State state;
    ByteView data;
  };
  Step step();
  [[nodiscard]] const char* problem() const { return decoder_.problem(); }
  // The connection ended. Whether the body ends well so.
  [[nodiscard]] bool end_of_stream();
  // The whole body where all of it is here and nothing of it was taken yet: it is contiguous then,
  // and valid until next(). Counts as taken.
  std::optional<ByteView> whole();
  [[nodiscard]] bool body_complete() const { return complete_; }

  // The message is over: gives its memory back and keeps what belongs to the next one.
  void next();
  // Raw bytes that follow, for a tunnel: what is buffered, then nothing.
  ByteView take_raw();

 private:
  [[nodiscard]] MutableBytes rest() const { return more_.empty() ? first_.bytes() : more_.bytes(); }
  void consume(size_t count);

  Buffer first_;  // holds the head; pinned while a message is in progress
  Buffer more_;   // what was read of the body later
  HeadScanner scanner_;
  bool pinned_ = false;

  Framing framing_ = Framing::kNone;
  uint64_t left_ = 0;   // with kLength
  uint64_t taken_ = 0;  // bytes of the body given out
  uint64_t limit_ = 0;
  bool complete_ = true;
  bool begun_ = false;
  bool too_large_ = false;
  bool broken_ = false;
  ChunkedDecoder decoder_;
};

}  // namespace sally::net::http1
