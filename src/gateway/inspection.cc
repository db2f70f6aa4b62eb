#include "gateway/inspection.h"

#include <algorithm>
#include <utility>

#include "formats/json/writer.h"
#include "formats/sse.h"
#include "gateway/protocol/text_roles.h"

namespace sally::gateway {
namespace {

// Octets of events that wait before texts that get nothing more are taken to rest.
constexpr size_t kHurryFrom = 4 * 1024;

// `text`, which begins at `begin` of the text that the edits are of.
std::string apply_to(std::string_view text, uint64_t begin, std::span<const TextEdit> edits) {
  std::string out;
  out.reserve(text.size());
  const uint64_t end = begin + text.size();
  uint64_t at = begin;
  for (const TextEdit& edit : edits) {
    if (edit.end <= at) {
      continue;
    }
    if (edit.begin >= end) {
      break;
    }
    if (edit.begin >= at) {
      out.append(text, at - begin, edit.begin - at);
      out.append(edit.with);
    }
    at = std::min(edit.end, end);
  }
  out.append(text, at - begin);
  return out;
}

// A change of a text as a change of the body that it stands in.
Edit in_body(const Written& written, std::string text) {
  if (written.as == Written::As::kAll) {
    return {written.span, std::move(text)};
  }
  std::string json;
  formats::append_json_string(json, text);
  return {written.span, std::move(json)};
}

Error not_there(const Place& place) {
  return Error(ErrorKind::kDenied,
               "`" + place.str() + "` holds what must be replaced, where nothing can be replaced",
               "say it in the body");
}

}  // namespace

void InspectingVisitor::text(const Place& place, std::string_view decoded, const Written& written) {
  const Segment segment{place, direction_, written.provenance, written.fixed, watch_.settled_later};
  const size_t before = out_.size();
  for (const auto& inspector : watch_.inspectors) {
    inspector->inspect(decoded, segment, out_);
  }
  for (size_t i = before; i < out_.size(); ++i) {
    if (out_[i].doubt != Doubt::kNone) {
      doubts_.push_back({{std::string(decoded), written.provenance}, i});
    }
  }
  if (watch_.exchange != nullptr && direction_ == Direction::kResponse) {
    watch_.exchange->see_answer(decoded, segment, written.form, out_);
  }
  if (watch_.rewriting != nullptr && !error_) {
    rewrite(place, decoded, written);
  }
  if (watch_.exchange != nullptr && direction_ == Direction::kRequest) {
    const Findings known(out_.begin() + static_cast<ptrdiff_t>(before), out_.end());
    watch_.exchange->see_request(decoded, segment, known, out_);
  }
}

void InspectingVisitor::rewrite(const Place& place, std::string_view decoded,
                                const Written& written) {
  found_.clear();
  const Result<> rewritten = watch_.rewriting->rewrite(decoded, place, direction_, written.form,
                                                       written.fixed, out_, found_);
  if (!rewritten) {
    error_ = rewritten.error();
  } else if (!found_.empty() && written.as == Written::As::kElsewhere) {
    error_ = not_there(place);
  } else if (!found_.empty()) {
    changed_.push_back({written, std::string(decoded), std::exchange(found_, {})});
  }
}

std::vector<Edit> InspectingVisitor::edits() const {
  std::vector<Edit> out;
  out.reserve(changed_.size());
  for (const Changed& changed : changed_) {
    std::vector<TextEdit> edits = changed.edits;
    for (TextEdit& edit : edits) {
      if (edit.kept != TextEdit::kNone) {
        edit.with = watch_.rewriting->stands_for(edit.kept);
      }
    }
    out.push_back(in_body(changed.written, apply_to(changed.text, 0, edits)));
  }
  return out;
}

std::vector<std::string> InspectingVisitor::replacements() const {
  std::vector<std::string> out;
  for (const Changed& changed : changed_) {
    for (const TextEdit& edit : changed.edits) {
      const std::string_view was =
          std::string_view(changed.text).substr(edit.begin, edit.end - edit.begin);
      std::string_view is = edit.kept == TextEdit::kNone ? std::string_view(edit.with)
                                                         : watch_.rewriting->stands_for(edit.kept);
      // An edit may be of a whole text, of which a part is another.
      const auto begin = std::ranges::mismatch(was, is).in2 - is.begin();
      is.remove_prefix(static_cast<size_t>(begin));
      const std::string_view rest = was.substr(static_cast<size_t>(begin));
      size_t same = 0;
      while (same < std::min(rest.size(), is.size()) &&
             rest[rest.size() - same - 1] == is[is.size() - same - 1]) {
        ++same;
      }
      out.emplace_back(is.substr(0, is.size() - same));
    }
  }
  return out;
}

std::vector<Doubtful> InspectingVisitor::take_doubts() {
  std::ranges::sort(doubts_, [this](const Doubtful& a, const Doubtful& b) {
    const int first = out_[a.finding].confidence;
    const int second = out_[b.finding].confidence;
    return first != second ? first > second : a.finding < b.finding;
  });
  return std::exchange(doubts_, {});
}

Lane::Lane(const Watch& watch, std::string_view place, const Written& written,
           Direction direction) {
  streams_.reserve(watch.inspectors.size() + (watch.exchange == nullptr ? 0 : 1));
  const Segment segment{place, direction, written.provenance, written.fixed};
  for (const auto& inspector : watch.inspectors) {
    if (auto stream = inspector->stream(segment)) {
      streams_.push_back(std::move(stream));
    }
  }
  if (watch.exchange != nullptr && !written.fixed) {
    streams_.push_back(watch.exchange->stream(segment, written.form));
  }
  if (watch.rewriting != nullptr && !written.fixed) {
    rewriting_ = watch.rewriting->stream(place, written.form);
  }
}

Result<> Lane::show(Findings& out) {
  if (fresh_.empty()) {
    return ok();
  }
  const Result<> fed = feed(fresh_, out);
  fresh_.clear();
  return fed;
}

void Lane::note(const Findings& out, size_t before) {
  for (; before < out.size(); ++before) {
    found_ = std::min(found_, out[before].offset);
  }
}

Result<> Lane::feed(std::string_view piece, Findings& out) {
  const size_t before = out.size();
  fed_ += piece.size();
  uint64_t hold = 0;
  for (const auto& stream : streams_) {
    hold = std::max<uint64_t>(hold, stream->feed(piece, out));
  }
  rests_ = false;
  hold_ = fed_;  // where the rewriting fails, nothing is clear
  if (rewriting_ != nullptr) {
    TRY(const size_t undecided, rewriting_->feed(piece, out, edits_));
    hold = std::max<uint64_t>(hold, undecided);
  }
  hold_ = std::min(hold, fed_);
  note(out, before);
  return ok();
}

Result<> Lane::close(Findings& out) {
  TRY_OK(show(out));
  const size_t before = out.size();
  uint64_t hold = 0;
  for (const auto& stream : streams_) {
    hold = std::max<uint64_t>(hold, stream->rest(out));
  }
  if (rewriting_ != nullptr) {
    TRY_OK(std::exchange(rewriting_, nullptr)->finish(out, edits_));
  }
  hold_ = std::min(hold, fed_);
  note(out, before);
  return ok();
}

Result<> Lane::rest(Findings& out) {
  TRY_OK(show(out));
  if (std::exchange(rests_, true)) {
    return ok();
  }
  const size_t before = out.size();
  uint64_t hold = 0;
  for (const auto& stream : streams_) {
    hold = std::max<uint64_t>(hold, stream->rest(out));
  }
  if (rewriting_ != nullptr) {
    TRY(const size_t undecided, rewriting_->feed({}, out, edits_));
    hold = std::max<uint64_t>(hold, undecided);
  }
  hold_ = std::min(hold, fed_);
  note(out, before);
  return ok();
}

Result<> Lane::finish(Findings& out) {
  TRY_OK(show(out));
  const size_t before = out.size();
  for (const auto& stream : streams_) {
    stream->finish(out);
  }
  if (rewriting_ != nullptr) {
    TRY_OK(rewriting_->finish(out, edits_));
  }
  hold_ = 0;
  note(out, before);
  return ok();
}

std::optional<std::string> Lane::changed(uint64_t begin, uint64_t end,
                                         std::string_view came) const {
  const bool any = std::ranges::any_of(
      edits_, [begin, end](const TextEdit& edit) { return edit.begin < end && begin < edit.end; });
  return any ? std::optional(apply_to(came, begin, edits_)) : std::nullopt;
}

void Lane::forget(uint64_t end) {
  std::erase_if(edits_, [end](const TextEdit& edit) { return edit.end <= end; });
}

bool EventWindow::clear(std::span<const Piece> pieces) const {
  return std::ranges::all_of(
      pieces, [&](const Piece& piece) { return lanes_[piece.lane]->cleared() >= piece.end; });
}

Result<> EventWindow::take_whole(const Delta& delta, Rewritable* event) {
  const Place place(delta.place);
  const Segment segment{place, direction_, delta.written.provenance, delta.written.fixed};
  for (const auto& inspector : watch_.inspectors) {
    inspector->inspect(delta.text, segment, out_);
  }
  if (watch_.exchange != nullptr) {
    watch_.exchange->see_answer(delta.text, segment, delta.written.form, out_);
  }
  if (event == nullptr) {
    return ok();
  }
  std::vector<TextEdit> changes;
  TRY_OK(watch_.rewriting->rewrite(delta.text, place, direction_, delta.written.form,
                                   delta.written.fixed, out_, changes));
  if (changes.empty()) {
    return ok();
  }
  if (delta.written.as == Written::As::kElsewhere) {
    return not_there(place);
  }
  event->edits.push_back(in_body(delta.written, apply_to(delta.text, 0, changes)));
  return ok();
}

Result<Lane*> EventWindow::lane_of(const Delta& delta) {
  if (delta.lane >= max_lanes_) {
    return Error(ErrorKind::kTooLarge,
                 "the stream carries more than " + std::to_string(max_lanes_) + " texts");
  }
  while (lanes_.size() <= delta.lane) {
    lanes_.push_back(nullptr);
  }
  auto& lane = lanes_[delta.lane];
  if (lane == nullptr) {
    lane = std::make_unique<Lane>(watch_, delta.place, delta.written, direction_);
  }
  return lane.get();
}

Result<> EventWindow::take(const Delta& delta, Pending& event) {
  if (delta.whole) {
    return take_whole(delta, event.rewritable.get());
  }
  TRY(Lane* const lane, lane_of(delta));
  if (delta.closes) {
    return lane->close(out_);
  }
  if (delta.rests) {
    return lane->rest(out_);
  }
  const uint64_t begin = lane->taken();
  lane->take(delta.text);
  const Piece piece{delta.lane, begin, lane->taken()};
  if (event.rewritable != nullptr) {
    event.rewritable->texts.push_back({piece, std::string(delta.text), delta.written});
  }
  pieces_.push_back(piece);
  ++event.pieces;
  return ok();
}

void EventWindow::expect(size_t bytes) {
  constexpr size_t kUsualEvent = 160;  // bytes, with one piece of a text
  if (pending_.empty()) {
    raw_.reserve(bytes);
    pending_.reserve(bytes / kUsualEvent);
    pieces_.reserve(bytes / kUsualEvent);
  }
}

Result<EventWindow::Whole> EventWindow::push(const StreamedEvent& event,
                                             std::span<const Delta> deltas) {
  Pending pending{.raw = event.raw.size()};
  if (watch_.rewriting != nullptr && !deltas.empty()) {
    pending.rewritable = std::make_unique<Rewritable>();
    pending.rewritable->type = event.type;
    pending.rewritable->data = event.data;
    pending.rewritable->ignored = event.ignored;
  }
  for (const Delta& delta : deltas) {
    TRY_OK(take(delta, pending));
  }
  pending.found = out_.size() > std::exchange(known_, out_.size());
  const Whole whole = pending.rewritable == nullptr || pending.rewritable->edits.empty()
                          ? Whole::kSame
                          : Whole::kChanged;
  pending_bytes_ += pending.size();
  unsettled_ += pending.size();
  raw_.append(event.raw);
  pending_.push_back(std::move(pending));
  return whole;
}

Result<> EventWindow::settle(std::string& ready) {
  unsettled_ = 0;
  for (const auto& lane : lanes_) {
    if (lane == nullptr) {
      continue;
    }
    if (lane->has_fresh()) {
      TRY_OK(lane->show(out_));
    } else if (pending_bytes_ > kHurryFrom && lane->cleared() < lane->taken()) {
      TRY_OK(lane->rest(out_));  // it holds up others and got nothing more
    }
  }
  release_before_findings(ready);
  return ok();
}

Result<> EventWindow::go_on(std::string& ready) {
  passed_ = out_.size();
  for (Pending& event : pending_) {
    event.found = false;
  }
  for (const auto& lane : lanes_) {
    if (lane != nullptr) {
      lane->go_on();
    }
  }
  release(ready);
  if (pending_bytes_ > max_pending_) {
    return Error(ErrorKind::kTooLarge, "more than " + std::to_string(max_pending_) +
                                           " bytes of the stream wait for an inspector");
  }
  return ok();
}

void EventWindow::give(const Rewritable& event, std::string_view raw, std::string& ready) {
  std::vector<Edit> edits = event.edits;
  for (const auto& [piece, came, written] : event.texts) {
    if (auto text = lanes_[piece.lane]->changed(piece.begin, piece.end, came)) {
      edits.push_back(in_body(written, *std::move(text)));
    }
    lanes_[piece.lane]->forget(piece.end);
  }
  if (edits.empty()) {
    ready.append(raw);
    return;
  }
  std::ranges::sort(edits, {}, [](const Edit& edit) { return edit.span.offset; });
  ready.append(event.ignored);
  formats::append_sse_event(ready, event.type, gateway::apply(as_bytes(event.data), edits));
}

void EventWindow::release(std::string& ready) {
  size_t raw = 0;
  size_t given = 0;  // of `raw`
  size_t pieces = 0;
  auto end = pending_.begin();
  for (; end != pending_.end() && !end->found &&
         clear(std::span(pieces_).subspan(pieces, end->pieces));
       ++end) {
    if (end->rewritable != nullptr) {
      ready.append(raw_, given, raw - given);
      give(*end->rewritable, std::string_view(raw_).substr(raw, end->raw), ready);
      given = raw + end->raw;
    }
    pending_bytes_ -= end->size();
    raw += end->raw;
    pieces += end->pieces;
  }
  if (raw == raw_.size() && given == 0 && ready.empty()) {
    ready.swap(raw_);  // nearly always
    raw = 0;
  } else {
    ready.append(raw_, given, raw - given);
  }
  pending_.erase(pending_.begin(), end);
  raw_.erase(0, raw);
  pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<ptrdiff_t>(pieces));
}

void EventWindow::release_before_findings(std::string& ready) {
  known_ = out_.size();
  if (is_plain() || known_ == passed_) {
    release(ready);
  }
}

Result<> EventWindow::finish(std::string& ready) {
  for (const auto& lane : lanes_) {
    if (lane != nullptr) {
      TRY_OK(lane->finish(out_));
    }
  }
  release_before_findings(ready);
  return ok();
}

void TextWindow::give(std::string& ready) {
  const uint64_t end = lane_.cleared();
  const std::string_view came = std::string_view(held_).substr(0, end - given_);
  if (const auto text = lane_.changed(given_, end, came)) {
    ready.append(*text);
  } else {
    ready.append(came);
  }
  lane_.forget(end);
  held_.erase(0, end - given_);
  given_ = end;
}

Result<> TextWindow::push(std::string_view piece, std::string& ready, Findings& out) {
  held_.append(piece);
  TRY_OK(lane_.feed(piece, out));
  lane_.go_on();
  give(ready);
  return ok();
}

Result<> TextWindow::finish(std::string& ready, Findings& out) {
  TRY_OK(lane_.finish(out));
  lane_.go_on();
  give(ready);
  return ok();
}

}  // namespace sally::gateway
