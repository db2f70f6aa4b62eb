#include "gateway/protocol/stream_walk.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "gateway/protocol/adapter.h"
#include "gateway/protocol/text_roles.h"
#include "gateway/protocol/words.h"

namespace sally::gateway {
namespace {

// `choices[{a}].delta.content` with the indexes in place.
std::string place_of(std::string_view pattern, uint32_t a, uint32_t b) {
  std::string out;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern.substr(i).starts_with("{a}") || pattern.substr(i).starts_with("{b}")) {
      out += std::to_string(pattern[i + 1] == 'a' ? a : b);
      i += 2;
    } else {
      out += pattern[i];
    }
  }
  return out;
}

// Whether `text`, between two quotes, is a JSON string that means itself (RFC 8259, 7).
bool is_plain_string(std::string_view text) {
  bool ascii = true;
  for (const char c : text) {
    const auto octet = static_cast<uint8_t>(c);
    if (octet < 0x20 || c == '"' || c == '\\') {
      return false;
    }
    ascii = ascii && octet < 0x80;
  }
  return ascii || is_utf8(text);
}

}  // namespace

StreamWalk::StreamWalk(const StreamTable& table, const RuleIndex& index, const JsonLimits& limits)
    : table_(table), index_(index), limits_(limits), origins_(table.root) {}

bool StreamWalk::follows_pattern(std::string_view type, std::string_view data,
                                 std::vector<Delta>& deltas) {
  const Pattern& pattern = pattern_;
  if (pattern.lane == Delta::kNoLane || type != pattern.type || !data.starts_with(pattern.before) ||
      data.size() <= pattern.before.size() + pattern.after.size() ||
      !data.ends_with(pattern.after)) {
    return false;
  }
  const std::string_view piece = data.substr(
      pattern.before.size(), data.size() - pattern.before.size() - pattern.after.size());
  if (!is_plain_string(piece)) {
    return false;
  }
  deltas.push_back({pattern.lane,
                    false,
                    lanes_[pattern.lane]->place,
                    piece,
                    {.as = Written::As::kJsonString,
                     .fixed = lanes_[pattern.lane]->fixed,
                     .form = lanes_[pattern.lane]->form,
                     .span = {pattern.before.size() - 1, piece.size() + 2},
                     .provenance = table_.speaks}});
  text_bytes_ += piece.size();
  last_was_ours_ = false;
  return true;
}

void StreamWalk::learn_pattern(std::string_view type, std::string_view data, const Delta& piece) {
  // Only a string that was not decoded stands in the data itself.
  const auto* begin = piece.text.data();
  if (begin <= data.data() || begin + piece.text.size() >= data.data() + data.size()) {
    return;
  }
  const auto offset = static_cast<size_t>(begin - data.data());
  pattern_.before.assign(data.substr(0, offset));
  pattern_.after.assign(data.substr(offset + piece.text.size()));
  if (pattern_.before.ends_with('"') && pattern_.after.starts_with('"')) {
    pattern_.type.assign(type);
    pattern_.lane = piece.lane;
  }
}

Result<> StreamWalk::feed(std::string_view type, std::string_view data,
                          std::vector<Delta>& deltas) {
  if (follows_pattern(type, data, deltas)) {
    return ok();
  }
  pattern_.lane = Delta::kNoLane;
  path_.clear();
  origins_.begin(data);
  levels_.clear();
  found_.clear();
  places_.clear();
  event_ = Event{.type = type};
  rule_ = nullptr;
  a_ = b_ = 0;
  wholes_ = 0;
  ends_ = false;
  closed_.clear();
  last_was_ours_ = false;

  if (!type.empty() && !is_protocol_word(type)) {
    add_whole(type, JsonPath::Last::kWith, Written());
  }
  if (!data.empty() && !plain(data, ended_)) {
    if (auto read = reader_.walk(data, to_json_limits(limits_), *this);
        !read.ok() && takes_text()) {
      found_.clear();
      before_.clear();
      found_.push_back(
          {data,
           0,
           0,
           0,
           0,
           0,
           false,
           {.as = Written::As::kAll, .span = {0, data.size()}, .provenance = table_.speaks}});
    } else if (!read.ok()) {
      return Error(ErrorKind::kUpstream,
                   "an event of the answer is no strict JSON: " + read.error().message());
    }
    if (!table_.closing_type.empty() && event_.type == table_.closing_type) {
      closed_.push_back(a_);
    }
    conclude(event_, ended_, last_was_ours_);
    usage_ = counter_.usage();
  }
  for (const Found& found : found_) {
    if (found.whole) {
      deltas.push_back({Delta::kNoLane, true,
                        std::string_view(places_).substr(found.place, found.place_size), found.text,
                        found.written});
      continue;
    }
    TRY(const uint32_t lane, lane_of(found));
    if (lanes_[lane]->closed) {
      return Error(ErrorKind::kUpstream,
                   "`" + lanes_[lane]->place + "` of the answer goes on behind its end");
    }
    Written written = found.written;
    written.fixed = lanes_[lane]->fixed;
    written.form = lanes_[lane]->form;
    deltas.push_back({lane, false, lanes_[lane]->place, found.text, written});
    text_bytes_ += found.text.size();
  }
  if (found_.size() == 1 && !found_[0].whole && !event_.usage && closed_.empty() && !ended_ &&
      !last_was_ours_) {
    learn_pattern(type, data, deltas.back());
  }
  for (const uint32_t a : closed_) {
    close_lanes(a, deltas);
  }
  return ok();
}

void StreamWalk::close_lanes(uint32_t a, std::vector<Delta>& deltas) {
  for (uint32_t i = 0; i < lanes_.size(); ++i) {
    Lane& lane = *lanes_[i];
    if (lane.a != a) {
      continue;
    }
    const bool arguments = lane.form == TextForm::kJson;
    if (!arguments || !std::exchange(lane.closed, true)) {
      deltas.push_back({.lane = i,
                        .whole = false,
                        .place = lane.place,
                        .text = {},
                        .closes = arguments,
                        .rests = !arguments});
    }
  }
}

Result<uint32_t> StreamWalk::lane_of(const Found& found) {
  std::string_view own = std::string_view(places_).substr(found.place, found.place_size);
  if (table_.lane_by_type && found.lane != kUnknownLane) {
    own = event_.type;
  }
  for (size_t i = 0; i < lanes_.size(); ++i) {
    const Lane& lane = *lanes_[i];
    if (lane.lane == found.lane && lane.a == found.a && lane.b == found.b && lane.own == own) {
      return static_cast<uint32_t>(i);
    }
  }
  if (lanes_.size() == kMostLanes) {
    return Error(ErrorKind::kUpstream,
                 fmt::format("the answer has more than {} parallel texts", kMostLanes));
  }
  const bool unknown = found.lane == kUnknownLane;
  auto place = place_of(unknown ? table_.growing : table_.lanes[found.lane], found.a, found.b);
  if (unknown) {
    place += own;
  }
  // Of the arguments of a tool, where the event's type names the text.
  const bool arguments = table_.lane_by_type && own.find("_arguments.") != std::string_view::npos;
  const std::string_view member = std::string_view(place).substr(place.find_last_of('.') + 1);
  const TextForm form = arguments ? TextForm::kJson : form_of_member(member);
  const bool fixed = !unknown && is_fixed_member(member);
  lanes_.push_back(std::make_unique<Lane>(
      Lane{found.lane, found.a, found.b, std::string(own), std::move(place), form, fixed}));
  return static_cast<uint32_t>(lanes_.size() - 1);
}

const StreamRule* StreamWalk::find_rule(std::string_view key) const {
  const auto at = static_cast<size_t>(node());
  for (size_t i = index_[at]; i < index_[at + 1]; ++i) {
    if (table_.rules[i].key == key) {
      return &table_.rules[i];
    }
  }
  return nullptr;
}

void StreamWalk::open(bool is_object, size_t offset) {
  path_.begin_value();
  Node opened = Node::kRoot;
  uint32_t growing_from = 0;
  if (!levels_.empty()) {
    const Level& outer = levels_.back();
    const bool grows = outer.node == Node::kDelta || outer.node == Node::kGrowing;
    if (!path_.level(path_.depth() - 1).object) {
      opened = outer.node;
    } else {
      opened = rule_ != nullptr ? rule_->opens : Node::kOther;
      // Also a known text that came as a structure.
      opened = grows && opened == Node::kOther ? Node::kGrowing : opened;
    }
    growing_from = outer.growing_from;
  }
  if (is_object) {
    if (opened == Node::kDelta) {
      growing_from = static_cast<uint32_t>(path_.depth());
    }
    const bool element = path_.depth() > 0 && !path_.level(path_.depth() - 1).object;
    const uint32_t position = element ? path_.level(path_.depth() - 1).index : 0;
    if (opened == table_.scope_a) {
      a_ = position;
      ++event_.scopes_a;
    }
    if (opened == table_.scope_b) {
      b_ = position;
    }
    event_.usage = event_.usage || opened == Node::kUsage;
  }
  origins_.open(is_object, path_.key(), offset);
  path_.open(is_object, offset);
  Level& level = levels_.emplace_back();
  level.node = opened;
  level.first_found = static_cast<uint32_t>(found_.size());
  level.growing_from = growing_from;
  rule_ = nullptr;
}

void StreamWalk::begin_object(size_t offset) {
  open(true, offset);
}
void StreamWalk::begin_array(size_t offset) {
  open(false, offset);
}

void StreamWalk::end_object(size_t) {
  const Level level = levels_.back();
  // Only now it is sure whose texts these were: the index may stand behind them.
  if (level.node == table_.scope_a) {
    for (size_t i = level.first_found; i < found_.size(); ++i) {
      found_[i].a = a_;
    }
    if (std::exchange(ends_, false)) {
      closed_.push_back(a_);
    }
  }
  if (level.node == table_.scope_b) {
    for (size_t i = level.first_found; i < found_.size(); ++i) {
      found_[i].b = b_;
    }
  }
  levels_.pop_back();
  path_.close();
  origins_.close();
  rule_ = nullptr;
}

void StreamWalk::end_array(size_t) {
  levels_.pop_back();
  path_.close();
  origins_.close();
  rule_ = nullptr;
}

void StreamWalk::key(const formats::JsonText& key) {
  rule_ = find_rule(key.text);
  const bool is_word = rule_ != nullptr || is_protocol_word(key.text);
  path_.set_key(key.text, is_word);
  if (!is_word) {
    add_whole(key.text, JsonPath::Last::kWithout, written_string(key, origins_.of_key()));
  }
  if (levels_.size() == 1 && (key.text == "result" || key.text == "error")) {
    event_.root_result = true;
  }
}

void StreamWalk::string(const formats::JsonText& text) {
  path_.begin_value();
  const Node in = node();
  if (rule_ != nullptr && rule_->meaning == Meaning::kLane) {
    add_piece(text, rule_);
  } else if (in == Node::kGrowing || (in == Node::kDelta && rule_ == nullptr)) {
    add_piece(text, nullptr);
  } else {
    ends_ = ends_ || (rule_ != nullptr && rule_->meaning == Meaning::kEnd && !text.text.empty());
    if (rule_ != nullptr && rule_->meaning == Meaning::kType) {
      const bool shown = event_.type == text.text;
      event_.type = text.text;
      if (shown) {
        return;
      }
    }
    const Provenance provenance = origins_.of(path_.key(), text.text, text.offset);
    add_whole(text.text, JsonPath::Last::kWith, written_at(path_, text, provenance));
  }
}

void StreamWalk::number(const formats::JsonNumber& number) {
  path_.begin_value();
  if (node() == Node::kUsage) {
    counter_.count(path_.last_key(), number.raw);
    return;
  }
  const Meaning meaning = rule_ == nullptr ? Meaning::kWhole : rule_->meaning;
  if (meaning != Meaning::kIndexA && meaning != Meaning::kIndexB) {
    return;
  }
  const auto index = formats::json_uint64(number.raw);
  if (index && *index < UINT32_MAX) {
    (meaning == Meaning::kIndexA ? a_ : b_) = static_cast<uint32_t>(*index);
  }
}

void StreamWalk::add_whole(std::string_view text, JsonPath::Last last, const Written& written) {
  if (text.empty()) {
    return;
  }
  const size_t order = wholes_++;
  if (order < before_.size() && before_[order] == text) {
    return;
  }
  if (order < kRemembered) {
    before_.resize(std::max(before_.size(), order + 1));
    before_[order].assign(text.size() <= kRememberedBytes ? text : std::string_view{});
  }
  const size_t place = places_.size();
  if (levels_.empty()) {
    places_ += "event";
  }
  path_.render(places_, 0, last);
  found_.push_back(
      {text, place, static_cast<uint32_t>(places_.size() - place), 0, 0, 0, true, written});
}

void StreamWalk::add_piece(const formats::JsonText& text, const StreamRule* rule) {
  if (text.text.empty()) {
    return;
  }
  Found found{text.text, 0,
              0,         0,
              0,         rule == nullptr ? kUnknownLane : rule->lane,
              false,     written_string(text, table_.speaks)};
  if (rule == nullptr) {
    found.place = places_.size();
    path_.render(places_, levels_.back().growing_from);
    found.place_size = static_cast<uint32_t>(places_.size() - found.place);
  }
  found_.push_back(found);
}

}  // namespace sally::gateway
