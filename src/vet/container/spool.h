// Spool: octets as they come, then read from any place. In memory up to kInMemory, beyond that in a
// temporary file without a name, in the folder that TMPDIR says, /var/tmp or /tmp.
#pragma once

#include "base/unique_fd.h"
#include "formats/input.h"

namespace sally::vet::container {

// Filled by one thread; then read by any.
class Spool : public formats::Input {
 public:
  static constexpr size_t kInMemory = size_t{1} << 20;

  // kIo where no temporary file can be made or written.
  Result<> append(ByteView octets);

  [[nodiscard]] uint64_t size() const override { return size_; }
  Result<> read(uint64_t offset, MutableBytes to) const override;

 private:
  Result<> to_file();

  Bytes memory_;  // all of it, until there is a file
  UniqueFd file_;
  uint64_t size_ = 0;
};

}  // namespace sally::vet::container
