// RFC 7541: header compression, as the peer decodes it.
#include "support/h2check/checks.h"

namespace sally::h2check {
namespace {

// A request whose block ends with `tail`.
void send_with(Probe& p, std::string_view tail) {
  p.connect();
  p.send(p.headers_block(1, p.hpack().encode(p.request()) + std::string(tail), kEndStream));
}

void expect_compression_error(Probe& p, std::string_view tail) {
  send_with(p, tail);
  p.expect_connection_error({kCompressionError});
}

void expect_taken(Probe& p, std::string_view tail) {
  send_with(p, tail);
  p.answer(1);
}

// A block written by hand, which leaves the encoder's table alone.
std::string plain_block(const Probe& p) {
  std::string block;
  for (const auto& [name, value] : p.request()) {
    block += hpack_literal(name, value);
  }
  return block;
}

constexpr uint64_t kStaticEntries = 61;

constexpr Check kChecks[] = {
    {"7541 2.3.2", "a field that was entered into the table can be referred to",
     [](Probe& p) {
       p.connect();
       p.send(p.headers_block(1, plain_block(p) + hpack_indexed_literal("x-a", "b"), kEndStream));
       p.answer(1);
       p.send(p.headers_block(3, plain_block(p) + "\xbe", kEndStream));
       p.answer(3);
     }},
    {"7541 2.3.2", "the table forgets the oldest field first",
     [](Probe& p) {
       p.connect();
       std::string block = plain_block(p) + hpack_indexed_literal("x-old", "1") +
                           hpack_indexed_literal("x-mid", "2") +
                           hpack_indexed_literal("x-big", std::string(4'096 - 32 - 5 - 40, 'x'));
       p.send(p.headers_block(1, block, kEndStream));
       p.answer(1);
       // 62 is `x-big`, 63 is `x-mid` (40 octets are left for its 38), 64 is gone.
       p.send(p.headers_block(3, plain_block(p) + "\xbf", kEndStream));
       p.answer(3);
       p.send(p.headers_block(5, plain_block(p) + "\xc0", kEndStream));
       p.expect_connection_error({kCompressionError});
     }},
    {"7541 2.3.3", "an index beyond both tables is a connection error",
     [](Probe& p) { expect_compression_error(p, hpack_integer(0x80, 7, kStaticEntries + 200)); }},
    {"7541 2.3.3", "a name's index beyond both tables is a connection error",
     [](Probe& p) {
       expect_compression_error(p,
                                hpack_integer(0x40, 6, kStaticEntries + 200) + hpack_string("x"));
     }},
    {"7541 4.2", "a table size update at the start of a block is taken",
     [](Probe& p) {
       p.connect();
       p.send(p.headers_block(1, hpack_integer(0x20, 5, 0) + plain_block(p), kEndStream));
       p.answer(1);
     }},
    {"7541 4.2", "two table size updates at the start of a block are taken",
     [](Probe& p) {
       p.connect();
       p.send(p.headers_block(
           1, hpack_integer(0x20, 5, 0) + hpack_integer(0x20, 5, 4'096) + plain_block(p),
           kEndStream));
       p.answer(1);
     }},
    {"7541 4.2", "a table size update behind a field is a connection error",
     [](Probe& p) { expect_compression_error(p, hpack_integer(0x20, 5, 0)); }},
    {"7541 4.3", "a table size of 0 empties the table",
     [](Probe& p) {
       p.connect();
       p.send(p.headers_block(1, plain_block(p) + hpack_indexed_literal("x-a", "b"), kEndStream));
       p.answer(1);
       p.send(p.headers_block(
           3, hpack_integer(0x20, 5, 0) + hpack_integer(0x20, 5, 4'096) + plain_block(p) + "\xbe",
           kEndStream));
       p.expect_connection_error({kCompressionError});
     }},
    {"7541 4.4", "a field larger than the table empties it and is taken",
     [](Probe& p) {
       p.connect();
       p.send(p.headers_block(1,
                              plain_block(p) + hpack_indexed_literal("x-a", "b") +
                                  hpack_indexed_literal("x-big", std::string(5'000, 'x')),
                              kEndStream));
       p.answer(1);
       p.send(p.headers_block(3, plain_block(p) + "\xbe", kEndStream));
       p.expect_connection_error({kCompressionError});
     }},
    {"7541 5.1", "an integer that does not fit is a connection error",
     [](Probe& p) { expect_compression_error(p, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"); }},
    {"7541 5.1", "an integer that is cut off is a connection error",
     [](Probe& p) { expect_compression_error(p, "\xff"); }},
    {"7541 5.2", "a string that is cut off is a connection error",
     [](Probe& p) { expect_compression_error(p, std::string_view("\0\x05x", 3)); }},
    {"7541 5.2", "a Huffman-coded string is taken",
     [](Probe& p) {
       // `www.example.com`, RFC 7541 C.4.1.
       expect_taken(p, hpack_literal("x-huffman", "").substr(0, 11) +
                           "\x8c\xf1\xe3\xc2\xe5\xf2\x3a\x6b\xa0\xab\x90\xf4\xff");
     }},
    {"7541 5.2", "Huffman padding of more than 7 bits is a connection error",
     [](Probe& p) {
       expect_compression_error(p, hpack_literal("x-huffman", "").substr(0, 11) + "\x82\x1f\xff");
     }},
    {"7541 5.2", "Huffman padding of anything but ones is a connection error",
     [](Probe& p) {
       expect_compression_error(p, hpack_literal("x-huffman", "").substr(0, 11) + "\x81\x18");
     }},
    {"7541 5.2", "the end-of-string symbol in a Huffman-coded string is a connection error",
     [](Probe& p) {
       expect_compression_error(
           p, hpack_literal("x-huffman", "").substr(0, 11) + "\x84\xff\xff\xff\xff");
     }},
    {"7541 6.1", "index 0 is a connection error",
     [](Probe& p) { expect_compression_error(p, "\x80"); }},
    {"7541 6.1", "a reference to the static table is taken",
     [](Probe& p) { expect_taken(p, "\x90"); }},  // accept-encoding: gzip, deflate
    {"7541 6.2.1", "a literal that enters the table is taken",
     [](Probe& p) { expect_taken(p, hpack_indexed_literal("x-a", "b")); }},
    {"7541 6.2.2", "a literal that does not enter the table is taken",
     [](Probe& p) { expect_taken(p, hpack_literal("x-a", "b")); }},
    {"7541 6.2.3", "a literal that never enters a table is taken",
     [](Probe& p) { expect_taken(p, "\x10" + hpack_string("x-a") + hpack_string("b")); }},
    {"7541 6.3", "a table size above the announced one is a connection error",
     [](Probe& p) {
       p.connect();
       p.send(p.headers_block(1, hpack_integer(0x20, 5, 1U << 20U) + plain_block(p), kEndStream));
       p.expect_connection_error({kCompressionError});
     }},
};

}  // namespace

std::span<const Check> hpack_checks() {
  return kChecks;
}

}  // namespace sally::h2check
