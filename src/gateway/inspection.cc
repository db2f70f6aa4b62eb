#include "gateway/inspection.h"

#include <algorithm>

namespace sally::gateway {

Lane::Lane(Inspectors inspectors, std::string_view place, Direction direction) {
  streams_.reserve(inspectors.size());
  for (const auto& inspector : inspectors) {
    streams_.push_back(inspector->stream(place, direction));
  }
}

void Lane::feed(std::string_view piece, Findings& out) {
  fed_ += piece.size();
  hold_ = 0;
  for (const auto& stream : streams_) {
    hold_ = std::max<uint64_t>(hold_, stream->feed(piece, out));
  }
  hold_ = std::min(hold_, fed_);
}

void Lane::finish(Findings& out) {
  for (const auto& stream : streams_) {
    stream->finish(out);
  }
  hold_ = 0;
}

bool EventWindow::clear(std::span<const Wait> waits) const {
  return std::ranges::all_of(
      waits, [&](const Wait& wait) { return lanes_[wait.lane]->cleared() >= wait.until; });
}

Result<> EventWindow::push(std::string_view raw, std::span<const Delta> deltas, std::string& ready,
                           Findings& out) {
  std::vector<Wait> waits;
  for (const Delta& delta : deltas) {
    if (delta.whole) {
      for (const auto& inspector : inspectors_) {
        inspector->inspect(delta.text, delta.place, direction_, out);
      }
      continue;
    }
    if (delta.lane >= max_lanes_) {
      return Error(ErrorKind::kTooLarge,
                   "the stream carries more than " + std::to_string(max_lanes_) + " texts");
    }
    while (lanes_.size() <= delta.lane) {
      lanes_.push_back(nullptr);
    }
    auto& lane = lanes_[delta.lane];
    if (lane == nullptr) {
      lane = std::make_unique<Lane>(inspectors_, delta.place, direction_);
    }
    lane->feed(delta.text, out);
    if (lane->cleared() < lane->fed()) {
      waits.push_back({delta.lane, lane->fed()});
    }
  }
  release(ready);
  if (pending_.empty() && clear(waits)) {
    ready.append(raw);
    return ok();
  }
  if (pending_bytes_ + raw.size() > max_pending_) {
    return Error(ErrorKind::kTooLarge, "more than " + std::to_string(max_pending_) +
                                           " bytes of the stream wait for an inspector");
  }
  pending_bytes_ += raw.size();
  pending_.push_back({std::string(raw), std::move(waits)});
  return ok();
}

void EventWindow::release(std::string& ready) {
  auto end = pending_.begin();
  for (; end != pending_.end() && clear(end->waits); ++end) {
    ready.append(end->raw);
    pending_bytes_ -= end->raw.size();
  }
  pending_.erase(pending_.begin(), end);
}

void EventWindow::finish(std::string& ready, Findings& out) {
  for (const auto& lane : lanes_) {
    if (lane != nullptr) {
      lane->finish(out);
    }
  }
  release(ready);
}

void TextWindow::push(std::string_view piece, std::string& ready, Findings& out) {
  held_.append(piece);
  lane_.feed(piece, out);
  const uint64_t hold = lane_.fed() - lane_.cleared();
  const size_t go = held_.size() - std::min<size_t>(held_.size(), hold);
  ready.append(held_, 0, go);
  held_.erase(0, go);
}

void TextWindow::finish(std::string& ready, Findings& out) {
  lane_.finish(out);
  ready.append(held_);
  held_.clear();
}

}  // namespace sally::gateway
