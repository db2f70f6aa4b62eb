#include "formats/sse.h"

#include <fmt/format.h>

#include <algorithm>

namespace sally::formats {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

void SseParser::push(std::string_view bytes) {
  next_lf_ = next_cr_ = kUnknown;
  if (holding_) {
    held_.append(bytes);
    input_ = held_;
  } else {
    input_ = bytes;
  }
}

void SseParser::reset_event(size_t start) {
  event_start_ = start;
  line_start_ = start;
  searched_ = start;
  type_ = id_ = data_ = {};
  data_lines_ = 0;
  ignored_.clear();
}

void SseParser::keep_rest() {
  const size_t shift = event_start_;
  if (holding_) {
    held_.erase(0, shift);
  } else {
    held_.assign(input_.substr(shift));
  }
  input_ = held_;
  next_lf_ = next_cr_ = kUnknown;
  holding_ = !held_.empty();
  event_start_ = 0;
  line_start_ -= shift;
  searched_ -= shift;
}

void SseParser::ignore(size_t begin, size_t end) {
  ignored_.append(input_.substr(begin, end - begin));
  ignored_ += '\n';
}

// Where the first `c` at or after `searched_` stands; the end of the input where there is none.
size_t SseParser::find(char c, size_t& next) const {
  if (next == kUnknown || next < searched_) {
    next = std::min(input_.find(c, searched_), input_.size());
  }
  return next;
}

void SseParser::take_line(size_t begin, size_t end) {
  const std::string_view line = input_.substr(begin, end - begin);
  // Nearly every line is data.
  const size_t colon = line.starts_with("data:") ? 4 : std::min(line.find(':'), line.size());
  const std::string_view field = line.substr(0, colon);
  size_t value = begin + std::min(colon + 1, line.size());
  if (value < end && input_[value] == ' ') {
    ++value;
  }
  const Part part{value - event_start_, end - value};
  if (field == "data") {
    ++data_lines_;
    if (data_lines_ == 1) {
      data_ = part;
    } else {
      if (data_lines_ == 2) {
        joined_.assign(at(data_));
      }
      joined_ += '\n';
      joined_.append(at(part));
    }
  } else if (field == "event") {
    type_ = part;
  } else if (field == "id" && at(part).find('\0') == std::string_view::npos) {
    id_ = part;
    ignore(begin, end);
  } else {
    ignore(begin, end);
  }
}

SseEvent SseParser::current(size_t end) const {
  return SseEvent{.type = at(type_),
                  .data = data_lines_ > 1 ? std::string_view(joined_) : at(data_),
                  .id = at(id_),
                  .ignored = ignored_,
                  .raw = input_.substr(event_start_, end - event_start_),
                  .dispatched = data_lines_ > 0};
}

Result<std::optional<SseEvent>> SseParser::next() {
  // What the last call returned is over.
  if (event_ended_) {
    event_ended_ = false;
    reset_event(line_start_);
  }
  if (at_stream_start_) {
    if (input_.size() < kByteOrderMark.size() && kByteOrderMark.starts_with(input_)) {
      keep_rest();
      return std::optional<SseEvent>{};
    }
    at_stream_start_ = false;
    if (input_.starts_with(kByteOrderMark)) {
      line_start_ = searched_ = kByteOrderMark.size();
    }
  }
  for (;;) {
    if (after_cr_ && line_start_ < input_.size()) {
      after_cr_ = false;
      if (input_[line_start_] == '\n') {
        ++line_start_;
        searched_ = line_start_;
      }
    }
    const size_t end = std::min(find('\n', next_lf_), find('\r', next_cr_));
    if (end - event_start_ > max_event_bytes_) [[unlikely]] {
      return Error(ErrorKind::kTooLarge,
                   fmt::format("sse: an event of more than {} bytes", max_event_bytes_),
                   "see limits.sse_event_bytes");
    }
    if (end == input_.size()) {
      searched_ = input_.size();
      keep_rest();
      return std::optional<SseEvent>{};
    }
    const size_t line = line_start_;
    line_start_ = searched_ = end + 1;
    if (input_[end] == '\r') {
      if (line_start_ == input_.size()) {
        after_cr_ = true;
      } else if (input_[line_start_] == '\n') {
        searched_ = ++line_start_;
      }
    }
    if (end == line) {
      event_ended_ = true;
      return std::optional(current(line_start_));
    }
    take_line(line, end);
  }
}

std::optional<SseEvent> SseParser::finish() {
  at_stream_start_ = false;
  if (pending() == 0) {
    return std::nullopt;
  }
  if (line_start_ < input_.size()) {
    take_line(line_start_, input_.size());
  }
  SseEvent last = current(input_.size());
  last.complete = false;
  line_start_ = input_.size();
  event_ended_ = true;
  return last;
}

void append_sse_event(std::string& out, std::string_view type, std::string_view data) {
  if (!type.empty()) {
    out.append("event: ").append(type).append("\n");
  }
  for (size_t begin = 0;;) {
    const size_t end = std::min(data.find('\n', begin), data.size());
    out.append("data: ").append(data.substr(begin, end - begin)).append("\n");
    if (end == data.size()) {
      break;
    }
    begin = end + 1;
  }
  out.append("\n");
}

}  // namespace sally::formats
