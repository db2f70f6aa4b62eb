#include <fmt/format.h>

#include <variant>
#include <vector>

#include "formats/pickle/heap.h"

namespace sally::formats {
namespace {

constexpr size_t kDeepest = 8;
constexpr size_t kMostItems = 24;  // of one value
constexpr size_t kMostOfText = 160;

// A piece of what is to be written: a text, or a value at a depth.
struct Piece {
  std::variant<std::string, PickleValue> what;
  size_t depth = 0;
};

std::string quoted(std::string_view text, bool cut) {
  std::string out = "'";
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (c == '\'' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (octet < 0x20 || octet == 0x7f) {
      out += fmt::format("\\x{:02x}", octet);
    } else {
      out += c;
    }
  }
  return out + (cut ? "...'" : "'");
}

std::string octets_quoted(std::string_view octets, bool cut) {
  std::string out = "b'";
  for (const char c : octets) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet < 0x20 || octet >= 0x7f || c == '\'' || c == '\\') {
      out += fmt::format("\\x{:02x}", octet);
    } else {
      out += c;
    }
  }
  return out + (cut ? "...'" : "'");
}

class Writer {
 public:
  Writer(const PickleHeap& heap, size_t most) : heap_(heap), most_(most) {}

  std::string write(PickleValue value) {
    pieces_.push_back({value, 0});
    while (!pieces_.empty() && out_.size() < most_) {
      Piece piece = std::move(pieces_.back());
      pieces_.pop_back();
      if (const auto* text = std::get_if<std::string>(&piece.what)) {
        out_ += *text;
      } else {
        put(std::get<PickleValue>(piece.what), piece.depth);
      }
    }
    if (out_.size() > most_ || !pieces_.empty()) {
      size_t keep = std::min(out_.size(), most_);
      while (keep > 0 && keep < out_.size() && (out_[keep] & 0xc0) == 0x80) {
        --keep;
      }
      out_.resize(keep);
      out_ += "...";
    }
    return std::move(out_);
  }

 private:
  void put(PickleValue value, size_t depth) {
    switch (value.kind()) {
      case PickleKind::kLost:
        out_ += "...";
        return;
      case PickleKind::kNone:
        out_ += "None";
        return;
      case PickleKind::kFalse:
        out_ += "False";
        return;
      case PickleKind::kTrue:
        out_ += "True";
        return;
      case PickleKind::kInt:
        out_ += fmt::format("{}", value.as_int());
        return;
      case PickleKind::kBigInt:
        if (const auto number = heap_.integer(value)) {
          out_ += fmt::format("{}", *number);
        } else {
          out_ += "int(...)";
        }
        return;
      case PickleKind::kFloat:
        out_ += "float(...)";
        return;
      case PickleKind::kText:
      case PickleKind::kBytes:
      case PickleKind::kByteArray:
        put_text(value);
        return;
      case PickleKind::kBuffer:
        out_ += "buffer";
        return;
      case PickleKind::kGlobal: {
        const PickleGlobal& global = heap_.global(value);
        out_ += global.module + "." + global.name;
        return;
      }
      case PickleKind::kTuple:
        put_items(value, depth, "(", heap_.items(value).size() == 1 ? ",)" : ")", false);
        return;
      case PickleKind::kList:
        put_items(value, depth, "[", "]", false);
        return;
      case PickleKind::kDict:
        put_items(value, depth, "{", "}", true);
        return;
      case PickleKind::kSet:
        put_items(value, depth, "{", "}", false);
        return;
      case PickleKind::kFrozenSet:
        put_items(value, depth, "frozenset((", "))", false);
        return;
      case PickleKind::kCall:
        put_call(value, depth);
        return;
      case PickleKind::kPersistent:
        pieces_.push_back({std::string(")"), depth});
        pieces_.push_back({heap_.node(value).arguments, depth + 1});
        out_ += "persistent_load(";
        return;
    }
  }

  void put_text(PickleValue value) {
    const auto text = heap_.text(value, kMostOfText);
    const auto where = heap_.extent(value);
    const bool cut = where.ok() && where->length > kMostOfText;
    if (!text) {
      out_ += "'?'";
    } else if (value.is(PickleKind::kText)) {
      out_ += quoted(*text, cut);
    } else {
      out_ += value.is(PickleKind::kByteArray) ? "bytearray(" : "";
      out_ += octets_quoted(*text, cut);
      out_ += value.is(PickleKind::kByteArray) ? ")" : "";
    }
  }

  void put_items(PickleValue value, size_t depth, std::string_view open, std::string_view close,
                 bool pairs) {
    out_ += open;
    if (depth >= kDeepest) {
      out_ += "...";
      out_ += close;
      return;
    }
    const auto items = heap_.items(value);
    const bool cut = heap_.node(value).more || items.size() > kMostItems;
    pieces_.push_back({std::string(close), depth});
    if (cut) {
      pieces_.push_back({std::string(", ..."), depth});
    }
    for (size_t i = std::min(items.size(), kMostItems); i-- > 0;) {
      pieces_.push_back({items[i], depth + 1});
      if (i > 0) {
        pieces_.push_back({std::string(pairs && i % 2 == 1 ? ": " : ", "), depth});
      }
    }
  }

  void put_call(PickleValue value, size_t depth) {
    const PickleNode& node = heap_.node(value);
    if (depth >= kDeepest) {
      out_ += "...";
      return;
    }
    if (!node.named.is(PickleKind::kNone)) {
      pieces_.push_back({std::string(")"), depth});
      pieces_.push_back({node.named, depth + 1});
      pieces_.push_back({std::string(", **"), depth});
    }
    if (node.arguments.is(PickleKind::kTuple)) {
      const auto items = heap_.items(node.arguments);
      if (node.named.is(PickleKind::kNone)) {
        pieces_.push_back(
            {std::string(items.size() > kMostItems || heap_.node(node.arguments).more ? ", ...)"
                                                                                      : ")"),
             depth});
      }
      for (size_t i = std::min(items.size(), kMostItems); i-- > 0;) {
        pieces_.push_back({items[i], depth + 1});
        if (i > 0) {
          pieces_.push_back({std::string(", "), depth});
        }
      }
      pieces_.push_back({std::string("("), depth});
    } else {
      if (node.named.is(PickleKind::kNone)) {
        pieces_.push_back({std::string(")"), depth});
      }
      pieces_.push_back({node.arguments, depth + 1});
      pieces_.push_back({std::string("(*"), depth});
    }
    if (node.how == PickleHow::kNewObj) {
      pieces_.push_back({std::string(".__new__"), depth});
    }
    pieces_.push_back({node.callee, depth + 1});
  }

  const PickleHeap& heap_;
  size_t most_;
  std::string out_;
  std::vector<Piece> pieces_;
};

}  // namespace

std::string render(const PickleHeap& heap, PickleValue value, size_t most) {
  return Writer(heap, most).write(value);
}

}  // namespace sally::formats
