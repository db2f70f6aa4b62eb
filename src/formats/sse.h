// SseParser: Server-Sent Events as they arrive (WHATWG HTML, 9.2.5 and 9.2.6).
//
//   SseParser parser(limit);
//   parser.push(bytes);
//   for (;;) {
//     TRY(const auto event, parser.next());
//     if (!event) break;          // push more
//     ... event->data ... forward event->raw ...
//   }
//
// Lines end with LF, CR or CRLF, split anywhere. Every byte of the stream stands in exactly one
// `raw`, in order, so that forwarding all of them forwards the stream as it was.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sally::formats {

// Views are valid until the next call of the parser. They point into the pushed bytes where the
// event lies within one piece, otherwise into the parser.
struct SseEvent {
  std::string_view type;  // of the field `event`; empty where there was none
  std::string_view data;  // the data lines joined by LF
  std::string_view id;    // empty where there was none
  // What is neither type nor data, as whole lines: comments, ids, fields that no client reads.
  std::string_view ignored;
  std::string_view raw;     // all bytes of the event with the blank line that ends it
  bool dispatched = false;  // whether a client sees an event: a data line came
  bool complete = true;     // false: the stream ended before the blank line (see `finish`)
};

class SseParser {
 public:
  // `max_event_bytes` bounds one event with everything in it.
  explicit SseParser(size_t max_event_bytes) : max_event_bytes_(max_event_bytes) {}

  // Gives the parser more bytes; they live until `next` returned nullopt or failed. Only when every
  // event of the last push was taken.
  void push(std::string_view bytes);
  // The next event; nullopt when it is not complete yet. kTooLarge beyond the limit, after which
  // the parser is of no more use.
  Result<std::optional<SseEvent>> next();
  // The stream is over: what came after the last blank line, as an event that no strict client sees
  // but that a lax one might. nullopt when nothing did.
  std::optional<SseEvent> finish();

  // Bytes held for an event that is not complete.
  [[nodiscard]] size_t pending() const { return input_.size() - event_start_; }

 private:
  // A part of the event, as offsets from its start: the bytes may move while it grows.
  struct Part {
    size_t offset = 0;
    size_t length = 0;
  };
  [[nodiscard]] std::string_view at(Part part) const {
    return input_.substr(event_start_ + part.offset, part.length);
  }
  [[nodiscard]] size_t find(char c, size_t& next) const;
  void take_line(size_t begin, size_t end);
  void ignore(size_t begin, size_t end);
  [[nodiscard]] SseEvent current(size_t end) const;
  void reset_event(size_t start);
  void keep_rest();

  size_t max_event_bytes_;
  std::string_view input_;  // the pushed bytes, or `held_` where an event began earlier
  std::string held_;
  bool holding_ = false;
  bool at_stream_start_ = true;
  bool event_ended_ = false;  // `next` returned an event whose views are still in use
  bool after_cr_ = false;     // the last line ended with a CR that may be half of a CRLF

  size_t event_start_ = 0;
  size_t line_start_ = 0;  // of the line being read
  size_t searched_ = 0;    // up to here there is no line end
  // The next of each, remembered: where lines end with one kind, nobody looks twice for the other.
  static constexpr size_t kUnknown = SIZE_MAX;
  size_t next_lf_ = kUnknown;
  size_t next_cr_ = kUnknown;
  Part type_;
  Part id_;
  Part data_;              // of the only data line
  size_t data_lines_ = 0;  // two or more: joined in `joined_`
  std::string joined_;
  std::string ignored_;
};

// Appends an event as it goes on the wire. `type` may be empty; LF in `data` becomes further lines.
void append_sse_event(std::string& out, std::string_view type, std::string_view data);

}  // namespace sally::formats
