#include "content/outflow/outflow_inspector.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>
#include <optional>
#include <set>
#include <span>
#include <tuple>
#include <utility>

#include "content/outflow/link_stream.h"
#include "content/outflow/outflow_rules.h"

namespace sally::content {
namespace {

constexpr std::string_view kInspector = "outflow";
// What a stream says of the prompt in other writings is looked at in windows, as HiddenCanary does.
constexpr size_t kWindow = 4'096;        // octets after which it is
constexpr size_t kBefore = 4'096;        // octets before, that are looked at with them
constexpr size_t kCodeStep = 4'096;      // octets of a stream that are looked at for code together
constexpr size_t kLongestCode = 65'536;  // ... though the last of their commands goes on

enum class Kind : uint8_t { kLinks, kCode, kWords };
constexpr size_t kKinds = 3;

Ruling ruling_of(OnOutflow on) {
  return on == OnOutflow::kRefuse ? Ruling::kRefuse : Ruling::kAnnotate;
}

Finding make_finding(std::string rule, Severity severity, OnOutflow on, Direction direction,
                     std::string place, uint64_t begin, uint64_t end) {
  Finding out;
  out.inspector = kInspector;
  out.rule = std::move(rule);
  out.severity = severity;
  out.direction = direction;
  out.place = std::move(place);
  out.offset = begin;
  out.length = static_cast<uint32_t>(std::min<uint64_t>(end - begin, UINT32_MAX));
  out.ruling = ruling_of(on);
  return out;
}

}  // namespace

bool OutflowSettings::anything() const {
  const std::array all = {images, links, canaries, system_prompt, code};
  return !words.empty() ||
         std::ranges::any_of(all, [](OnOutflow on) { return on != OnOutflow::kOff; });
}

Result<std::shared_ptr<const OutflowInspector>> OutflowInspector::create(OutflowSettings settings,
                                                                         OutflowParts parts) {
  TRY(LinkPolicy links, LinkPolicy::create(settings.link_rules));
  std::shared_ptr<OutflowInspector> out(
      new OutflowInspector(std::move(settings), std::move(parts), std::move(links)));
  const auto gather = [&](bool RuledWords::* wanted, Words& into) -> Result<> {
    std::vector<WordRule> rules;
    for (uint32_t i = 0; i < out->settings_.words.size(); ++i) {
      if (out->settings_.words[i].*wanted) {
        rules.push_back(out->settings_.words[i].words);
        into.which.push_back(i);
      }
    }
    if (!rules.empty()) {
      TRY(WordRules made, WordRules::create(rules));
      into.rules = std::make_unique<const WordRules>(std::move(made));
    }
    return ok();
  };
  TRY_OK(gather(&RuledWords::in_requests, out->request_words_));
  TRY_OK(gather(&RuledWords::in_answers, out->answer_words_));
  return std::shared_ptr<const OutflowInspector>(std::move(out));
}

class OutflowInspection final : public ExchangeInspection {
 public:
  explicit OutflowInspection(std::shared_ptr<const OutflowInspector> by) : by_(std::move(by)) {}

  void see_request(std::string_view text, const Segment& segment, std::span<const Finding> known,
                   Findings& out) override {
    if (by_->settings_.system_prompt != OnOutflow::kOff &&
        segment.provenance == Provenance::kSystem &&
        prompt_text_.size() < PromptOverlap::kMaxPrompt) {
      prompt_text_ += text;
      prompt_text_ += '\n';
    }
    if (by_->looks_for_links()) {
      for (const Finding& one : known) {
        // What is personal may well be asked to be linked: whoever hides it has it replaced.
        if (one.inspector == "secrets" || one.rule == "SECRET") {
          protect(text.substr(std::min<uint64_t>(one.offset, text.size()), one.length));
        }
      }
    }
    if (by_->request_words_.rules != nullptr) {
      std::vector<FoundWord> found;
      by_->request_words_.rules->find(text, found);
      for (const FoundWord& one : found) {
        add_word(one, by_->request_words_.which, segment.place, Direction::kRequest, out);
      }
    }
  }

  void end_request() override {
    if (!prompt_text_.empty()) {
      prompt_ = by_->parts_.prompts->find_or_make(prompt_text_);
      prompt_text_ = {};
    }
  }

  void protect(std::string_view value) override {
    if (value.size() < LinkPolicy::kMinTaint ||
        sensitive_.size() >= OutflowInspector::kMostSensitive) {
      return;
    }
    sensitive_.emplace_back(value.substr(0, OutflowInspector::kLongestSensitive));
  }

  void see_answer(std::string_view text, const Segment& segment, TextForm form,
                  Findings& out) override;
  std::unique_ptr<StreamInspector> stream(const Segment& segment, TextForm form) override;

  // Of findings of one kind so many are told. One that refuses ends the exchange: it is the last.
  [[nodiscard]] bool may_tell(Kind kind, OnOutflow on) {
    return ++told_[static_cast<size_t>(kind)] <= OutflowInspector::kMostFindings ||
           on == OnOutflow::kRefuse;
  }

  void add_link(const JudgedLink& one, const Place& place, Findings& out) {
    const OnOutflow on = one.kind == LinkKind::kLink ? by_->settings_.links : by_->settings_.images;
    if (on != OnOutflow::kOff && may_tell(Kind::kLinks, on)) {
      out.push_back(make_finding(std::string(name_of(one.rule)), severity_of(one.rule), on,
                                 Direction::kResponse, place.str(), one.begin, one.end));
    }
  }
  void add_code(const FoundDanger& one, uint64_t base, const Place& place, Findings& out) {
    if (may_tell(Kind::kCode, OnOutflow::kAnnotate)) {
      out.push_back(make_finding("code:" + std::string(one.rule), one.severity,
                                 OnOutflow::kAnnotate, Direction::kResponse, place.str(),
                                 base + one.begin, base + one.end));
    }
  }
  void add_word(const FoundWord& one, const std::vector<uint32_t>& which, const Place& place,
                Direction direction, Findings& out) {
    const RuledWords& rule = by_->settings_.words[which[one.rule]];
    if (may_tell(Kind::kWords, rule.on)) {
      out.push_back(make_finding("word:" + rule.words.name, severity_of(OutflowRule::kWord),
                                 rule.on, direction, place.str(), one.begin, one.end));
    }
  }
  // `found`: canaries of the text at `place`. As it stands, one was found by whoever looks for
  // secrets.
  void add_canaries(std::span<const FoundCanary> found, const Place& place, Findings& out) {
    if (found.empty()) {
      return;
    }
    const std::string here = place.str();
    std::set<std::tuple<std::string, uint64_t, uint64_t>> known;  // rule, begin, end
    for (const Finding& one : out) {
      if (one.rule.starts_with("canary:") && one.place == here) {
        known.emplace(one.rule, one.offset, one.offset + one.length);
      }
    }
    for (const FoundCanary& one : found) {
      // Of those that begin before its end the last ends last: they are all of one length.
      const auto behind = known.lower_bound({std::string(one.rule), one.end, 0});
      const bool is_known = behind != known.begin() &&
                            std::get<0>(*std::prev(behind)) == one.rule &&
                            std::get<2>(*std::prev(behind)) > one.begin;
      if (!is_known) {
        out.push_back(make_finding(std::string(one.rule), severity_of(OutflowRule::kCanary),
                                   by_->settings_.canaries, Direction::kResponse, here, one.begin,
                                   one.end));
        known.emplace(one.rule, one.begin, one.end);
      }
    }
  }
  void add_overlap(const Overlap& one, const Place& place, Findings& out) {
    out.push_back(make_finding(std::string(name_of(OutflowRule::kSystemPromptOverlap)),
                               severity_of(OutflowRule::kSystemPromptOverlap),
                               by_->settings_.system_prompt, Direction::kResponse, place.str(),
                               one.begin, one.end));
  }

  [[nodiscard]] const OutflowInspector& by() const { return *by_; }
  [[nodiscard]] const PromptOverlap* prompt() const { return prompt_.get(); }
  // Those of the configuration among them.
  [[nodiscard]] const std::vector<std::string>& sensitive() {
    if (!all_sensitive_) {
      all_sensitive_.emplace(std::move(sensitive_));
      if (by_->parts_.sensitive != nullptr) {
        std::ranges::copy(*by_->parts_.sensitive, std::back_inserter(*all_sensitive_));
      }
    }
    return *all_sensitive_;
  }

 private:
  const std::shared_ptr<const OutflowInspector> by_;
  std::string prompt_text_;  // until the request is over
  std::shared_ptr<const PromptOverlap> prompt_;
  std::vector<std::string> sensitive_;
  std::optional<std::vector<std::string>> all_sensitive_;
  std::array<size_t, kKinds> told_{};
};

void OutflowInspection::see_answer(std::string_view text, const Segment& segment, TextForm form,
                                   Findings& out) {
  if (segment.fixed) {
    return;
  }
  if (by_->looks_for_links() && form == TextForm::kPlain && may_hold_link(text)) {
    std::vector<JudgedLink> found;
    judge_links(text, by_->links_, sensitive(), found);
    for (const JudgedLink& one : found) {
      add_link(one, segment.place, out);
    }
  }
  if (by_->parts_.canaries != nullptr && by_->settings_.canaries != OnOutflow::kOff &&
      text.size() >= HiddenCanary::kMinLetters) {
    std::vector<FoundCanary> found;
    by_->parts_.canaries->find(text, found);
    add_canaries(found, segment.place, out);
  }
  // A shingle has eight words.
  if (prompt_ != nullptr && text.size() >= 2 * ShingleHash::kWords) {
    if (const Overlap overlap = prompt_->measure(text); overlap.leaks) {
      add_overlap(overlap, segment.place, out);
    }
  }
  if (by_->settings_.code != OnOutflow::kOff && text.size() >= CodeDanger::kShortest) {
    std::vector<FoundDanger> found;
    by_->parts_.code->find(text, found);
    for (const FoundDanger& one : found) {
      add_code(one, 0, segment.place, out);
    }
  }
  if (by_->answer_words_.rules != nullptr) {
    std::vector<FoundWord> found;
    by_->answer_words_.rules->find(text, found);
    for (const FoundWord& one : found) {
      add_word(one, by_->answer_words_.which, segment.place, Direction::kResponse, out);
    }
  }
}

// What is only noted is held back by nobody: it goes on while it is looked at.
class OutflowStream final : public StreamInspector {
 public:
  OutflowStream(OutflowInspection& of, const Place& place, TextForm form)
      : of_(of), place_(place.str()) {
    const OutflowSettings& settings = of.by().settings_;
    if (of.by().looks_for_links() && form == TextForm::kPlain) {
      links_.emplace(of.by().links_, of.sensitive(),
                     refuses_links() ? LinkStream::kShortStep : LinkStream::kLongStep);
    }
    if (of.by().parts_.canaries != nullptr && settings.canaries != OnOutflow::kOff) {
      canaries_.emplace(*of.by().parts_.canaries);
    }
    if (of.prompt() != nullptr) {
      overlap_.emplace(*of.prompt());
    }
    if (of.by().answer_words_.rules != nullptr) {
      words_.emplace(*of.by().answer_words_.rules);
    }
  }

  [[nodiscard]] size_t feed(std::string_view piece, Findings& out) override {
    fed_ += piece.size();
    if (links_) {
      links_->feed(piece, found_links_);
      tell_links(out);
    }
    if (canaries_) {
      canaries_->feed(piece, found_canaries_);
      tell_canaries(out);
    }
    if (overlap_) {
      overlap_->feed(piece);
      tell_overlap(overlap_->overlap(), out);
      feed_window(piece, out);
    }
    if (of_.by().settings_.code != OnOutflow::kOff) {
      feed_code(piece, out);
    }
    if (words_) {
      words_->feed(piece, found_words_);
      tell_words(out);
    }
    return held();
  }

  [[nodiscard]] size_t rest(Findings& out) override {
    if (links_) {
      links_->finish(found_links_);
      tell_links(out);
    }
    if (overlap_ && !leaked_) {
      PromptOverlapStream over = *overlap_;
      over.finish();
      tell_overlap(over.overlap(), out);
    }
    return 0;
  }

  void finish(Findings& out) override {
    static_cast<void>(rest(out));
    if (canaries_) {
      canaries_->finish(found_canaries_);
      tell_canaries(out);
    }
    if (overlap_) {
      look_at_window(out);
    }
    if (of_.by().settings_.code != OnOutflow::kOff) {
      look_at_code(code_.size(), out);
    }
    if (words_) {
      words_->finish(found_words_);
      tell_words(out);
    }
  }

 private:
  // Octets that may be part of what refuses. Of a canary as many as it has in hex, letter by
  // letter.
  [[nodiscard]] size_t held() {
    const OutflowInspector& by = of_.by();
    uint64_t from = fed_;
    if (links_ && refuses_links()) {
      from = std::min(from, links_->decided());
    }
    if (canaries_ && by.settings_.canaries == OnOutflow::kRefuse) {
      from = std::min(from, fed_ - std::min<uint64_t>(fed_, 3 * by.parts_.longest_canary));
    }
    if (overlap_ && by.settings_.system_prompt == OnOutflow::kRefuse && !leaked_) {
      from = std::min(from, overlap_->part_in_progress().value_or(from));
    }
    if (words_ && refuses_words()) {
      from = std::min(from, words_->decided());
    }
    return static_cast<size_t>(fed_ - from);
  }
  [[nodiscard]] bool refuses_links() const {
    const OutflowSettings& settings = of_.by().settings_;
    return settings.images == OnOutflow::kRefuse || settings.links == OnOutflow::kRefuse;
  }
  [[nodiscard]] bool refuses_words() const {
    return std::ranges::any_of(of_.by().settings_.words, [](const RuledWords& one) {
      return one.in_answers && one.on == OnOutflow::kRefuse;
    });
  }

  void tell_links(Findings& out) {
    for (const JudgedLink& one : found_links_) {
      of_.add_link(one, place_, out);
    }
    found_links_.clear();
  }
  void tell_canaries(Findings& out) {
    of_.add_canaries(found_canaries_, place_, out);
    found_canaries_.clear();
  }
  void tell_overlap(const Overlap& overlap, Findings& out) {
    if (overlap.leaks && !std::exchange(leaked_, true)) {
      of_.add_overlap(overlap, place_, out);
    }
  }
  void tell_words(Findings& out) {
    for (const FoundWord& one : found_words_) {
      of_.add_word(one, of_.by().answer_words_.which, place_, Direction::kResponse, out);
    }
    found_words_.clear();
  }

  void feed_window(std::string_view piece, Findings& out) {
    while (!piece.empty() && !leaked_) {
      const std::string_view part = piece.substr(0, kWindow - new_);
      window_ += part;
      new_ += part.size();
      piece.remove_prefix(part.size());
      if (new_ == kWindow) {
        look_at_window(out);
        window_.erase(0, window_.size() - std::min(window_.size(), kBefore));
        new_ = 0;
      }
    }
  }
  void look_at_window(Findings& out) {
    if (leaked_) {
      return;
    }
    Overlap overlap = of_.prompt()->measure_hidden(window_);
    overlap.begin += window_at_ + new_ - window_.size();
    overlap.end += window_at_ + new_ - window_.size();
    tell_overlap(overlap, out);
    window_at_ += new_;
  }

  // Whole lines together, so that where a step ends follows from the text alone.
  void feed_code(std::string_view piece, Findings& out) {
    while (!piece.empty()) {
      const size_t newline = piece.find('\n');
      const size_t room = kLongestCode - code_.size();
      const bool ends = newline != std::string_view::npos && newline < room;
      const std::string_view part = piece.substr(0, ends ? newline + 1 : room);
      code_ += part;
      piece.remove_prefix(part.size());
      if (code_.size() == kLongestCode || (ends && code_.size() >= kCodeStep && !goes_on(code_))) {
        look_at_code(code_.size(), out);
      }
    }
  }
  void look_at_code(size_t end, Findings& out) {
    found_code_.clear();
    of_.by().parts_.code->find(std::string_view(code_).substr(0, end), found_code_);
    for (const FoundDanger& one : found_code_) {
      of_.add_code(one, code_base_, place_, out);
    }
    code_base_ += end;
    code_.erase(0, end);
  }

  OutflowInspection& of_;
  const std::string place_;
  uint64_t fed_ = 0;
  std::optional<LinkStream> links_;
  std::optional<HiddenCanaryStream> canaries_;
  std::optional<PromptOverlapStream> overlap_;
  bool leaked_ = false;
  std::string window_;  // its last `new_` octets are not looked at yet
  size_t new_ = 0;
  uint64_t window_at_ = 0;  // of the whole text: where they begin
  std::optional<WordRulesStream> words_;
  std::string code_;  // from `code_base_` on
  uint64_t code_base_ = 0;
  // Empty between calls.
  std::vector<JudgedLink> found_links_;
  std::vector<FoundCanary> found_canaries_;
  std::vector<FoundDanger> found_code_;
  std::vector<FoundWord> found_words_;
};

std::unique_ptr<StreamInspector> OutflowInspection::stream(const Segment& segment, TextForm form) {
  return std::make_unique<OutflowStream>(*this, segment.place, form);
}

std::unique_ptr<ExchangeInspection> OutflowInspector::begin() const {
  return std::make_unique<OutflowInspection>(shared_from_this());
}

}  // namespace sally::content
