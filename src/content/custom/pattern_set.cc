#include "content/custom/pattern_set.h"

#include <hs/hs.h>

#include <cstdlib>
#include <limits>
#include <mutex>
#include <vector>

#include "base/check.h"
#include "content/normalise/utf8.h"

namespace sally::content::custom {
namespace {

struct FreeDatabase {
  void operator()(hs_database_t* database) const { hs_free_database(database); }
};
struct FreeScratch {
  void operator()(hs_scratch_t* scratch) const { hs_free_scratch(scratch); }
};
struct FreeError {
  void operator()(hs_compile_error_t* error) const { hs_free_compile_error(error); }
};
using Scratch = std::unique_ptr<hs_scratch_t, FreeScratch>;
using CompileError = std::unique_ptr<hs_compile_error_t, FreeError>;

unsigned flags_of(const Expression& expression) {
  constexpr unsigned kAlways = HS_FLAG_UTF8 | HS_FLAG_MULTILINE;
  return kAlways | (expression.caseless ? HS_FLAG_CASELESS : 0U) |
         (expression.only_ends ? 0U : HS_FLAG_SOM_LEFTMOST);
}

// `text`, or a copy in `buffer` where it is not UTF-8, of the same length.
std::string_view as_utf8(std::string_view text, std::string& buffer) {
  constexpr char kSubstitute = '\x1A';
  for (size_t at = 0; at < text.size();) {
    if (static_cast<unsigned char>(text[at]) < 0x80) {
      ++at;
      continue;
    }
    const Decoded decoded = decode_utf8(text, at);
    if (decoded.code == kInvalid) {
      if (buffer.empty()) {
        buffer = text;
      }
      buffer[at] = kSubstitute;
    }
    at += decoded.length;
  }
  return buffer.empty() ? text : std::string_view(buffer);
}

}  // namespace

struct PatternSet::Rep {
  std::unique_ptr<hs_database_t, FreeDatabase> database;
  Scratch first;  // what the others are cloned from; never scanned with
  std::mutex mutex;
  std::vector<Scratch> free;

  // One that nobody else has; as many are made as threads scan at once.
  Scratch take() {
    {
      const std::lock_guard lock(mutex);
      if (!free.empty()) {
        Scratch scratch = std::move(free.back());
        free.pop_back();
        return scratch;
      }
    }
    hs_scratch_t* made = nullptr;
    SALLY_CHECK(hs_clone_scratch(first.get(), &made) == HS_SUCCESS);
    return Scratch(made);
  }
  void give_back(Scratch scratch) {
    const std::lock_guard lock(mutex);
    free.push_back(std::move(scratch));
  }
};

PatternSet::PatternSet(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
PatternSet::PatternSet(PatternSet&&) noexcept = default;
PatternSet& PatternSet::operator=(PatternSet&&) noexcept = default;
PatternSet::~PatternSet() = default;

Expected<PatternSet, BadExpression> PatternSet::compile(std::span<const Expression> expressions) {
  auto rep = std::make_unique<Rep>();
  std::vector<const char*> regexes;
  std::vector<unsigned> flags;
  std::vector<unsigned> ids;
  for (size_t i = 0; i < expressions.size(); ++i) {
    const Expression& expression = expressions[i];
    if (expression.regex.find('\0') != std::string::npos) {
      return BadExpression{i, "it holds a NUL"};
    }
    hs_expr_info_t* info = nullptr;
    hs_compile_error_t* error = nullptr;
    if (hs_expression_info(expression.regex.c_str(), flags_of(expression), &info, &error) !=
        HS_SUCCESS) {
      const CompileError owned(error);
      return BadExpression{i, owned->message};
    }
    const bool may_be_empty = info->min_width == 0;
    std::free(info);  // NOLINT(cppcoreguidelines-no-malloc): Vectorscan takes it by malloc
    if (may_be_empty) {
      return BadExpression{i, "it matches the empty text"};
    }
    regexes.push_back(expression.regex.c_str());
    flags.push_back(flags_of(expression));
    ids.push_back(static_cast<unsigned>(i));
  }
  if (regexes.empty()) {
    return PatternSet(std::move(rep));
  }
  if (hs_valid_platform() != HS_SUCCESS) {
    return BadExpression{0, "this processor is too old for Vectorscan"};
  }
  hs_database_t* database = nullptr;
  hs_compile_error_t* error = nullptr;
  if (hs_compile_multi(regexes.data(), flags.data(), ids.data(),
                       static_cast<unsigned>(regexes.size()), HS_MODE_BLOCK, nullptr, &database,
                       &error) != HS_SUCCESS) {
    const CompileError owned(error);
    return BadExpression{owned->expression < 0 ? 0 : static_cast<size_t>(owned->expression),
                         owned->message};
  }
  rep->database.reset(database);
  hs_scratch_t* scratch = nullptr;
  SALLY_CHECK(hs_alloc_scratch(database, &scratch) == HS_SUCCESS);
  rep->first.reset(scratch);
  return PatternSet(std::move(rep));
}

void PatternSet::scan(std::string_view text, const Match& match) const {
  if (rep_->database == nullptr || text.empty()) {
    return;
  }
  std::string buffer;
  const std::string_view valid =
      as_utf8(text.substr(0, std::numeric_limits<unsigned>::max()), buffer);
  Scratch scratch = rep_->take();
  const auto on_match = [](unsigned id, unsigned long long from, unsigned long long to, unsigned,
                           void* context) {
    (*static_cast<const Match*>(context))(id, from, to);
    return 0;
  };
  const hs_error_t scanned =
      hs_scan(rep_->database.get(), valid.data(), static_cast<unsigned>(valid.size()), 0,
              scratch.get(), on_match, const_cast<Match*>(&match));
  SALLY_CHECK(scanned == HS_SUCCESS);
  rep_->give_back(std::move(scratch));
}

std::string quoted(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view(R"(\^$.|?*+()[]{}-#/)").find(c) != std::string_view::npos) {
      out += '\\';
    }
    out += c;
  }
  return out;
}

}  // namespace sally::content::custom
