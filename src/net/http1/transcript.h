// Transcripts: what this side reads in given bytes, as text. For tests and fuzz targets, which
// compare the transcripts of the same bytes cut in different ways.
#pragma once

#include <algorithm>
#include <cstring>
#include <string>

#include "base/text.h"
#include "net/http1/input.h"

namespace sally::net::http1 {

enum class Take : uint8_t { kPieces, kWholeFirst };

namespace transcript_detail {

inline void add_fields(std::string& out, const Fields& fields) {
  for (const Field& field : fields) {
    out += printable(field.name, 200) + ": " + printable(field.value, 200) + "\n";
  }
}

// Feeds `bytes` to `input`, `step` at a time.
class Source {
 public:
  Source(std::string_view bytes, size_t step, const HttpLimits& limits)
      : left_(bytes), step_(step), limits_(limits) {}
  // False when there are no more.
  bool feed(Input& input) {
    if (left_.empty()) {
      return false;
    }
    const MutableBytes space = input.space(limits_);
    const size_t size = std::min({step_, left_.size(), space.size()});
    std::memcpy(space.data(), left_.data(), size);
    input.filled(size);
    left_.remove_prefix(size);
    return true;
  }

 private:
  std::string_view left_;
  size_t step_;
  const HttpLimits& limits_;
};

enum class Outcome : uint8_t { kComplete, kIncomplete, kRefused };

inline Outcome read_body(std::string& out, Input& input, Source& source, Take take) {
  std::string body;
  if (take == Take::kWholeFirst) {
    if (const std::optional<ByteView> whole = input.whole()) {
      out += "body: " + printable(as_text(*whole), 2000) + "\n";
      return Outcome::kComplete;
    }
  }
  for (;;) {
    const Input::Step step = input.step();
    switch (step.state) {
      case Input::State::kData:
        body += as_text(step.data);
        continue;
      case Input::State::kEnd:
        out += "body: " + printable(body, 2000) + "\n";
        return Outcome::kComplete;
      case Input::State::kTooLarge:
        out += "refused: the body is too large\n";
        return Outcome::kRefused;
      case Input::State::kBroken:
        out += "refused: " + std::string(input.problem()) + "\n";
        return Outcome::kRefused;
      case Input::State::kMore:
        if (source.feed(input)) {
          continue;
        }
        if (input.end_of_stream()) {
          continue;
        }
        out += "incomplete body: " + printable(body, 2000) + "\n";
        return Outcome::kIncomplete;
    }
  }
}

}  // namespace transcript_detail

// The requests in `bytes`, up to the first that is refused or incomplete.
inline std::string read_requests(std::string_view bytes, size_t step, const HttpLimits& limits,
                                 Take take = Take::kPieces) {
  using namespace transcript_detail;
  std::string out;
  Input input;
  Source source(bytes, step, limits);
  ParsedRequest request;
  for (;;) {
    const HeadScanner::State state = input.empty() ? HeadScanner::State::kMore : input.scan(limits);
    if (state == HeadScanner::State::kMore) {
      if (source.feed(input)) {
        continue;
      }
      return input.empty() ? out : out + "incomplete head\n";
    }
    std::optional<Refusal> wrong = state == HeadScanner::State::kRefused
                                       ? std::optional<Refusal>(input.refusal())
                                       : parse_request(input.take_head(), limits, request);
    if (wrong) {
      return out + "refused: " + std::to_string(wrong->status) + " " + wrong->error.message() +
             "\n";
    }
    const RequestHead& head = request.head;
    out += std::string(name_of(head.method)) + " path=" + std::string(head.path) +
           (head.query.empty() ? "" : " query=" + std::string(head.query)) +
           " authority=" + std::string(head.authority) +
           (head.version == HttpVersion::kHttp10 ? " http/1.0" : "") +
           (request.keep_alive ? " keep-alive" : " close") +
           (request.expects_continue ? " expects-continue" : "") +
           (head.te_trailers ? " te-trailers" : "") +
           (head.wants_upgrade_websocket ? " websocket" : "") + "\n";
    add_fields(out, head.fields);
    input.expect(request.framing, head.content_length, limits.body_bytes);
    if (head.has_body && read_body(out, input, source, take) != Outcome::kComplete) {
      return out;
    }
    input.next();
  }
}

// The answer in `bytes` to a request with `method`, after which the connection ends.
inline std::string read_answer(std::string_view bytes, Method method, size_t step,
                               const HttpLimits& limits, Take take = Take::kPieces) {
  using namespace transcript_detail;
  std::string out;
  Input input;
  Source source(bytes, step, limits);
  ParsedResponse response;
  for (;;) {
    const HeadScanner::State state = input.empty() ? HeadScanner::State::kMore : input.scan(limits);
    if (state == HeadScanner::State::kMore) {
      if (source.feed(input)) {
        continue;
      }
      return out + "incomplete head\n";
    }
    if (state == HeadScanner::State::kRefused) {
      return out + "refused: " + input.refusal().error.message() + "\n";
    }
    const Result<> parsed = parse_response(input.take_head(), method, limits, response);
    if (!parsed.ok()) {
      return out + "refused: " + parsed.error().message() + "\n";
    }
    out += std::to_string(response.head.status) + (response.keep_alive ? " keep-alive" : " close") +
           (response.switches_to_websocket ? " websocket" : "") + "\n";
    add_fields(out, response.head.fields);
    input.expect(response.framing, response.head.content_length, limits.body_bytes);
    const Outcome outcome = read_body(out, input, source, take);
    if (outcome == Outcome::kComplete && response.head.status < 200) {
      input.next();
      continue;
    }
    if (outcome == Outcome::kComplete && (!input.empty() || source.feed(input))) {
      out += "left over\n";
    }
    return out;
  }
}

}  // namespace sally::net::http1
