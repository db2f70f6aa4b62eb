// Judge: what the events of a pickle mean, as findings.
#pragma once

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "formats/pickle/machine.h"
#include "vet/examination.h"
#include "vet/pickle/names.h"

namespace sally::vet::pickle {

// How a stream came to be looked at.
enum class Reading : uint8_t {
  kLoaded,   // a loader runs it
  kPerhaps,  // only some loader would: what is dangerous counts, doubt does not
  kData,     // it lies in a text of another pickle
};

// Belongs to one thread.
class Judge : public formats::PickleEvents {
 public:
  // All outlive it. `within`: the offset that findings get, where what is read lies in a text.
  Judge(const formats::Input& input, Examination& examination, Reading reading, unsigned depth,
        uint64_t within = 0)
      : input_(input),
        examination_(examination),
        reading_(reading),
        depth_(depth),
        within_(within) {}

  // The heap of the machine that calls. Outlives it.
  void reads(const formats::PickleHeap& heap) { heap_ = &heap; }
  // Tells of the names that were only asked for, once a stream has ended.
  void end_of_stream();

  [[nodiscard]] bool arrays() const { return arrays_; }
  [[nodiscard]] bool dangerous() const { return dangerous_; }

  void on_import(const formats::PickleImport& import) override;
  void on_call(const formats::PickleCall& whole) override;
  void on_set(const formats::PickleSet& set) override;
  void on_data(const formats::PickleData& data) override;
  void on_array(const formats::PickleArray& array) override;
  void on_extension(uint32_t code, uint64_t at) override;
  void on_excess(formats::PickleExcess excess, uint64_t how_much, uint64_t at) override;
  bool go_on() override { return examination_.time_left().ok(); }

 private:
  struct Asked {
    uint64_t at = 0;
    bool seen = false;
    bool judged = false;  // more than its name has been told of
    unsigned calls = 0;   // that were told of
    Standing standing = {};
  };

  Asked& asked(formats::PickleValue global);
  void tell(RuleId rule, Severity severity, uint64_t at, std::string message, std::string evidence);
  void tell(RuleId rule, uint64_t at, std::string message, std::string evidence) {
    tell(rule, row_of(rule).severity, at, std::move(message), std::move(evidence));
  }
  [[nodiscard]] std::string shown(formats::PickleValue value) const;
  void judge_known_call(Role role, const formats::PickleCall& call, std::string_view name);
  void judge_standing(const Standing& standing, std::string_view name, bool makes_instance,
                      uint64_t at, std::string evidence);
  void judge_call_of_result(const formats::PickleCall& call);
  void judge_callback(formats::PickleValue value, const formats::PickleCall& call);
  void judge_attribute(const formats::PickleCall& call, std::string_view name);
  void judge_import_of(const formats::PickleCall& call, std::string_view name);
  void judge_type(const formats::PickleCall& call, std::string_view name);
  void judge_loaded_octets(const formats::PickleCall& call, std::string_view name);
  // What getattr(global, 'constant') names; empty: it is something else.
  [[nodiscard]] std::pair<std::string, std::string> attribute_of(formats::PickleValue call) const;
  [[nodiscard]] bool is_attribute(formats::PickleValue value) const;
  void look_within(const formats::Input& inner, uint64_t at);

  const formats::Input& input_;
  Examination& examination_;
  Reading reading_;
  unsigned depth_;
  uint64_t within_;
  const formats::PickleHeap* heap_ = nullptr;
  std::vector<Asked> asked_;  // by the row of the heap's table
  std::unordered_map<std::string, unsigned> told_;
  unsigned looked_within_ = 0;
  bool arrays_ = false;
  bool dangerous_ = false;
};

}  // namespace sally::vet::pickle
