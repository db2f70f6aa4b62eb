#include "formats/hdf5/hdf5.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sally::formats {
namespace {

constexpr std::string_view kSignature = "\x89HDF\r\n\x1a\n";
constexpr uint64_t kMostText = uint64_t{64} << 20;
constexpr uint64_t kMostKept = uint64_t{128} << 20;  // octets of all texts
constexpr uint64_t kMostHeader = uint64_t{16} << 20;
constexpr size_t kMostBlocks = 256;       // of one object header
constexpr size_t kMostMessages = 20'000;  // of one object header
constexpr size_t kMostObjects = 100'000;  // of one global heap

constexpr uint32_t kAttribute = 0x0C;
constexpr uint32_t kContinuation = 0x10;
constexpr uint32_t kAttributeInfo = 0x15;

Error malformed(std::string_view what) {
  return Error(ErrorKind::kInvalidInput, std::string(what));
}

// A cursor over octets that were read.
class Cursor {
 public:
  explicit Cursor(ByteView octets) : octets_(octets) {}
  [[nodiscard]] size_t left() const { return octets_.size() - at_; }
  [[nodiscard]] size_t at() const { return at_; }

  Result<ByteView> take(uint64_t count) {
    if (count > left()) {
      return malformed("ends too early");
    }
    const ByteView view = octets_.subspan(at_, static_cast<size_t>(count));
    at_ += view.size();
    return view;
  }
  // A number of `size` octets, at most eight.
  Result<uint64_t> number(uint64_t size) {
    if (size > 8) {
      return malformed("a number of more than eight octets");
    }
    TRY(const ByteView view, take(size));
    uint64_t value = 0;
    for (size_t i = view.size(); i-- > 0;) {
      value = value << 8 | std::to_integer<uint64_t>(view[i]);
    }
    return value;
  }

 private:
  ByteView octets_;
  size_t at_ = 0;
};

class Reader {
 public:
  Reader(const Input& input, Hdf5& out) : input_(input), out_(out) {}

  Result<> read() {
    const auto begin = hdf5_begin(input_);
    if (!begin) {
      return malformed("has no superblock");
    }
    base_ = *begin;
    TRY(const Bytes block, octets(0, std::min<uint64_t>(128, input_.size() - base_)));
    Cursor in(block);
    TRY_OK(in.take(kSignature.size()));
    TRY(const uint64_t version, in.number(1));
    if (version > 3) {
      return malformed(fmt::format("a superblock of version {}", version));
    }
    uint64_t root = 0;
    if (version < 2) {
      TRY_OK(in.take(4));
      TRY(offset_size_, in.number(1));
      TRY(length_size_, in.number(1));
      TRY_OK(in.take(1 + 2 + 2 + 4 + (version == 1 ? 4 : 0)));
      TRY_OK(check_sizes());
      TRY_OK(in.take(4 * offset_size_));
      TRY_OK(in.take(offset_size_));  // of the root's name
      TRY(root, in.number(offset_size_));
    } else {
      TRY(offset_size_, in.number(1));
      TRY(length_size_, in.number(1));
      TRY_OK(in.take(1));
      TRY_OK(check_sizes());
      TRY_OK(in.take(3 * offset_size_));
      TRY(root, in.number(offset_size_));
    }
    return header(root);
  }

 private:
  Result<> check_sizes() const {
    const auto fits = [](uint64_t size) { return size == 2 || size == 4 || size == 8; };
    if (!fits(offset_size_) || !fits(length_size_)) {
      return malformed("offsets of a size that is none");
    }
    return ok();
  }

  // `length` octets at an address of the file.
  Result<Bytes> octets(uint64_t address, uint64_t length) {
    uint64_t at = 0;
    if (__builtin_add_overflow(base_, address, &at) || at > input_.size() ||
        length > input_.size() - at) {
      return malformed("an address behind the end of the file");
    }
    if (length > kMostText) {
      return Error(ErrorKind::kTooLarge, "a part is too large");
    }
    Bytes out(static_cast<size_t>(length));
    TRY_OK(input_.read(at, out));
    return out;
  }

  Result<> header(uint64_t address) {
    TRY(const Bytes start, octets(address, 16));
    if (as_text(start).starts_with("OHDR")) {
      return second_header(address);
    }
    Cursor in(start);
    TRY(const uint64_t version, in.number(1));
    if (version != 1) {
      return malformed("an object header of a version that is not known");
    }
    TRY_OK(in.take(7));
    TRY(const uint64_t size, in.number(4));
    blocks_.push_back({address + 16, size});
    for (size_t i = 0; i < blocks_.size() && i < kMostBlocks; ++i) {
      const Block block = blocks_[i];
      TRY(const Bytes messages, octets(block.address, std::min(block.length, kMostHeader)));
      Cursor cursor(messages);
      while (cursor.left() >= 8 && ++messages_ < kMostMessages) {
        TRY(const uint64_t type, cursor.number(2));
        TRY(const uint64_t length, cursor.number(2));
        TRY(const uint64_t flags, cursor.number(1));
        TRY_OK(cursor.take(3));
        const uint64_t at = block.address + cursor.at();
        TRY(const ByteView data, cursor.take(length));
        TRY_OK(message(static_cast<uint32_t>(type), flags, data, at));
      }
    }
    return ok();
  }

  Result<> second_header(uint64_t address) {
    TRY(const Bytes start,
        octets(address, std::min<uint64_t>(64, input_.size() - base_ - address)));
    Cursor in(start);
    TRY_OK(in.take(5));
    TRY(const uint64_t flags, in.number(1));
    TRY_OK(in.take((flags & 0x20U) != 0 ? 16 : 0));
    TRY_OK(in.take((flags & 0x10U) != 0 ? 4 : 0));
    TRY(const uint64_t size, in.number(uint64_t{1} << (flags & 3U)));
    blocks_.push_back({address + in.at(), size});
    for (size_t i = 0; i < blocks_.size() && i < kMostBlocks; ++i) {
      Block block = blocks_[i];
      if (i > 0) {
        if (block.length < 8) {
          return malformed("a block of messages is too short");
        }
        block.address += 4;  // `OCHK`
        block.length -= 8;   // and a checksum
      }
      TRY(const Bytes messages, octets(block.address, std::min(block.length, kMostHeader)));
      Cursor cursor(messages);
      const size_t head = (flags & 4U) != 0 ? 6 : 4;
      while (cursor.left() >= head && ++messages_ < kMostMessages) {
        TRY(const uint64_t type, cursor.number(1));
        TRY(const uint64_t length, cursor.number(2));
        TRY(const uint64_t message_flags, cursor.number(1));
        TRY_OK(cursor.take(head - 4));
        const uint64_t at = block.address + cursor.at();
        TRY(const ByteView data, cursor.take(length));
        TRY_OK(message(static_cast<uint32_t>(type), message_flags, data, at));
      }
    }
    return ok();
  }

  Result<> message(uint32_t type, uint64_t flags, ByteView data, uint64_t address) {
    Cursor in(data);
    if (type == kContinuation) {
      TRY(const uint64_t at, in.number(offset_size_));
      TRY(const uint64_t length, in.number(length_size_));
      blocks_.push_back({at, length});
    } else if (type == kAttributeInfo) {
      // Dense ones stand in a fractal heap where this has an address.
      TRY(const ByteView head, in.take(2));
      if ((head[1] & std::byte{1}) != std::byte{0}) {
        TRY_OK(in.take(2));
      }
      TRY(const uint64_t heap, in.number(offset_size_));
      const uint64_t none =
          offset_size_ == 8 ? UINT64_MAX : (uint64_t{1} << (8 * offset_size_)) - 1;
      out_.more |= heap != none;
    } else if (type == kAttribute) {
      if ((flags & 2U) != 0) {
        out_.more = true;
        return ok();
      }
      if (auto read = attribute(in, address); !read.ok()) {
        out_.more = true;  // one that is odd does not hide the others
        if (!out_.fault) {
          out_.fault = read.error();
        }
      }
    }
    return ok();
  }

  Result<> attribute(Cursor& in, uint64_t address) {
    TRY(const uint64_t version, in.number(1));
    TRY(const uint64_t flags, in.number(1));
    TRY(const uint64_t name_size, in.number(2));
    TRY(const uint64_t type_size, in.number(2));
    TRY(const uint64_t space_size, in.number(2));
    if (version < 1 || version > 3) {
      return malformed("an attribute of a version that is not known");
    }
    TRY_OK(in.take(version == 3 ? 1 : 0));
    const auto padded = [&](uint64_t size) { return version == 1 ? (size + 7) / 8 * 8 : size; };
    TRY(const ByteView name, in.take(padded(name_size)));
    TRY(const ByteView type, in.take(padded(type_size)));
    TRY_OK(in.take(padded(space_size)));
    Hdf5Attribute attribute;
    attribute.name = as_text(name.first(static_cast<size_t>(name_size)));
    attribute.name.resize(std::min(attribute.name.find('\0'), attribute.name.size()));
    if (version > 1 && (flags & 1U) != 0) {
      out_.more = true;  // its type stands elsewhere
    } else {
      attribute.offset = base_ + address + in.at();
      TRY_OK(value(type, in, attribute));
    }
    out_.attributes.push_back(std::move(attribute));
    return ok();
  }

  // The first element, where it is a text.
  Result<> value(ByteView type, Cursor& in, Hdf5Attribute& attribute) {
    Cursor head(type);
    TRY(const uint64_t kind, head.number(1));
    TRY(const uint64_t bits, head.number(3));
    TRY(const uint64_t size, head.number(4));
    if ((kind & 0xFU) == 3) {
      TRY(const ByteView text, in.take(std::min<uint64_t>(size, in.left())));
      return keep(as_text(text), attribute);
    }
    // Variable ones: of text, or of single octets.
    if ((kind & 0xFU) == 9 && ((bits & 0xFU) == 1 || type.size() > 8)) {
      TRY(const uint64_t length, in.number(4));
      TRY(const uint64_t heap, in.number(offset_size_));
      TRY(const uint64_t index, in.number(4));
      if (length == 0) {
        return ok();
      }
      return heap_object(heap, index, attribute);
    }
    return ok();
  }

  Result<> heap_object(uint64_t address, uint64_t index, Hdf5Attribute& attribute) {
    TRY(const Bytes start, octets(address, 8 + length_size_));
    Cursor in(start);
    TRY(const ByteView mark, in.take(4));
    if (as_text(mark) != "GCOL") {
      return malformed("a heap that is none");
    }
    TRY_OK(in.take(4));
    TRY(const uint64_t size, in.number(length_size_));
    uint64_t at = 8 + length_size_;
    const uint64_t head = 8 + length_size_;
    for (size_t i = 0; i < kMostObjects && at + head <= size; ++i) {
      uint64_t where = 0;
      if (__builtin_add_overflow(address, at, &where)) {
        break;
      }
      TRY(const Bytes object, octets(where, head));
      Cursor cursor(object);
      TRY(const uint64_t number, cursor.number(2));
      TRY_OK(cursor.take(6));
      TRY(const uint64_t length, cursor.number(length_size_));
      if (number == 0) {
        break;  // what is free
      }
      if (number == index) {
        attribute.offset = base_ + where + head;
        TRY(const Bytes text, octets(where + head, length));
        return keep(as_text(text), attribute);
      }
      if (length > size || __builtin_add_overflow(at, head + (length + 7) / 8 * 8, &at)) {
        break;
      }
    }
    return malformed("a text that its heap does not have");
  }

  Result<> keep(std::string_view text, Hdf5Attribute& attribute) {
    kept_ += text.size();
    if (kept_ > kMostKept) {
      return Error(ErrorKind::kTooLarge, "attributes of more text than can be read");
    }
    attribute.text = text.substr(0, text.find('\0'));
    return ok();
  }

  struct Block {
    uint64_t address;
    uint64_t length;
  };

  const Input& input_;
  Hdf5& out_;
  uint64_t base_ = 0;
  uint64_t offset_size_ = 8;
  uint64_t length_size_ = 8;
  std::vector<Block> blocks_;
  size_t messages_ = 0;
  uint64_t kept_ = 0;
};

}  // namespace

std::optional<uint64_t> hdf5_begin(const Input& input) {
  std::array<std::byte, kSignature.size()> found{};
  for (uint64_t at = 0; at < (uint64_t{1} << 20); at = at == 0 ? 512 : at * 2) {
    if (at + found.size() > input.size() || !input.read(at, found).ok()) {
      return std::nullopt;
    }
    if (as_text(found) == kSignature) {
      return at;
    }
  }
  return std::nullopt;
}

Hdf5 read_hdf5(const Input& input) {
  Hdf5 out;
  if (auto read = Reader(input, out).read(); !read.ok()) {
    out.fault = read.error();
    out.more = true;
  }
  return out;
}

}  // namespace sally::formats
