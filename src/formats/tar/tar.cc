#include "formats/tar/tar.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <string_view>
#include <utility>

#include "base/text.h"

namespace sally::formats {
namespace {

constexpr uint64_t kBlock = 512;
constexpr uint64_t kMostText = uint64_t{1} << 20;  // of a long name or a pax header
constexpr size_t kMostRemarks = 500;
constexpr size_t kMostPieces = 1'000'000;           // of all sparse files together
constexpr uint64_t kMostZeros = uint64_t{1} << 20;  // after the end
constexpr size_t kShownName = 80;

struct Field {
  size_t at;
  size_t length;
};
constexpr Field kName{0, 100};
constexpr Field kSize{124, 12};
constexpr Field kChecksum{148, 8};
constexpr size_t kType = 156;
constexpr Field kLink{157, 100};
constexpr size_t kMagic = 257;
constexpr Field kPrefix{345, 155};
constexpr size_t kSparse = 386;  // GNU: pairs of place and length
constexpr size_t kSparsePairs = 4;
constexpr size_t kSparseGoesOn = 482;
constexpr Field kRealSize{483, 12};
constexpr size_t kMorePairs = 21;  // in a block of its own
constexpr size_t kMoreGoesOn = 504;
constexpr size_t kNumber = 12;

std::string_view text_of(ByteView block, Field field) {
  const std::string_view text = as_text(block.subspan(field.at, field.length));
  return text.substr(0, text.find('\0'));
}

// Octal digits, or with the highest bit set a number in base 256. nullopt: neither.
std::optional<uint64_t> number_of(ByteView block, Field field) {
  const ByteView octets = block.subspan(field.at, field.length);
  if ((octets[0] & std::byte{0x80}) != std::byte{0}) {
    uint64_t value = 0;
    for (size_t i = 1; i < octets.size(); ++i) {
      if (value >> 56U != 0) {
        return std::nullopt;
      }
      value = value << 8U | static_cast<uint64_t>(octets[i]);
    }
    return value;
  }
  std::string_view text = text_of(block, field);
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  text = text.substr(0, text.find(' '));
  // Python reads them by its own rules for numbers: `+17`, `0o17` and `1_7` are 15.
  if (text.starts_with('+')) {
    text.remove_prefix(1);
  }
  if (text.starts_with("0o") || text.starts_with("0O")) {
    text.remove_prefix(2);
  }
  std::string digits(text);
  std::erase(digits, '_');
  if (digits.empty()) {
    return 0;
  }
  uint64_t value = 0;
  constexpr int kOctal = 8;
  const char* const last = digits.data() + digits.size();
  const auto [end, failure] = std::from_chars(digits.data(), last, value, kOctal);
  return failure == std::errc() && end == last ? std::optional(value) : std::nullopt;
}

// Readers take the sum of the octets as unsigned or as signed numbers.
bool is_header(ByteView block) {
  if (block.size() < kBlock) {
    return false;
  }
  const auto said = number_of(block, kChecksum);
  if (!said) {
    return false;
  }
  int64_t plain = 0;
  int64_t with_sign = 0;
  bool any = false;
  for (size_t i = 0; i < kBlock; ++i) {
    const bool own = i >= kChecksum.at && i < kChecksum.at + kChecksum.length;
    const auto octet = own ? uint8_t{' '} : static_cast<uint8_t>(block[i]);
    plain += octet;
    with_sign += static_cast<int8_t>(octet);
    any = any || (!own && octet != 0);
  }
  return any && (std::cmp_equal(*said, plain) || std::cmp_equal(*said, with_sign));
}

bool is_zero(ByteView block) {
  return std::ranges::all_of(block, [](std::byte octet) { return octet == std::byte{0}; });
}

uint64_t padded(uint64_t size) {
  return size > ~uint64_t{0} - kBlock ? size : (size + kBlock - 1) / kBlock * kBlock;
}

std::optional<uint64_t> decimal(std::string_view text) {
  uint64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  return failure == std::errc() && end == text.data() + text.size() ? std::optional(value)
                                                                    : std::nullopt;
}

// What pax headers and GNU's long names say of the next member.
struct Said {
  std::optional<std::string> name;
  std::optional<std::string> link;
  std::optional<uint64_t> size;
  std::optional<uint64_t> real_size;
  std::string sparse_map;       // `0,5,10,5`
  bool sparse_in_data = false;  // version 1.0: the map stands before the octets

  void take(std::string_view key, std::string_view value) {
    if (key == "path") {
      name = value;
    } else if (key == "GNU.sparse.name") {
      sparse_name = value;
    } else if (key == "linkpath") {
      link = value;
    } else if (key == "size") {
      size = decimal(value);
    } else if (key == "GNU.sparse.realsize" || key == "GNU.sparse.size") {
      real_size = decimal(value);
    } else if (key == "GNU.sparse.map") {
      sparse_map = value;
    } else if (key == "GNU.sparse.offset" || key == "GNU.sparse.numbytes") {
      sparse_map += sparse_map.empty() ? "" : ",";
      sparse_map += value;
    } else if (key == "GNU.sparse.major") {
      sparse_in_data = value == "1";
    }
  }
  std::optional<std::string> sparse_name;
};

class Reading {
 public:
  Reading(const Input& input, const TarLimits& limits) : input_(input), limits_(limits) {}

  TarContents run() {
    for (size_t i = 0; i < starts_.size(); ++i) {
      if (auto walked = walk(starts_[i]); !walked.ok()) {
        contents_.unread = walked.error();
        break;
      }
    }
    return std::move(contents_);
  }

 private:
  // Members from `at` on, until the end or until what was walked before.
  Result<> walk(uint64_t at) {
    Said said;
    while (at < input_.size() && seen_.insert(at).second) {
      if (input_.size() - at < kBlock) {
        remark(TarOddity::kPastEnd, at, "a header");
        return ok();
      }
      Bytes block(kBlock);
      TRY_OK(input_.read(at, block));
      if (is_zero(block)) {
        TRY(at, after_zeros(at));
        said = global_;
        continue;
      }
      if (!is_header(block)) {
        remark(at == 0 ? TarOddity::kMalformed : TarOddity::kExtra, at,
               fmt::format("{} octets", input_.size() - at));
        return ok();
      }
      TRY(at, take(block, at, said));
    }
    return ok();
  }

  // Where something follows the zeros at `at`; the end of the input where nothing does.
  Result<uint64_t> after_zeros(uint64_t at) {
    const uint64_t end = std::min(input_.size(), at + kMostZeros);
    Bytes block;
    for (; at < end; at += block.size()) {
      block.resize(static_cast<size_t>(std::min(kBlock, input_.size() - at)));
      TRY_OK(input_.read(at, block));
      if (!is_zero(block)) {
        const bool is_member = is_header(block);
        remark(is_member ? TarOddity::kAfterEnd : TarOddity::kExtra, at, "");
        return is_member ? at : input_.size();
      }
    }
    return input_.size();
  }

  // The header `block` at `at`, and where the next one begins.
  Result<uint64_t> take(ByteView block, uint64_t at, Said& said) {
    const auto size_said = number_of(block, kSize);
    if (!size_said) {
      remark(TarOddity::kMalformed, at, "its size is no number");
      return input_.size();
    }
    const char type = static_cast<char>(block[kType]);
    const uint64_t data = at + kBlock;
    if (type == 'L' || type == 'K' || type == 'x' || type == 'g' || type == 'X') {
      TRY_OK(take_text(type, data, *size_said, said));
      return next_after(data, *size_said);
    }
    TarMember member{.name = said.name.value_or(name_of(block)),
                     .link = said.link.value_or(std::string(text_of(block, kLink))),
                     .type = type,
                     .header = at};
    member.name = said.sparse_name.value_or(std::move(member.name));
    const uint64_t size = said.size.value_or(*size_said);
    TRY_OK(count(member));
    uint64_t next = next_after(data, member.is_file() || !is_known(type) ? size : 0);
    TRY_OK(set_octets(member, block, data, size, said, next));
    // Readers that go by the header alone, or that skip octets of what has none.
    constexpr uint64_t kMostOctal = 077777777777;
    if (const uint64_t other = next_after(data, *size_said);
        other != next && (size != *size_said ? size <= kMostOctal : size > 0) &&
        member.type != 'S') {
      remark(TarOddity::kSizesDiffer, at,
             fmt::format("`{}`: {} and {} octets", printable(member.name, kShownName), size,
                         *size_said));
      starts_.push_back(other);
    }
    contents_.members.push_back(std::move(member));
    said = global_;
    return next;
  }

  static bool is_known(char type) {
    return std::string_view("123456").find(type) != std::string_view::npos;
  }

  // What a long name or a pax header at `data` says.
  Result<> take_text(char type, uint64_t data, uint64_t size, Said& said) {
    if (size > kMostText) {
      return Error(ErrorKind::kTooLarge, "tar: a name or pax header of more than 1 MiB");
    }
    const PartOfInput part(input_, data, size);
    if (part.size() < size) {
      remark(TarOddity::kPastEnd, data, "a long name");
      return ok();
    }
    TRY(const std::string text, read_all(part, kMostText));
    names_ += text.size();
    TRY_OK(check_names());
    const std::string until_zero = text.substr(0, text.find('\0'));
    if (type == 'L') {
      said.name = until_zero;
    } else if (type == 'K') {
      said.link = until_zero;
    } else {
      take_pax(text, said);
      if (type == 'g') {
        global_ = said;
      }
    }
    return ok();
  }

  // `LENGTH KEY=VALUE\n`, one after another.
  void take_pax(std::string_view text, Said& said) {
    while (!text.empty()) {
      const size_t blank = text.find(' ');
      const auto length = decimal(text.substr(0, blank));
      if (blank == std::string_view::npos || !length || *length <= blank + 1 ||
          *length > text.size()) {
        return;  // readers stop here too; zeros may follow
      }
      std::string_view record = text.substr(blank + 1, *length - blank - 1);
      if (record.ends_with('\n')) {
        record.remove_suffix(1);
      }
      const size_t sign = record.find('=');
      if (sign != std::string_view::npos) {
        said.take(record.substr(0, sign), record.substr(sign + 1));
      }
      text.remove_prefix(static_cast<size_t>(*length));
    }
  }

  static std::string name_of(ByteView block) {
    const std::string_view name = text_of(block, kName);
    const bool is_ustar =
        as_text(block.subspan(kMagic)).starts_with(std::string_view("ustar\0", 6));
    const std::string_view prefix = is_ustar ? text_of(block, kPrefix) : std::string_view();
    return prefix.empty() ? std::string(name) : fmt::format("{}/{}", prefix, name);
  }

  // Where the octets of `member` stand; `next` moves where a map precedes them.
  Result<> set_octets(TarMember& member, ByteView block, uint64_t data, uint64_t size,
                      const Said& said, uint64_t& next) {
    if (!member.is_file() && is_known(member.type)) {
      return ok();
    }
    member.size = size;
    if (member.type == 'S') {
      return set_gnu_sparse(member, block, data, size, next);
    }
    if (said.sparse_in_data) {
      return set_map_in_data(member, data, size, said);
    }
    if (!said.sparse_map.empty()) {
      std::vector<uint64_t> numbers;
      for (std::string_view rest = said.sparse_map; !rest.empty();) {
        const size_t end = std::min(rest.find(','), rest.size());
        const auto number = decimal(rest.substr(0, end));
        if (!number || numbers.size() > 2 * kMostPieces) {
          break;
        }
        numbers.push_back(*number);
        rest.remove_prefix(std::min(end + 1, rest.size()));
      }
      return set_pieces(member, numbers, data, size, said.real_size.value_or(size));
    }
    add_piece(member, 0, data, size);
    return ok();
  }

  Result<> set_gnu_sparse(TarMember& member, ByteView block, uint64_t data, uint64_t size,
                          uint64_t& next) {
    std::vector<uint64_t> numbers;
    const auto add_pairs = [&](ByteView from, size_t at, size_t pairs) {
      for (size_t i = 0; i < 2 * pairs; ++i) {
        numbers.push_back(number_of(from, {at + i * kNumber, kNumber}).value_or(0));
      }
    };
    add_pairs(block, kSparse, kSparsePairs);
    bool more = block[kSparseGoesOn] != std::byte{0};
    Bytes extension(kBlock);
    while (more && data < input_.size() && input_.size() - data >= kBlock) {
      if (numbers.size() > 2 * kMostPieces) {
        return Error(ErrorKind::kTooLarge, "tar: a sparse file of too many pieces");
      }
      TRY_OK(input_.read(data, extension));
      add_pairs(extension, 0, kMorePairs);
      more = extension[kMoreGoesOn] != std::byte{0};
      data += kBlock;
    }
    next = next_after(data, size);
    return set_pieces(member, numbers, data, size, number_of(block, kRealSize).value_or(size));
  }

  // Version 1.0: a count and pairs in decimal, a line each, then the octets from the next block on.
  Result<> set_map_in_data(TarMember& member, uint64_t data, uint64_t size, const Said& said) {
    constexpr size_t kMostLine = 32;
    InputReader in(input_, data);
    std::vector<uint64_t> numbers;
    uint64_t left = 1;
    for (bool first = true; left > 0; first = false) {
      auto line = in.take_until(std::byte{'\n'}, kMostLine);
      const auto number = line.ok() ? decimal(as_text(*line)) : std::nullopt;
      if (!number || (first && *number > kMostPieces)) {
        remark(TarOddity::kMalformed, data, "the map of a sparse file");
        add_piece(member, 0, data, size);
        return ok();
      }
      if (first) {
        left = 2 * *number;
      } else {
        numbers.push_back(*number);
        --left;
      }
    }
    const uint64_t map = padded(in.position() - data);
    return set_pieces(member, numbers, data + map, size - std::min(size, map),
                      said.real_size.value_or(size));
  }

  // `numbers`: places and lengths of the runs that stand one after another from `data` on.
  Result<> set_pieces(TarMember& member, const std::vector<uint64_t>& numbers, uint64_t data,
                      uint64_t stored, uint64_t size) {
    member.size = size;
    const uint64_t end = data + std::min(stored, input_.size() - std::min(input_.size(), data));
    uint64_t covered = 0;
    for (size_t i = 0; i + 1 < numbers.size(); i += 2) {
      const uint64_t at = numbers[i];
      const uint64_t length = std::min(numbers[i + 1], end - std::min(end, data));
      if (numbers[i + 1] == 0) {
        continue;  // fills up a block, or says where the file ends
      }
      if (at < covered || at > size || length > size - at) {
        remark(TarOddity::kMalformed, member.header, "the map of a sparse file");
        break;
      }
      add_piece(member, at, data, length);
      data += length;
      covered = at + length;
    }
    if (pieces_ > kMostPieces) {
      return Error(ErrorKind::kTooLarge, "tar: sparse files of too many pieces");
    }
    return ok();
  }

  // Cut to what is there.
  void add_piece(TarMember& member, uint64_t at, uint64_t from, uint64_t length) {
    const uint64_t there = input_.size() - std::min(input_.size(), from);
    if (length > there) {
      remark(TarOddity::kPastEnd, member.header,
             fmt::format("`{}`: {} octets, of which {} are there",
                         printable(member.name, kShownName), length, there));
      member.size -= std::min(member.size, length - there);
      length = there;
    }
    if (length > 0) {
      member.pieces.push_back({at, from, length});
      ++pieces_;
    }
  }

  [[nodiscard]] uint64_t next_after(uint64_t data, uint64_t size) const {
    const uint64_t room = input_.size() - std::min(input_.size(), data);
    return size > room ? input_.size() : data + padded(size);
  }

  Result<> count(const TarMember& member) {
    names_ += member.name.size() + member.link.size();
    if (contents_.members.size() >= limits_.members) {
      return Error(ErrorKind::kTooLarge, fmt::format("tar: more than {} members", limits_.members));
    }
    return check_names();
  }
  Result<> check_names() const {
    if (names_ > limits_.names) {
      return Error(ErrorKind::kTooLarge,
                   fmt::format("tar: more than {} octets of names", limits_.names));
    }
    return ok();
  }

  void remark(TarOddity what, uint64_t offset, std::string text) {
    if (contents_.remarks.size() < kMostRemarks) {
      contents_.remarks.push_back({what, offset, std::move(text)});
    }
  }

  const Input& input_;
  const TarLimits& limits_;
  TarContents contents_;
  std::vector<uint64_t> starts_ = {0};
  std::set<uint64_t> seen_;
  Said global_;
  uint64_t names_ = 0;
  size_t pieces_ = 0;
};

}  // namespace

bool may_be_tar(ByteView head) {
  return is_header(head.first(std::min<size_t>(head.size(), kBlock)));
}

TarContents read_tar(const Input& input, const TarLimits& limits) {
  return Reading(input, limits).run();
}

Result<> TarFile::read(uint64_t offset, MutableBytes to) const {
  if (offset > member_.size || to.size() > member_.size - offset) {
    return Error(ErrorKind::kInvalidInput,
                 fmt::format("ends at octet {} in the middle of something", member_.size));
  }
  std::ranges::fill(to, std::byte{0});
  const uint64_t end = offset + to.size();
  auto piece = std::ranges::upper_bound(member_.pieces, offset, {}, &TarPiece::at);
  if (piece != member_.pieces.begin()) {
    --piece;
  }
  for (; piece != member_.pieces.end() && piece->at < end; ++piece) {
    const uint64_t begin = std::max(offset, piece->at);
    const uint64_t stop = std::min(end, piece->at + piece->length);
    if (begin < stop) {
      TRY_OK(archive_.read(
          piece->from + (begin - piece->at),
          to.subspan(static_cast<size_t>(begin - offset), static_cast<size_t>(stop - begin))));
    }
  }
  return ok();
}

}  // namespace sally::formats
