// 7z, by libarchive: of its formats this one alone, and none of its filters.
#pragma once

#include <memory>
#include <string>

#include "formats/codec/source.h"
#include "formats/input.h"

namespace sally::formats {

bool begins_seven_zip(ByteView head);

struct SevenZipMember {
  std::string name;
  std::string link;  // where it leads, of a symbolic link
  bool is_file = false;
  bool is_encrypted = false;
};

// Walks the members of an archive; reads the octets of the one it stands at. Belongs to one thread.
class SevenZip : public Source {
 public:
  // kInvalidInput where it is none. The input outlives it.
  static Result<std::unique_ptr<SevenZip>> open(const Input& input);
  ~SevenZip() override;

  // The next member; nullptr at the end. Good until the next call.
  Result<const SevenZipMember*> next();
  // Octets of that member.
  Result<size_t> read(MutableBytes to) override;

 private:
  class Archive;
  explicit SevenZip(std::unique_ptr<Archive> archive);
  std::unique_ptr<Archive> archive_;
};

}  // namespace sally::formats
