#include "content/names/train/lists.h"

#include <algorithm>
#include <charconv>

#include "content/names/token.h"

namespace sally::content::names {
namespace {

// A line's columns; what is not there is empty.
struct Row {
  std::string_view entry;
  std::string_view second;
  std::string_view third;
};

std::string_view take_until(std::string_view& text, char mark) {
  const size_t end = std::min(text.find(mark), text.size());
  const std::string_view out = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return out;
}

size_t tags_in(std::string_view tags) {
  return tags.empty() ? 0 : 1 + static_cast<size_t>(std::ranges::count(tags, ','));
}

uint64_t number_of(std::string_view digits) {
  uint64_t out = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), out);
  return out;
}

bool is_word(const Token& token) {
  return token.shape <= Shape::kUncased;
}

class Builder {
 public:
  explicit Builder(Lists& lists) : lists_(lists) {}

  void word(std::string_view entry, uint32_t flags) {
    const uint64_t hash = word_hash(entry);
    if (hash != 0) {
      lists_.flags_of[hash] |= flags;
    }
  }
  // An entry of one word or more.
  void name(std::string_view entry, uint32_t single, PhraseBit inside, uint32_t whole) {
    tokens_.clear();
    tokenise(entry, 0, tokens_);
    if (tokens_.size() == 1) {
      lists_.flags_of[tokens_[0].word] |= single;
    }
    for (size_t i = 0; i + 1 < tokens_.size(); ++i) {
      // Two words of which one is of a single letter or a mark say little.
      if (!is_word(tokens_[i]) || !is_word(tokens_[i + 1]) || tokens_[i].length < 2 ||
          tokens_[i + 1].length < 2) {
        continue;
      }
      lists_.flags_of[tokens_[i].word] |= flag(WordBit::kBeginsPhrase);
      lists_.flags_of[Gazetteer::phrase_key(tokens_[i].word, tokens_[i + 1].word)] |=
          flag(inside) | (tokens_.size() == 2 ? whole : 0);
    }
  }
  // The words of an organisation's name, each counted.
  void count_words(std::string_view entry) {
    tokens_.clear();
    tokenise(entry, 0, tokens_);
    for (const Token& token : tokens_) {
      if (is_word(token) && token.length > 2 && ++organization_words_[token.word] == 3) {
        lists_.flags_of[token.word] |= flag(WordBit::kInOrganization);
      }
    }
  }

 private:
  Lists& lists_;
  std::vector<Token> tokens_;
  std::unordered_map<uint64_t, uint32_t> organization_words_;
};

}  // namespace

Result<Lists> read_lists(const std::function<Result<std::string>(std::string_view)>& read) {
  Lists out;
  Builder builder(out);
  const auto each = [&](std::string_view list, const auto& use) -> Result<> {
    TRY(const std::string text, read(list));
    for (std::string_view rest = text; !rest.empty();) {
      std::string_view line = take_until(rest, '\n');
      const Row row{take_until(line, '\t'), take_until(line, '\t'), take_until(line, '\t')};
      if (!row.entry.empty()) {
        use(row);
      }
    }
    return ok();
  };
  constexpr size_t kManyTags = 3;
  TRY_OK(each("given_names.tsv", [&](const Row& row) {
    builder.word(row.entry,
                 flag(WordBit::kGiven) |
                     (tags_in(row.second) >= kManyTags ? flag(WordBit::kGivenCommon) : 0));
    out.given.emplace_back(row.entry);
  }));
  TRY_OK(each("surnames.tsv", [&](const Row& row) {
    const bool is_rare = row.second == "US90";
    builder.word(row.entry,
                 flag(WordBit::kSurname) | (is_rare ? 0 : flag(WordBit::kSurnameCommon)));
    out.surnames.emplace_back(row.entry);
  }));
  constexpr uint64_t kLarge = 50'000;
  TRY_OK(each("cities.tsv", [&](const Row& row) {
    const uint32_t large = number_of(row.third) >= kLarge ? flag(WordBit::kPlaceLarge) : 0;
    builder.name(row.entry, flag(WordBit::kPlace) | large, PhraseBit::kInPlace,
                 flag(PhraseBit::kWholePlace));
    if (large != 0) {
      out.places.emplace_back(row.entry);
    }
  }));
  TRY_OK(each("faker_cities.tsv", [&](const Row& row) {
    builder.name(row.entry, flag(WordBit::kPlace), PhraseBit::kInPlace,
                 flag(PhraseBit::kWholePlace));
    out.places.emplace_back(row.entry);
  }));
  const auto region = [&](const Row& row) {
    builder.name(row.entry, flag(WordBit::kRegion), PhraseBit::kInRegion,
                 flag(PhraseBit::kWholeRegion));
    out.places.emplace_back(row.entry);
  };
  TRY_OK(each("admin1.tsv", region));
  TRY_OK(each("countries.tsv", region));
  TRY_OK(each("organizations.tsv", [&](const Row& row) {
    builder.name(row.entry, flag(WordBit::kOrganization), PhraseBit::kInOrganization,
                 flag(PhraseBit::kWholeOrganization));
    builder.count_words(row.entry);
    out.organizations.emplace_back(row.entry);
  }));
  TRY_OK(each("street_names.tsv",
              [&](const Row& row) { builder.name(row.entry, 0, PhraseBit::kInStreet, 0); }));
  TRY_OK(each("street_suffixes.tsv",
              [&](const Row& row) { builder.word(row.entry, flag(WordBit::kStreet)); }));
  const auto form_of = [](std::string_view entry) {
    return entry.ends_with('.') ? entry.substr(0, entry.size() - 1) : entry;
  };
  TRY_OK(each("company_legal_forms.tsv", [&](const Row& row) {
    builder.word(form_of(row.entry), flag(WordBit::kLegalForm));
  }));
  TRY_OK(each("titles_prefixes.tsv",
              [&](const Row& row) { builder.word(form_of(row.entry), flag(WordBit::kTitle)); }));
  TRY_OK(each("occupations.txt",
              [&](const Row& row) { builder.word(row.entry, flag(WordBit::kOccupation)); }));
  TRY_OK(each("common_words_en.txt",
              [&](const Row& row) { builder.word(row.entry, flag(WordBit::kCommon)); }));
  TRY_OK(each("not_names.tsv", [&](const Row& row) {
    builder.name(row.entry, flag(WordBit::kNotName), PhraseBit::kInNotName, 0);
  }));
  TRY_OK(each("medical_terms.tsv", [&](const Row& row) {
    builder.name(row.entry, flag(WordBit::kNotName), PhraseBit::kInNotName, 0);
  }));
  return out;
}

}  // namespace sally::content::names
